/** Whole answers over real sockets: what is sent, what is read, and every way in which it fails. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import type { Exchange, Http } from "../../src/contract/services.ts";
import { LoomError } from "../../src/errors/index.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeAttempting, fakeCancellation, type FakeContextOptions } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";
import { maxErrorBytes, maxReplyBytes } from "../../src/wire/body.ts";
import { createHttp } from "../../src/wire/http.ts";
import { startDeafListener } from "../support/deaf-listener.ts";
import { type Arrived, serve, serveRaw, until } from "../support/server.ts";
import { exchangeWith, manifest, wireCodec } from "../support/wire-codec.ts";

let http: Http;
before(() => void (http = createHttp(systemClock)));
after(() => http.close());

const json = { "content-type": "application/json" };

/** Sends to a server that answers as given; gives what it got and how the exchange ended. */
async function ask(
  answer: (arrived: Arrived) => void,
  change: Partial<Exchange> = {},
  { path = "", ...context }: FakeContextOptions & { path?: string } = {},
) {
  const server = await serve(answer);
  const codec = wireCodec();
  try {
    const outcome = await http.exchange(
      fakeAttempting(context),
      exchangeWith(server.url + path, { codec, ...change }),
    )
      .then(
        (answer) => ({ answer, error: undefined }),
        (error) => ({ answer: undefined, error: error as LoomError }),
      );
    return { ...outcome, requests: server.requests, errors: codec.errors, server };
  } finally {
    await server.close();
  }
}

/** The error of an exchange that must fail. */
async function fault(answer: (arrived: Arrived) => void, change: Partial<Exchange> = {}): Promise<LoomError> {
  const { error } = await ask(answer, change);
  assert.ok(LoomError.is(error), `should have failed with a LoomError, not ${String(error)}`);
  return error;
}

const good = ({ response }: Arrived) =>
  void response.writeHead(200, { ...json, "x-request-id": "req-7" }).end('{"text":"hé"}');

describe("a whole exchange", { timeout: 20_000 }, () => {
  it("gives the parts and the vendor's request id", async () => {
    const { answer } = await ask(good);
    assert.deepEqual(answer, {
      parts: [{ type: "text", text: "hé" }, { type: "finish", reason: "stop" }],
      requestId: "req-7",
    });
  });

  it("reads an answer that comes in pieces, cut inside a character, with a byte order mark", async () => {
    const { answer } = await ask(async ({ response }) => {
      response.writeHead(200, json);
      for (const byte of new TextEncoder().encode('\uFEFF{"text":"€"}')) {
        await new Promise<void>((sent) => void response.write(Uint8Array.of(byte), () => sent()));
      }
      response.end();
    });
    assert.deepEqual(answer, { parts: [{ type: "text", text: "€" }, { type: "finish", reason: "stop" }] });
  });

  it("sends method, body and headers", async () => {
    const { requests } = await ask(good, {
      headers: { "x-static": "1", "x-both": "manifest" },
      codec: wireCodec({ headers: { "X-Both": "codec" }, body: '{"é":1}' }),
      key: fakeSecret("sk-1"),
    });
    const [request] = requests;
    assert.equal(request?.method, "POST");
    assert.equal(request?.body, '{"é":1}');
    const { host: _, connection: __, ...headers } = request?.headers ?? {};
    assert.deepEqual(headers, {
      accept: "application/json",
      authorization: "Bearer sk-1",
      "content-length": "8",
      "content-type": "application/json",
      "user-agent": "loom-router",
      "x-both": "codec",
      "x-static": "1",
    });
  });

  it("asks for nothing compressed", async () => {
    const { requests } = await ask(good);
    assert.equal(requests[0]?.headers["accept-encoding"], undefined);
  });

  for (
    const [name, auth, key, expected] of [
      ["a bearer key", { type: "bearer" }, "sk-1", ["Bearer sk-1", undefined]],
      ["a key in a header", { type: "header", header: "X-Api-Key" }, "sk-1", [undefined, "sk-1"]],
      ["no key where none is wanted", { type: "none" }, "sk-1", [undefined, undefined]],
      ["no key where there is none", { type: "bearer" }, undefined, [undefined, undefined]],
    ] as const
  ) {
    it(`sends ${name}`, async () => {
      const { requests } = await ask(good, {
        manifest: manifest(auth),
        headers: auth.type === "header" ? { "x-api-key": "static" } : {},
        key: key === undefined ? undefined : fakeSecret(key),
      });
      const { authorization, "x-api-key": header } = requests[0]?.headers ?? {};
      assert.deepEqual([authorization, header], expected);
    });
  }

  for (
    const [base, path, expected] of [
      ["", "/say", "/say"],
      ["/", "/say", "/say"],
      ["/v1", "/say", "/v1/say"],
      ["/v1/", "/say", "/v1/say"],
      [
        "/openai/deployments/a%20b",
        "/say?api-version=1&x=%2F",
        "/openai/deployments/a%20b/say?api-version=1&x=%2F",
      ],
    ] as const
  ) {
    it(`joins "${base}" and "${path}"`, async () => {
      const { requests } = await ask(good, { codec: wireCodec({ path }) }, { path: base });
      assert.equal(requests[0]?.url, expected);
    });
  }

  it("sends a GET without a body", async () => {
    const { requests } = await ask(good, {
      codec: { ...wireCodec(), encode: () => ({ method: "GET", path: "/x", stream: false }) },
    });
    assert.deepEqual([requests[0]?.method, requests[0]?.body], ["GET", ""]);
    assert.equal(requests[0]?.headers["content-type"], undefined);
  });

  it("writes the codec's warnings into the receipt", async () => {
    const server = await serve(good);
    const ctx = fakeAttempting();
    const codec = wireCodec({ warnings: [{ code: "dropped", message: "no seed" }] });
    await http.exchange(ctx, exchangeWith(server.url, { codec }));
    assert.deepEqual(ctx.ledger.receipt().warnings.map(({ code }) => code), ["dropped"]);
    await server.close();
  });

  for (
    const [name, type, body, expected] of [
      [
        "HTML",
        "text/html",
        "<!doctype html><p>secret page</p>",
        /answered 200 with 33 characters of HTML where JSON/,
      ],
      ["HTML that says it is JSON", "application/json", "<html></html>", /characters of HTML/],
      ["nothing", "application/json", "", /with an empty body/],
      ["blanks", "application/json", " \n ", /with an empty body/],
      ["half a JSON", "application/json", '{"text":"secr', /characters of broken JSON/],
      ["plain text", "text/plain", "secret", /6 characters of text\/plain/],
      ["text of no type", "", "secret", /text without a content type/],
      ["a stream nobody asked for", "text/event-stream", "data: secret\n\n", /text\/event-stream/],
    ] as const
  ) {
    it(`says that ${name} is no answer, quoting none of it`, async () => {
      const error = await fault(({ response }) =>
        void response.writeHead(200, type === "" ? {} : { "content-type": type }).end(body)
      );
      assert.equal(error.code, "invalid-reply");
      assert.match(error.message, expected);
      assert.match(error.message, /baseUrl/);
      assert.doesNotMatch(error.message, /secr/);
    });
  }

  it("reads JSON of any content type", async () => {
    const { answer } = await ask(({ response }) => void response.writeHead(200).end('{"text":"a"}'));
    assert.ok(answer !== undefined && "parts" in answer);
  });

  it("treats 204 as an empty answer", async () => {
    const error = await fault(({ response }) => void response.writeHead(204).end());
    assert.match(error.message, /answered 200 with an empty body|answered 204/);
  });

  for (const status of [301, 302, 307, 308]) {
    it(`does not follow a ${status}, nor send the key where it leads`, async () => {
      const elsewhere = await serve(good);
      const error = await fault(
        ({ response }) => void response.writeHead(status, { location: `${elsewhere.url}/v1` }).end(),
        { key: fakeSecret("sk-1") },
      );
      assert.equal(error.code, "invalid-reply");
      assert.equal(error.recovery, "next-target");
      assert.match(error.message, new RegExp(`redirect \\(${status}\\).*baseUrl`));
      assert.equal(elsewhere.connections, 0);
      await elsewhere.close();
    });
  }

  for (const status of [400, 401, 404, 429, 500, 503]) {
    it(`hands status ${status} to the codec with headers and body`, async () => {
      const { error, errors } = await ask(({ response }) =>
        void response.writeHead(status, { ...json, "retry-after": "3" }).end('{"error":"é"}')
      );
      assert.equal(error?.message, `status ${status}`);
      assert.deepEqual(errors.map(({ status, body }) => ({ status, body })), [{
        status,
        body: '{"error":"é"}',
      }]);
      assert.equal(errors[0]?.headers["retry-after"], "3");
    });
  }

  it("reads no more of an error than it needs, and does not wait for its end", async () => {
    const { errors, error } = await ask(({ response }) => {
      response.writeHead(500);
      const piece = "x".repeat(60_000);
      const more = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more);
      more();
    });
    assert.equal(error?.status, 500);
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.body.length, maxErrorBytes);
  });

  it("gives an error for an encoding it never asked for", async () => {
    const error = await fault(({ response }) =>
      void response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync('{"text":"a"}'))
    );
    assert.equal(error.code, "invalid-reply");
    assert.match(error.message, /gzip/);
  });

  it("tells the codec of an error status although its body is unreadable", async () => {
    const { error, errors } = await ask(({ response }) =>
      void response.writeHead(429, { "content-encoding": "gzip" }).end(gzipSync("slow down"))
    );
    assert.equal(error?.message, "status 429");
    assert.deepEqual(errors.map(({ body }) => body), [""]);
  });

  it("takes `identity` for no encoding", async () => {
    const { answer } = await ask(({ response }) =>
      void response.writeHead(200, { "content-encoding": "identity" }).end('{"text":"a"}')
    );
    assert.ok(answer !== undefined);
  });

  it("refuses an answer that says it is larger than the bound, before reading it", async () => {
    const error = await fault(({ response }) => {
      response.writeHead(200, { ...json, "content-length": maxReplyBytes + 1 });
      response.write("[");
    });
    assert.match(error.message, /larger than Loom accepts/);
    assert.equal(error.recovery, "next-target");
  });

  it("refuses an answer that grows larger than the bound", async () => {
    const error = await fault(({ response }) => {
      response.writeHead(200, json);
      const piece = new Uint8Array(1024 * 1024).fill(32);
      const more = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more);
      more();
    });
    assert.match(error.message, /larger than Loom accepts/);
  });

  it("wraps what a codec throws", async () => {
    const error = await fault(good, {
      codec: {
        ...wireCodec(),
        decode: () => {
          throw new TypeError("oops");
        },
      },
    });
    assert.equal(error.code, "internal");
    assert.match(error.message, /the dialect threw: oops/);
  });

  it("says so when a key cannot be sent, without showing it", async () => {
    const error = await fault(good, { key: fakeSecret("sk-1\nsk-2") });
    assert.equal(error.code, "invalid-request");
    assert.equal(error.recovery, "next-target");
    assert.match(error.message, /authorization header/);
    assert.doesNotMatch(error.message + String(error.cause), /sk-/);
  });
});

describe("a connection that fails", { timeout: 20_000 }, () => {
  it("refused: connection-failed, to be tried again", async () => {
    const server = await serve(good);
    await server.close();
    await assert.rejects(http.exchange(fakeAttempting(), exchangeWith(server.url)), (error: LoomError) => {
      assert.equal(error.code, "connection-failed");
      assert.equal(error.recovery, "same-target");
      assert.match(error.message, /^acme: connection refused/);
      assert.deepEqual([error.provider, error.model], ["acme", "m1"]);
      return true;
    });
  });

  for (
    const [name, bytes] of [
      ["before the head", ""],
      ["inside the head", "HTTP/1.1 200 OK\r\ncontent-ty"],
      ["before the body", "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n"],
      ["inside a body of known length", 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"te'],
      ["inside a chunked body", 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"te\r\n'],
    ] as const
  ) {
    for (const how of ["reset", "closed"] as const) {
      it(`${how} ${name}: connection-failed, to be tried again`, async () => {
        const server = await serveRaw((socket) => {
          socket.write(bytes, () => how === "reset" ? socket.resetAndDestroy() : socket.end());
        });
        await assert.rejects(
          http.exchange(fakeAttempting(), exchangeWith(server.url)),
          (error: LoomError) => {
            assert.equal(error.code, "connection-failed", String(error));
            assert.equal(error.recovery, "same-target");
            return true;
          },
        );
        await server.close();
      });
    }
  }

  it("not HTTP: connection-failed", async () => {
    const server = await serveRaw((socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
    await assert.rejects(http.exchange(fakeAttempting(), exchangeWith(server.url)), {
      code: "connection-failed",
    });
    await server.close();
  });

  it("never made: timed out while connecting", async () => {
    const deaf = await startDeafListener();
    const startMs = performance.now();
    await assert.rejects(
      http.exchange(fakeAttempting(), exchangeWith(deaf.url, { timeouts: { connectMs: 250 } })),
      (error: LoomError) => {
        assert.equal(error.code, "timed-out", String(error));
        assert.deepEqual(error.data, { phase: "connect", afterMs: 250 });
        assert.equal(error.recovery, "same-target");
        return true;
      },
    );
    assert.ok(performance.now() - startMs < 3_000);
    await deaf.close();
  });

  it("that the server closed while it was idle is not used again", async () => {
    const server = await serve(good);
    for (let index = 0; index < 5; index++) {
      const answer = await http.exchange(fakeAttempting(), exchangeWith(server.url));
      assert.ok("parts" in answer);
      server.cut();
    }
    assert.ok(server.connections >= 2);
    await server.close();
  });

  it("is kept and used again when nothing fails", async () => {
    const server = await serve(good);
    for (let index = 0; index < 10; index++) await http.exchange(fakeAttempting(), exchangeWith(server.url));
    // undici opens a second one when the first is a moment late to say that it is free; it never opens a third.
    assert.ok(server.connections <= 2, `${server.connections} connections`);
    await server.close();
  });
});

describe("a whole exchange that is given up", { timeout: 20_000 }, () => {
  it("sends nothing when that was before it began", async () => {
    const cancellation = fakeCancellation();
    cancellation.cancel();
    const { error, requests } = await ask(good, {}, { cancellation });
    assert.equal(error?.code, "aborted");
    assert.equal(requests.length, 0);
  });

  it("sends nothing when that was while it began", async () => {
    const server = await serve(good);
    const cancellation = fakeCancellation();
    const other = createHttp(systemClock);
    const asked = other.exchange(fakeAttempting({ cancellation }), exchangeWith(server.url));
    cancellation.cancel();
    await assert.rejects(asked, { code: "aborted" });
    await other.close();
    assert.equal(server.connections, 0);
    await server.close();
  });

  for (const when of ["before the head", "inside the body"] as const) {
    it(`${when} reaches the vendor`, async () => {
      const server = await serve(({ response }) => {
        if (when === "inside the body") response.writeHead(200, json).write('{"te');
      });
      const cancellation = fakeCancellation();
      const asked = http.exchange(fakeAttempting({ cancellation }), exchangeWith(server.url));
      const { left } = await server.request();
      cancellation.cancel();
      await assert.rejects(asked, { code: "aborted" });
      assert.equal(await left, true);
      await until("the socket is free", () => server.open === 0);
      await server.close();
    });
  }

  it("fails with the reason it was given, such as the total deadline", async () => {
    const server = await serve(() => {});
    const cancellation = fakeCancellation();
    const asked = http.exchange(fakeAttempting({ cancellation }), exchangeWith(server.url));
    const { left } = await server.request();
    const reason = new LoomError("timed-out", "too late", { phase: "total", afterMs: 5 });
    cancellation.cancel(reason);
    await assert.rejects(asked, (error) => error === reason);
    assert.equal(await left, true);
    await server.close();
  });
});

describe("the HTTP service", { timeout: 30_000 }, () => {
  it("closes its connections and takes nothing more", async () => {
    const server = await serve(good);
    const own = createHttp(systemClock);
    await own.exchange(fakeAttempting(), exchangeWith(server.url));
    await own.close();
    await own.close();
    await until("its sockets are gone", () => server.open === 0);
    await assert.rejects(own.exchange(fakeAttempting(), exchangeWith(server.url)), { code: "closed" });
    await assert.rejects(own.request({ method: "GET", url: server.url }), { code: "closed" });
    assert.equal(server.connections, 1);
    await server.close();
  });

  it("fails what is running when it closes, and is not tried again", async () => {
    const server = await serve(() => {});
    const own = createHttp(systemClock);
    const asked = own.exchange(fakeAttempting(), exchangeWith(server.url));
    asked.catch(() => {});
    await server.request();
    await own.close();
    await assert.rejects(asked, { code: "closed", recovery: "never" });
    await server.close();
  });

  it("leaves nothing behind when it is closed before it has opened", async () => {
    const server = await serve(good);
    const own = createHttp(systemClock);
    const asked = own.exchange(fakeAttempting(), exchangeWith(server.url));
    asked.catch(() => {});
    await own.close();
    await assert.rejects(asked, { code: "closed" });
    await until("its sockets are gone", () => server.open === 0);
    await server.close();
  });

  it("serves 200 calls at once", async () => {
    const server = await serve(good);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => http.exchange(fakeAttempting(), exchangeWith(server.url))),
    );
    assert.ok(answers.every((answer) => "parts" in answer));
    assert.equal(server.requests.length, 200);
    await server.close();
  });

  it("leaves no listeners and no timers behind in 1,000 calls", async () => {
    const server = await serve(good);
    let listening = 0;
    let timing = 0;
    const own = createHttp({
      ...systemClock,
      after(delayMs, callback, options) {
        timing++;
        const off = systemClock.after(delayMs, () => (timing--, callback()), options);
        let taken = false;
        return () => {
          if (!taken) timing--;
          taken = true;
          off();
        };
      },
    });
    const plan = exchangeWith(server.url);
    for (let index = 0; index < 1_000; index++) {
      const cancellation = fakeCancellation();
      const counted = {
        ...cancellation,
        onCancel(listener: Parameters<typeof cancellation.onCancel>[0]) {
          listening++;
          const off = cancellation.onCancel(listener);
          return () => (listening--, off());
        },
      };
      await own.exchange(fakeAttempting({ cancellation: counted }), plan);
    }
    assert.deepEqual([listening, timing], [0, 0]);
    assert.ok(server.connections <= 2, `${server.connections} connections`);
    await own.close();
    await server.close();
  });
});
