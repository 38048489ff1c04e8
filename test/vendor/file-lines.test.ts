/** Files of JSON lines over real sockets: read while they come, whatever the network cuts, and given up cleanly. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Exchange, Http } from "../../src/contract/services.ts";
import type { Json } from "../../src/contract/json.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";
import { fileLines } from "../../src/vendor/file-lines.ts";
import { createHttp } from "../../src/wire/http.ts";
import { failureOf } from "../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";
import { exchangeWith } from "../support/wire-codec.ts";

const ctx = fakeAttempting();
const file = { method: "GET", path: "/files/f/content", stream: false, answer: "bytes" } as const;

let http: Http;
let server: TestServer;
let exchange: Exchange;
let answer: (arrived: Arrived) => void | Promise<void>;

before(async () => {
  http = createHttp(systemClock);
  server = await serve((arrived) => answer(arrived));
  exchange = exchangeWith(server.url, { key: fakeSecret("sk-1") });
});
after(async () => {
  await http.close();
  await server.close();
});

async function all(): Promise<readonly Json[]> {
  const found: Json[] = [];
  for await (const values of fileLines(http, ctx, exchange, file)) found.push(...values);
  return found;
}

/** Answers with a file, in pieces of a few bytes. */
function give(text: string, type: string, pieceBytes = 7): void {
  answer = ({ response }) => {
    response.writeHead(200, { "content-type": type });
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      response.write(bytes.subarray(from, from + pieceBytes));
    }
    response.end();
  };
}

describe("a file of lines", () => {
  const text = '\ufeff{"a":"ä\u2028€"}\r\n\n  \n{"a":2}\n{"a":3}';
  for (
    const type of [
      "application/octet-stream",
      "application/x-jsonl",
      "application/x-ndjson",
      "application/json",
      "",
    ]
  ) {
    it(`is read, whatever the server calls it: ${type || "nothing"}`, async () => {
      give(text, type);
      assert.deepEqual(await all(), [{ a: "ä\u2028€" }, { a: 2 }, { a: 3 }]);
      const { headers, url } = await server.request(server.requests.length - 1);
      assert.deepEqual([url, headers.accept, headers.authorization], [file.path, "*/*", "Bearer sk-1"]);
    });
  }

  it("may be empty", async () => {
    give("", "application/octet-stream");
    assert.deepEqual(await all(), []);
  });

  it("may have a line that is none, which loses no other", async () => {
    give('{"a":1}\n{"a":\n{"a":3}\n', "application/octet-stream");
    assert.deepEqual(await all(), [{ a: 1 }, { a: 3 }]);
  });

  it("is none when no line is JSON", async () => {
    give("\n<html>\nno\n", "application/octet-stream");
    assert.match((await failureOf(all(), "invalid-reply")).message, /Acme: line 2 /);
  });

  it("may be longer than what is held, and waits for its reader", async () => {
    const line = `${JSON.stringify({ a: "x".repeat(10_000) })}\n`;
    const lines = 1_500;
    give(line.repeat(lines), "application/octet-stream", 1 << 20);
    let count = 0;
    let most = 0;
    for await (const values of fileLines(http, ctx, exchange, file)) {
      // Long enough for all of it to come, if nobody asked the vendor to wait.
      for (let turn = 0; count === 0 && turn < 2_000; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      count += values.length;
      most = Math.max(most, values.length);
    }
    assert.equal(count, lines);
    assert.ok(most > 100 && most < lines / 2, `${most} lines were held`);
  });

  it("may be somewhere else", async () => {
    answer = ({ url, response }) => {
      if (url === "/elsewhere") return void response.end('{"a":1}\n');
      response.writeHead(302, { location: "/elsewhere" }).end();
    };
    assert.deepEqual(await all(), [{ a: 1 }]);
  });

  it("is had for calls that were asked in another vendor's words, too", async () => {
    give('{"a":1}\n', "application/octet-stream");
    const native = { dialect: "other", binding: ["cache_control"], unknown: [] };
    const foreign = fakeAttempting({ call: { native } as object });
    const found: Json[] = [];
    for await (const values of fileLines(http, foreign, exchange, file)) found.push(...values);
    assert.deepEqual(found, [{ a: 1 }]);
  });

  it("that the vendor refuses is the vendor's error", async () => {
    answer = ({ response }) => void response.writeHead(404).end("no");
    assert.equal((await failureOf(all(), "provider-failed")).status, 404);
  });

  it("that breaks off can be asked for again", async () => {
    answer = ({ response }) => {
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": "100" });
      response.write('{"a":1}\n{"a"', () => response.destroy());
    };
    const error = await failureOf(all(), "connection-failed");
    assert.equal(error.recovery, "same-target");
  });

  it("ends when nobody reads any more", async () => {
    let left: Promise<boolean> | undefined;
    answer = (arrived) => {
      left = arrived.left;
      arrived.response.writeHead(200, { "content-type": "application/octet-stream" });
      arrived.response.write('{"a":1}\n');
    };
    for await (const values of fileLines(http, ctx, exchange, file)) {
      assert.deepEqual(values, [{ a: 1 }]);
      break;
    }
    assert.equal(await left, true, "the connection is gone");
  });
});
