/** What goes out: bytes, signatures, whole URLs and the key that must not follow everywhere. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { WireRequest } from "../../src/contract/dialect.ts";
import type { Exchange, Http, UnsignedRequest } from "../../src/contract/services.ts";
import { loomError } from "../../src/errors/index.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeAttempting, type FakeContextOptions } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";
import { addressOf, createAddresses } from "../../src/wire/address.ts";
import { createHttp } from "../../src/wire/http.ts";
import { failureOf } from "../support/failure.ts";
import { type Arrived, serve } from "../support/server.ts";
import { exchangeWith, manifest, wireCodec } from "../support/wire-codec.ts";

let http: Http;
before(() => void (http = createHttp(systemClock)));
after(() => http.close());

const json = { "content-type": "application/json" };
const well = ({ response }: Arrived) => void response.writeHead(200, json).end('{"text":"ok"}');
const key = fakeSecret("sk-1");

async function sent(
  request: Partial<WireRequest>,
  change: Partial<Exchange> = {},
  context: FakeContextOptions = {},
) {
  const server = await serve(well);
  try {
    const answer = await http.exchange(
      fakeAttempting(context),
      exchangeWith(server.url, { codec: wireCodec(request), key, ...change }),
    );
    return { answer, arrived: server.requests[0] as Arrived };
  } finally {
    await server.close();
  }
}

describe("a request", { timeout: 20_000 }, () => {
  it("carries bytes under the type that the codec names", async () => {
    const body = new TextEncoder().encode("--x\r\n\r\nhi\r\n--x--");
    const { arrived } = await sent({ body, headers: { "Content-Type": "multipart/form-data; boundary=x" } });
    assert.equal(arrived.headers["content-type"], "multipart/form-data; boundary=x");
    assert.equal(arrived.body, "--x\r\n\r\nhi\r\n--x--");
  });

  it("is signed over everything that is sent, last of all", async () => {
    let seen: UnsignedRequest | undefined;
    const { arrived } = await sent({ path: "/a/b?c=1" }, {
      headers: { "x-static": "s" },
      sign: (request) => {
        seen = request;
        return Promise.resolve({ authorization: "Signature 42", "x-date": "today" });
      },
    });
    assert.equal(seen?.url.pathname + String(seen?.url.search), "/a/b?c=1");
    assert.deepEqual([seen?.method, seen?.body, seen?.headers["x-static"]], [
      "POST",
      '{"stream":false}',
      "s",
    ]);
    assert.equal(arrived.headers.authorization, "Signature 42");
    assert.equal(arrived.headers["x-date"], "today");
  });

  it("is not sent when it cannot be signed", async () => {
    const server = await serve(well);
    const plan = exchangeWith(server.url, {
      sign: () => Promise.reject(loomError("key-missing", "no credentials", { names: [], places: [] })),
    });
    await failureOf(http.exchange(fakeAttempting(), plan), "key-missing");
    assert.equal(server.requests.length, 0);
    await server.close();
  });

  it("gives bytes to the codec that asked for them", async () => {
    const server = await serve(({ response }) => void response.writeHead(200).end(Buffer.from([1, 2, 255])));
    const codec = wireCodec({ answer: "bytes", body: "{}" });
    const answer = await http.exchange(
      fakeAttempting(),
      exchangeWith(server.url, {
        codec: { ...codec, decodeBytes: (body) => [{ type: "text", text: [...body].join() }] },
      }),
    );
    assert.deepEqual("parts" in answer && answer.parts, [{ type: "text", text: "1,2,255" }]);
    assert.equal(server.requests[0]?.headers.accept, "*/*");
    await server.close();
  });

  it("finds a file where the vendor keeps it, and no further than three times elsewhere", async () => {
    const server = await serve(({ url, response }) => {
      const hop = Number(/\d+$/.exec(url)?.[0] ?? 0);
      if (url.includes("/loop") || hop > 0) {
        const location = url.includes("/loop") ? "/loop" : `/file/${hop - 1}`;
        return void response.writeHead(302, { location }).end();
      }
      response.writeHead(200).end("film");
    });
    const ask = (path: string) => {
      const codec = wireCodec({ method: "GET", answer: "bytes", path });
      const decodeBytes = (
        body: Uint8Array,
      ) => [{ type: "text" as const, text: new TextDecoder().decode(body) }];
      return http.exchange(
        fakeAttempting(),
        exchangeWith(server.url, { codec: { ...codec, decodeBytes }, key }),
      );
    };
    const answer = await ask("/file/3");
    assert.deepEqual("parts" in answer && answer.parts, [{ type: "text", text: "film" }]);
    assert.equal(
      server.requests.at(-1)?.headers.authorization,
      "Bearer sk-1",
      "the host is still the vendor's",
    );
    assert.match((await failureOf(ask("/loop"), "invalid-reply")).message, /more than 3 times/);
    await server.close();
  });

  it("does not follow a file to a stranger without TLS, nor anything else anywhere", async () => {
    const stranger = await serve(well);
    const server = await serve(({ response }) =>
      void response.writeHead(302, { location: `${stranger.url}/x` }).end()
    );
    const file = wireCodec({ method: "GET", answer: "bytes", path: "/file" });
    const plan = exchangeWith(server.url, { codec: { ...file, decodeBytes: () => [] }, key });
    assert.match(
      (await failureOf(http.exchange(fakeAttempting(), plan), "invalid-reply")).message,
      /not https/,
    );
    const call = exchangeWith(server.url, { codec: wireCodec(), key });
    assert.match(
      (await failureOf(http.exchange(fakeAttempting(), call), "invalid-reply")).message,
      /redirect/,
    );
    assert.equal(stranger.requests.length, 0);
    await Promise.all([server.close(), stranger.close()]);
  });

  it("begins paid work once: a cut connection is not taken for a refusal", async () => {
    const server = await serve(({ response }) => void response.socket?.destroy());
    const ask = (once: boolean) =>
      failureOf(
        http.exchange(fakeAttempting(), exchangeWith(server.url, { codec: wireCodec({ once }) })),
        "connection-failed",
      );
    assert.equal((await ask(false)).recovery, "same-target");
    const error = await ask(true);
    assert.equal(error.recovery, "never");
    assert.match(error.message, /not asked again/);
    await server.close();
    // Nobody listens: it cannot have arrived.
    assert.equal((await ask(true)).recovery, "same-target");
  });

  it("a strict call is not sent with something left out", async () => {
    const warnings = [{ code: "param-dropped", message: "Acme does not take `seed`; it was left out" }];
    const error = await failureOf(sent({ warnings }, {}, { call: { strict: true } }), "unsupported");
    assert.match(error.message, /strict: Acme does not take `seed`/);
    const { answer } = await sent({ warnings });
    assert.ok("parts" in answer);
  });
});

describe("an operation", { timeout: 20_000 }, () => {
  it("reads what the vendor says, and nothing where a deletion says nothing", async () => {
    const server = await serve(({ method, response }) => {
      if (method === "DELETE") response.writeHead(204).end();
      else response.writeHead(200, json).end('{"tokens":7}');
    });
    const plan = exchangeWith(server.url, { key });
    const request: WireRequest = { method: "POST", path: "/count", body: "{}", stream: false };
    const count = await http.operate(fakeAttempting(), plan, {
      request,
      decode: (body) => (body as { tokens: number }).tokens,
    });
    assert.equal(count, 7);
    const gone = await http.operate(fakeAttempting(), plan, {
      request: { method: "DELETE", path: "/it", stream: false },
      decode: (body) => body,
    });
    assert.equal(gone, null);
    assert.equal(server.requests[1]?.headers.authorization, "Bearer sk-1");
    await server.close();
  });
});

describe("addressOf()", () => {
  const plan = (hosts: readonly string[] = []): Exchange =>
    exchangeWith("https://api.acme.test/v1", { manifest: { ...manifest(), hosts } });
  const rows:
    readonly (readonly [path: string, hosts: readonly string[], origin: string, trusted: boolean])[] = [
      ["/jobs", [], "https://api.acme.test", true],
      ["https://api.acme.test/other?x=1", [], "https://api.acme.test", true],
      ["https://eu.acme.test/poll", ["*.acme.test"], "https://eu.acme.test", true],
      ["https://eu.acme.test/poll", ["eu.acme.test"], "https://eu.acme.test", true],
      ["https://eu.acme.test/poll", [], "https://eu.acme.test", false],
      ["https://acme.test/poll", ["*.acme.test"], "https://acme.test", false],
      ["https://evilacme.test/poll", ["*.acme.test"], "https://evilacme.test", false],
      ["https://api.acme.test:8443/poll", [], "https://api.acme.test:8443", false],
    ];
  for (const [path, hosts, origin, trusted] of rows) {
    it(`${path} with ${JSON.stringify(hosts)} is ${trusted ? "" : "not "}sent the key`, () => {
      const address = addressOf(createAddresses(), plan(hosts), path);
      assert.deepEqual([address.origin, address.trusted], [origin, trusted]);
    });
  }

  it("joins paths to the base URL and keeps whole ones as they are", () => {
    assert.equal(addressOf(createAddresses(), plan(), "/jobs?x=1").path, "/v1/jobs?x=1");
    assert.equal(addressOf(createAddresses(), plan(), "https://api.acme.test/jobs?x=1").path, "/jobs?x=1");
  });

  for (const path of ["http://eu.acme.test/poll", "ftp://eu.acme.test/x", "not a url"]) {
    it(`refuses ${path}`, async () => {
      const ask = () => addressOf(createAddresses(), plan(["*.acme.test"]), path);
      assert.equal((await failureOf(ask, "invalid-reply")).recovery, "never");
    });
  }
});
