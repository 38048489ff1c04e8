/** A web-standard handler behind an exchange: what it is told, and that a stream goes no faster than its reader. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerWithFetch } from "../../../src/gateway/http/answer-with-fetch.ts";
import type { Headers, HttpExchange } from "../../../src/gateway/http/exchange.ts";

/** An exchange that remembers, and whose client reads when the test says so. */
function exchangeOf(path: string, headers: Headers = {}) {
  const log: string[] = [];
  const state = { room: true, gone: () => {}, drain: () => {}, destroyed: false, ended: false };
  const exchange: HttpExchange = {
    method: "GET",
    path,
    query: "a=1",
    fromLoopback: true,
    begun: false,
    header: (name) => headers[name],
    body: () => Promise.reject(new Error("nobody reads it")),
    async *pieces() {},
    addHeaders: () => {},
    send: (status, _, body) => void log.push(`${status} ${new TextDecoder().decode(body as Uint8Array)}`),
    begin: (status) => void log.push(`begin ${status}`),
    write(piece) {
      log.push(new TextDecoder().decode(piece as Uint8Array));
      return state.room;
    },
    end: () => void (state.ended = true),
    destroy: () => void (state.destroyed = true),
    onGone: (listener) => void (state.gone = listener),
    onDrain: (listener) => void (state.drain = listener),
  };
  return { exchange, log, state };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const events = { headers: { "content-type": "text/event-stream" } };

describe("answerWithFetch", () => {
  test("hands on path, query and the headers that matter, and the whole answer back", async () => {
    const { exchange, log } = exchangeOf("/loom-admin/api", { authorization: "Bearer x", cookie: "y" });
    await answerWithFetch(exchange, ({ url, headers }) => {
      const told = `${new URL(url).pathname}${new URL(url).search} ${headers.get("authorization")} ${
        headers.get("cookie")
      }`;
      return Promise.resolve(new Response(told, { status: 202 }));
    });
    assert.deepEqual(log, ["202 /loom-admin/api?a=1 Bearer x null"]);
  });

  test("a stream waits for a client that has no room, and ends", async () => {
    const { exchange, log, state } = exchangeOf("/live");
    let asked = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++asked > 3) return controller.close();
        controller.enqueue(new TextEncoder().encode(String(asked)));
      },
    }, { highWaterMark: 0 });
    state.room = false;
    const done = answerWithFetch(exchange, () => Promise.resolve(new Response(body, events)));
    await settled();
    assert.deepEqual([log, asked], [["begin 200", "1"], 1]);
    state.drain();
    await settled();
    assert.equal(asked, 2);
    state.room = true;
    state.drain();
    await done;
    assert.deepEqual([log, state.ended], [["begin 200", "1", "2", "3"], true]);
  });

  test("a client that leaves ends the stream at its maker, even while it had no room", async () => {
    for (const room of [true, false]) {
      const { exchange, state } = exchangeOf("/live");
      let cancelled = false;
      let aborted = false;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode("1")),
        cancel: () => void (cancelled = true),
      });
      state.room = room;
      const done = answerWithFetch(exchange, ({ signal }) => {
        signal.addEventListener("abort", () => aborted = true);
        return Promise.resolve(new Response(body, events));
      });
      await settled();
      state.gone();
      await done;
      assert.deepEqual([cancelled, aborted, state.destroyed], [true, true, false], `room: ${room}`);
    }
  });

  test("a stream that its maker gives up breaks the connection", async () => {
    const { exchange, state } = exchangeOf("/live");
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("too slow")),
    });
    await answerWithFetch(exchange, () => Promise.resolve(new Response(body, events)));
    assert.deepEqual([state.destroyed, state.ended], [true, false]);
  });
});
