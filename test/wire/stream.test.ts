/** Streamed answers over real sockets: parts as they come, and exactly one end, whatever the vendor does. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Answer } from "../../src/contract/reply.ts";
import type { Http } from "../../src/contract/services.ts";
import type { LoomError } from "../../src/errors/index.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { createHttp } from "../../src/wire/http.ts";
import { follow, turns, wordFor } from "../support/follow.ts";
import { type Arrived, serve, serveRaw, until } from "../support/server.ts";
import { done, eventOf, exchangeWith, textOf, wireCodec } from "../support/wire-codec.ts";

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

const call = { stream: true };

function open(url: string, change: Parameters<typeof exchangeWith>[1] = {}): Promise<Answer> {
  return http.exchange(fakeAttempting({ call }), exchangeWith(url, change));
}

function head({ response }: Arrived, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers }).flushHeaders();
}

/** A server that answers every request with this text as a stream. */
function streaming(text: string) {
  return serve((arrived) => {
    head(arrived);
    arrived.response.end(text);
  });
}

const fixture = `: hello\n\n${eventOf("on")}event: x\r\ndata: {"text":"e €"}\r\n\r\n${eventOf("!")}${done}`;

describe("a stream", { timeout: 30_000 }, () => {
  it("delivers each part as it arrives, and the request id at once", async () => {
    const server = await serve((arrived) => head(arrived, { "request-id": "r-1" }));
    const answer = await open(server.url);
    assert.equal(answer.requestId, "r-1");
    const reading = follow(answer);
    const { response, headers } = await server.request();
    assert.equal(headers.accept, "text/event-stream");
    for (const [index, text] of ["a", "b", "c"].entries()) {
      response.write(eventOf(text));
      await until(`part ${index} is there`, () => reading.parts.length === index + 1);
    }
    assert.deepEqual(reading.ends, []);
    response.end(done);
    assert.deepEqual(await reading.ended, { status: "ok" });
    assert.equal(reading.text, "abc");
    assert.deepEqual(reading.parts.at(-1), { type: "finish", reason: "stop" });
    await server.close();
  });

  it("delivers nothing before its source has returned, and everything that came before", async () => {
    const server = await streaming(fixture);
    const answer = await open(server.url);
    await turns();
    const reading = follow(answer);
    assert.equal(reading.parts.length, 0);
    assert.equal((await reading.ended).status, "ok");
    assert.equal(reading.text, "one €!");
    assert.equal(reading.ends.length, 1);
    await server.close();
  });

  it("joins what one chunk of the network brings", async () => {
    const server = await streaming(eventOf("a").repeat(50) + done);
    const reading = follow(await open(server.url));
    await reading.ended;
    assert.equal(reading.text, "a".repeat(50));
    assert.ok(reading.batches < 10, `${reading.batches} batches`);
    await server.close();
  });

  for (const how of ["ended in good order", "cut off"] as const) {
    it(`${how} at any byte: complete, or a failure that says so, and always one end`, async () => {
      const bytes = new TextEncoder().encode(fixture);
      let length = 0;
      const server = await serve(async (arrived) => {
        head(arrived);
        if (length > 0) {
          await new Promise<void>((sent) =>
            void arrived.response.write(bytes.subarray(0, length), () => sent())
          );
        }
        if (how === "cut off") setTimeout(() => arrived.response.destroy(), 1);
        else arrived.response.end();
      });
      const complete = [bytes.length, bytes.length - 1, ...(how === "cut off" ? [] : [bytes.length - 2])];
      for (; length <= bytes.length; length++) {
        const reading = follow(await open(server.url));
        const outcome = await reading.ended;
        await turns(1);
        const where = `${length} of ${bytes.length} bytes: ${JSON.stringify(outcome)}`;
        assert.equal(reading.ends.length, 1, where);
        assert.equal(reading.late, 0, where);
        assert.ok("one €!".startsWith(reading.text), where);
        if (outcome.status === "ok") assert.ok(complete.includes(length), where);
        else {
          assert.equal(wordFor(outcome), "stream-broken", where);
          const { partsSeen } = outcome.error.data as { partsSeen: number };
          if (how === "cut off") assert.equal(partsSeen, reading.parts.length, where);
        }
      }
      await server.close();
    });
  }

  for (
    const [name, headers] of [
      ["chunked", "transfer-encoding: chunked\r\n"],
      ["without a length", "connection: close\r\n"],
    ] as const
  ) {
    for (const how of ["reset", "closed"] as const) {
      it(`whose connection is ${how} (${name}) is broken`, async () => {
        const event = eventOf("a");
        const body = name === "chunked" ? `${event.length.toString(16)}\r\n${event}\r\n` : event;
        const server = await serveRaw((socket) => {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${headers}\r\n${body}`);
          setTimeout(() => how === "reset" ? socket.resetAndDestroy() : socket.end(), 20);
        });
        const reading = follow(await open(server.url));
        const outcome = await reading.ended;
        assert.equal(wordFor(outcome), "stream-broken");
        assert.equal(reading.text, "a");
        assert.equal(reading.ends.length, 1);
        await server.close();
      });
    }
  }

  it("that is empty is broken", async () => {
    const server = await streaming("");
    assert.equal(wordFor(await follow(await open(server.url)).ended), "stream-broken");
    await server.close();
  });

  it("delivers what came before an error in it, then fails with that error", async () => {
    const server = await streaming(
      eventOf("a") + eventOf("b") + 'data: {"error":"busy"}\n\n' + eventOf("c") + done,
    );
    const reading = follow(await open(server.url));
    const outcome = await reading.ended;
    assert.equal(wordFor(outcome), "overloaded");
    assert.equal(reading.text, "ab");
    assert.deepEqual([reading.ends.length, reading.late], [1, 0]);
    await until("the socket is free", () => server.open === 0);
    await server.close();
  });

  it("fails with `internal` when a decoder throws something else, and lets go of the vendor", async () => {
    const server = await serve((arrived) => {
      head(arrived);
      arrived.response.write(eventOf("a") + 'data: {"fault":"oops"}\n\n');
    });
    const reading = follow(await open(server.url));
    const outcome = await reading.ended;
    assert.equal(wordFor(outcome), "internal");
    assert.match((outcome as { error: Error }).error.message, /oops/);
    assert.equal(reading.text, "a");
    assert.equal(await (await server.request()).left, true);
    await server.close();
  });

  it("rejects when no decoder can be made", async () => {
    const server = await serve((arrived) => head(arrived, { "x-refuse": "1" }));
    await assert.rejects(open(server.url), (error: LoomError) => {
      assert.equal(error.code, "internal", String(error));
      assert.match(error.message, /cannot decode 200/);
      return true;
    });
    assert.equal(await (await server.request()).left, true);
    await server.close();
  });

  it("refuses an event that grows beyond the bound", async () => {
    const server = await serve((arrived) => {
      head(arrived);
      const { response } = arrived;
      const piece = "x".repeat(500_000);
      const more = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more);
      response.write("data: ");
      more();
    });
    const outcome = await follow(await open(server.url)).ended;
    assert.equal(wordFor(outcome), "invalid-reply");
    assert.match((outcome as { error: Error }).error.message, /larger than Loom accepts/);
    await until("the socket is free", () => server.open === 0);
    await server.close();
  });

  it("fails with `closed` when the service closes, and lets go of the vendor", async () => {
    const server = await serve((arrived) => {
      head(arrived);
      arrived.response.write(eventOf("a"));
    });
    const own = createHttp(clock);
    const reading = follow(await own.exchange(fakeAttempting({ call }), exchangeWith(server.url)));
    await until("the part is there", () => reading.text === "a");
    await own.close();
    assert.equal(wordFor(await reading.ended), "closed");
    assert.equal(await (await server.request()).left, true);
    await server.close();
  });

  for (const when of ["what was held", "what arrives"] as const) {
    it(`ends once with \`internal\` when its reader throws at ${when}`, async () => {
      const server = await serve((arrived) => {
        head(arrived);
        if (when === "what was held") arrived.response.end(eventOf("a") + done);
      });
      const answer = await open(server.url);
      assert.ok("source" in answer);
      if (when === "what was held") await turns();
      const { promise, resolve } = Promise.withResolvers<string>();
      let ends = 0;
      answer.source({
        parts() {
          throw new Error("the reader is broken");
        },
        end(outcome) {
          ends++;
          resolve(wordFor(outcome));
        },
      });
      const { response } = await server.request();
      if (when === "what arrives") response.write(eventOf("a"));
      const word = await promise;
      await turns(5);
      assert.deepEqual([word, ends], ["internal", 1]);
      await server.close();
    });
  }
});

describe("a stream that says it is complete", { timeout: 30_000 }, () => {
  it("ends at once although the connection stays open, and drops that a second later", async () => {
    const server = await serve((arrived) => {
      head(arrived);
      arrived.response.write(eventOf("a") + done);
    });
    const reading = follow(await open(server.url));
    assert.deepEqual(await reading.ended, { status: "ok" });
    assert.equal(reading.text, "a");
    const { left } = await server.request();
    let gone = false;
    void left.then(() => gone = true);
    await clock.advance(999);
    await turns(5);
    assert.equal(gone, false);
    await clock.advance(1);
    assert.equal(await left, true);
    assert.equal(clock.pending, 0);
    assert.equal(reading.ends.length, 1);
    await server.close();
  });

  it("keeps its connection when the vendor ends in time", async () => {
    const server = await streaming(eventOf("a") + done);
    for (let index = 0; index < 10; index++) {
      assert.equal((await follow(await open(server.url)).ended).status, "ok");
      await until("the exchange has let go", () => clock.pending === 0);
    }
    // undici opens a second one when the first is a moment late to say that it is free; it never opens a third.
    assert.ok(server.connections <= 2, `${server.connections} connections`);
    await server.close();
  });

  it("keeps its connection although its reader has paused", async () => {
    const server = await serve((arrived) => head(arrived));
    for (let index = 0; index < 2; index++) {
      const reading = follow(await open(server.url));
      reading.flow.pause();
      const { response } = await server.request(index);
      response.write(eventOf("a") + done);
      assert.equal((await reading.ended).status, "ok");
      response.end();
      await until("the exchange has let go", () => clock.pending === 0);
    }
    assert.equal(server.connections, 1);
    await server.close();
  });

  it("takes no notice of what comes after", async () => {
    const codec = wireCodec();
    const server = await serve((arrived) => {
      head(arrived);
      arrived.response.write(eventOf("a") + done + eventOf("b"));
      setTimeout(() => arrived.response.end(eventOf("c") + 'data: {"error":"late"}\n\n'), 5);
    });
    const reading = follow(await open(server.url, { codec }));
    assert.deepEqual(await reading.ended, { status: "ok" });
    await until("the exchange has let go", () => clock.pending === 0);
    assert.equal(reading.text, "a");
    assert.deepEqual(codec.events.map((data) => data.slice(0, 11)), ['{"text":"a"', "[DONE]"]);
    assert.deepEqual([reading.ends.length, reading.late], [1, 0]);
    await server.close();
  });
});

describe("another answer to a streaming request", { timeout: 30_000 }, () => {
  it("JSON: a whole answer", async () => {
    const server = await serve(({ response }) =>
      void response.writeHead(200, { "content-type": "application/json" }).end('{"text":"a"}')
    );
    const answer = await open(server.url);
    assert.ok("parts" in answer);
    assert.equal(textOf(answer.parts), "a");
    await server.close();
  });

  it("an error status: the codec's error", async () => {
    const codec = wireCodec();
    const server = await serve(({ response }) =>
      void response.writeHead(429, { "content-type": "text/event-stream", "retry-after": "2" }).end(
        "data: slow\n\n",
      )
    );
    await assert.rejects(open(server.url, { codec }), { message: "status 429" });
    assert.equal(codec.errors[0]?.body, "data: slow\n\n");
    await server.close();
  });

  it("HTML: an invalid reply", async () => {
    const server = await serve(({ response }) =>
      void response.writeHead(200, { "content-type": "text/html" }).end("<html>")
    );
    await assert.rejects(open(server.url), { code: "invalid-reply" });
    await server.close();
  });

  it("a compressed stream: an error that says so", async () => {
    const server = await serve((arrived) => head(arrived, { "content-encoding": "br" }));
    await assert.rejects(open(server.url), { code: "invalid-reply", message: /br/ });
    assert.equal(await (await server.request()).left, true);
    await server.close();
  });

  it("a refused connection: connection-failed", async () => {
    const server = await streaming("");
    await server.close();
    await assert.rejects(open(server.url), { code: "connection-failed" });
  });
});

describe("many streams", { timeout: 60_000 }, () => {
  it("1,000 one after the other leave no listeners and no timers behind", async () => {
    const server = await streaming(fixture);
    let listening = 0;
    for (let index = 0; index < 1_000; index++) {
      const ctx = fakeAttempting({ call });
      const { cancellation } = ctx;
      const counted = ctx.with({
        cancellation: {
          reason: undefined,
          signal: cancellation.signal,
          throwIfCancelled: () => {},
          onCancel(listener) {
            listening++;
            const off = cancellation.onCancel(listener);
            return () => (listening--, off());
          },
        },
      });
      await follow(await http.exchange(counted, exchangeWith(server.url))).ended;
    }
    await until("the last exchange has let go", () => clock.pending === 0);
    assert.equal(listening, 0);
    assert.ok(server.connections <= 2, `${server.connections} connections`);
    await server.close();
  });

  it("200 at once all arrive", async () => {
    const server = await streaming(fixture);
    const readings = await Promise.all(Array.from({ length: 200 }, async () => {
      const reading = follow(await open(server.url));
      await reading.ended;
      return reading;
    }));
    assert.ok(
      readings.every(({ text, ends }) => text === "one €!" && ends.length === 1 && ends[0]?.status === "ok"),
    );
    await until("all have let go", () => clock.pending === 0);
    await server.close();
  });
});
