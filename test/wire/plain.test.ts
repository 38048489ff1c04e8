/** Plain requests: any status is an answer; what keeps one from arriving is a clear error. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Http, PlainRequest } from "../../src/contract/services.ts";
import { LoomError } from "../../src/errors/index.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { createHttp } from "../../src/wire/http.ts";
import { maxPlainBytes } from "../../src/wire/plain.ts";
import { type Arrived, serve, serveRaw, type TestServer, until } from "../support/server.ts";

let clock: FakeClock;
let http: Http;
before(() => {
  clock = fakeClock();
  http = createHttp(clock);
});
after(async () => {
  await http.close();
  assert.equal(clock.pending, 0, "a timer was left behind");
});

async function using<T>(
  answer: (arrived: Arrived) => void,
  run: (server: TestServer) => Promise<T>,
): Promise<T> {
  const server = await serve(answer);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

function ask(answer: (arrived: Arrived) => void, change: Partial<PlainRequest> = {}) {
  return using(answer, async ({ url, requests }) => ({
    reply: await http.request({ method: "GET", url: `${url}/a?b=c`, ...change }),
    request: requests[0],
  }));
}

describe("a plain request", { timeout: 20_000 }, () => {
  for (const body of ["text é", new TextEncoder().encode("bytes é")]) {
    it(`sends method, address, headers and ${typeof body === "string" ? "a text" : "bytes"}`, async () => {
      const { request, reply } = await ask(
        ({ response }) => void response.writeHead(201, { "x-a": "1" }).end("é"),
        {
          method: "PUT",
          headers: { "x-token": "t" },
          body,
        },
      );
      assert.deepEqual([request?.method, request?.url, request?.headers["x-token"]], ["PUT", "/a?b=c", "t"]);
      assert.equal(request?.body, typeof body === "string" ? body : new TextDecoder().decode(body));
      assert.deepEqual([reply.status, reply.headers["x-a"], reply.body], [201, "1", "é"]);
    });
  }

  for (const status of [204, 302, 404, 500]) {
    it(`gives status ${status} back as it is`, async () => {
      const { reply } = await ask(({ response }) =>
        void response.writeHead(status, { location: "/b" }).end()
      );
      assert.deepEqual([reply.status, reply.body, reply.headers["location"]], [status, "", "/b"]);
    });
  }

  it("names the field when the address is none", async () => {
    await assert.rejects(http.request({ method: "GET", url: "vault.local/secret" }), (error: LoomError) => {
      assert.deepEqual([error.code, error.data], ["invalid-request", { path: "url" }]);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it("refused: connection-failed, naming the host", async () => {
    const server = await serve(() => {});
    await server.close();
    await assert.rejects(http.request({ method: "GET", url: server.url }), (error: LoomError) => {
      assert.equal(error.code, "connection-failed");
      assert.ok(error.message.startsWith(new URL(server.url).host));
      return true;
    });
  });

  it("broken in the middle: connection-failed", async () => {
    const server = await serveRaw((socket) =>
      void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
    );
    await assert.rejects(http.request({ method: "GET", url: server.url }), { code: "connection-failed" });
    await server.close();
  });

  for (const where of ["before the head", "inside the body"] as const) {
    const stall = ({ response }: Arrived) => {
      if (where === "inside the body") response.writeHead(200).write("a");
    };
    it(`times out ${where}, by the injected clock, and lets go`, async () => {
      await using(stall, async (server) => {
        const asked = http.request({ method: "GET", url: server.url, timeoutMs: 500 });
        const { left } = await server.request();
        const failed = assert.rejects(asked, (error: LoomError) => {
          assert.deepEqual([error.code, error.data], ["timed-out", { phase: "total", afterMs: 500 }]);
          return true;
        });
        await clock.advance(500);
        await failed;
        assert.equal(await left, true);
      });
    });

    it(`is given up by its signal ${where}, and lets go`, async () => {
      await using(stall, async (server) => {
        const controller = new AbortController();
        const asked = http.request({ method: "GET", url: server.url, signal: controller.signal });
        const { left } = await server.request();
        controller.abort(new Error("enough"));
        await assert.rejects(asked, (error: LoomError) => {
          assert.equal(error.code, "aborted");
          assert.match(String(error.cause), /enough/);
          return true;
        });
        assert.equal(await left, true);
        await until("its timer is taken back", () => clock.pending === 0);
      });
    });
  }

  it("sends nothing when its signal was given before", async () => {
    await using(() => {}, async (server) => {
      const asked = http.request({ method: "GET", url: server.url, signal: AbortSignal.abort() });
      await assert.rejects(asked, { code: "aborted" });
      assert.equal(server.requests.length, 0);
    });
  });

  it("refuses an answer beyond the bound", async () => {
    const asked = ask(({ response }) => {
      const piece = "x".repeat(1024 * 1024);
      let sent = 0;
      const more = () => {
        while (sent <= maxPlainBytes && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
      };
      response.on("drain", more);
      more();
    });
    await assert.rejects(asked, { code: "invalid-reply", message: /larger than Loom accepts/ });
  });

  it("refuses an encoding it cannot read", async () => {
    const asked = ask(({ response }) => void response.writeHead(200, { "content-encoding": "br" }).end("xx"));
    await assert.rejects(asked, { code: "invalid-reply", message: /"br"/ });
  });

  it("says so when a header cannot be sent, without showing it", async () => {
    const asked = http.request({ method: "GET", url: "http://127.0.0.1:1", headers: { "x-token": "sk\n1" } });
    await assert.rejects(asked, (error: LoomError) => {
      assert.equal(error.code, "invalid-request");
      assert.match(error.message, /x-token/);
      assert.doesNotMatch(error.message, /sk/);
      return true;
    });
  });

  it("leaves no listener at a signal that lives longer", async () => {
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listening++;
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listening--;
      removeEventListener.apply(signal, given);
    };
    await ask(({ response }) => void response.end("a"), { signal });
    assert.equal(listening, 0);
  });
});
