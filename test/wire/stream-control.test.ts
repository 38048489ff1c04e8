/** What a reader and a deadline do to a running stream: pausing, resuming, cancelling, waiting too long. */

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Http } from "../../src/contract/services.ts";
import { LoomError } from "../../src/errors/index.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting, fakeCancellation } from "../../src/testing/fake-context.ts";
import { createHttp } from "../../src/wire/http.ts";
import { follow, type Following, turns, wordFor } from "../support/follow.ts";
import { type Arrived, serve, type TestServer, until } from "../support/server.ts";
import { done, eventOf, exchangeWith } from "../support/wire-codec.ts";

let clock: FakeClock;
let http: Http;
let server: TestServer;
before(() => {
  clock = fakeClock();
  http = createHttp(clock, { firstPartMs: 1_000, idleMs: 100 });
});
afterEach(async () => {
  await server.close();
  await until("every timer is taken back", () => clock.pending === 0);
});
after(() => http.close());

const call = { stream: true };

function head({ response }: Arrived): void {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
}

/** A stream whose head is out, with the server's end of it. */
async function opened(cancellation = fakeCancellation()) {
  server = await serve(head);
  const answer = await http.exchange(fakeAttempting({ call, cancellation }), exchangeWith(server.url));
  const { response, left } = await server.request();
  return { answer, response, left, cancellation };
}

/** Sends one part and waits until it is there. */
async function say(reading: Following, response: Arrived["response"], text: string): Promise<void> {
  const before = reading.parts.length;
  response.write(eventOf(text));
  await until("the part is there", () => reading.parts.length > before);
}

function phaseOf(outcome: Awaited<Following["ended"]>): unknown {
  assert.equal(wordFor(outcome), "timed-out");
  return outcome.status === "ok" ? undefined : outcome.error.data;
}

describe("deadlines of a stream", { timeout: 20_000 }, () => {
  it("first part: none before the head", async () => {
    server = await serve(() => {});
    const asked = http.exchange(fakeAttempting({ call }), exchangeWith(server.url));
    const { left } = await server.request();
    const failed = assert.rejects(asked, (error: LoomError) => {
      assert.deepEqual([error.code, error.data], ["timed-out", { phase: "first-part", afterMs: 1_000 }]);
      return true;
    });
    await clock.advance(1_000);
    await failed;
    assert.equal(await left, true);
  });

  it("first part: comments, pings and empty texts do not count", async () => {
    const { answer, response, left } = await opened();
    const reading = follow(answer);
    for (const noise of [": ping\n\n", "event: ping\ndata: {}\n\n", eventOf("")]) {
      await clock.advance(300);
      response.write(noise);
      await turns(5);
    }
    assert.deepEqual(reading.ends, []);
    await clock.advance(100);
    assert.deepEqual(phaseOf(await reading.ended), { phase: "first-part", afterMs: 1_000 });
    assert.equal(await left, true);
  });

  it("idle: each part gives new time, noise gives none", async () => {
    const { answer, response, left } = await opened();
    const reading = follow(answer);
    await clock.advance(900);
    for (const text of ["a", "b", "c"]) {
      await say(reading, response, text);
      await clock.advance(99);
    }
    response.write(": ping\n\n");
    await turns(5);
    assert.deepEqual(reading.ends, []);
    await clock.advance(1);
    const outcome = await reading.ended;
    assert.deepEqual(phaseOf(outcome), { phase: "idle", afterMs: 100 });
    assert.match((outcome as { error: Error }).error.message, /acme: nothing more came for 100 ms/);
    assert.equal(reading.text, "abc");
    assert.equal(await left, true);
  });

  it("are those of the exchange when it has its own", async () => {
    server = await serve(head);
    const plan = exchangeWith(server.url, { timeouts: { firstPartMs: 50 } });
    const reading = follow(await http.exchange(fakeAttempting({ call }), plan));
    await clock.advance(50);
    assert.deepEqual(phaseOf(await reading.ended), { phase: "first-part", afterMs: 50 });
  });

  it("first part: holds for a whole answer to a streaming request too", async () => {
    server = await serve(({ response }) =>
      void response.writeHead(200, { "content-type": "application/json" }).write('{"te')
    );
    const asked = http.exchange(fakeAttempting({ call }), exchangeWith(server.url));
    const failed = assert.rejects(asked, { code: "timed-out" });
    await server.request();
    await clock.advance(1_000);
    await failed;
  });

  it("do not run while the reader has paused", async () => {
    const { answer, response } = await opened();
    const reading = follow(answer);
    await say(reading, response, "a");
    reading.flow.pause();
    await clock.advance(10_000);
    reading.flow.resume();
    await clock.advance(99);
    assert.deepEqual(reading.ends, []);
    await say(reading, response, "b");
    response.end(done);
    assert.equal((await reading.ended).status, "ok");
  });

  it("do not start again by a part that was on its way when the reader paused", async () => {
    const { answer, response } = await opened();
    const reading = follow(answer);
    reading.flow.pause();
    response.write(eventOf("a"));
    await turns();
    await clock.advance(10_000);
    assert.deepEqual(reading.ends, []);
    reading.flow.resume();
    await until("the part is there", () => reading.text === "a");
    response.end(done);
    assert.equal((await reading.ended).status, "ok");
  });

  it("are not put off by resuming what was not paused", async () => {
    const { answer, response } = await opened();
    const reading = follow(answer);
    await say(reading, response, "a");
    await clock.advance(60);
    reading.flow.resume();
    await clock.advance(40);
    assert.equal(wordFor(await reading.ended), "timed-out");
  });

  it("give the first part its full time after a pause before it", async () => {
    const { answer } = await opened();
    const reading = follow(answer);
    reading.flow.pause();
    reading.flow.resume();
    await clock.advance(999);
    assert.deepEqual(reading.ends, []);
    await clock.advance(1);
    assert.deepEqual(phaseOf(await reading.ended), { phase: "first-part", afterMs: 1_000 });
  });

  it("total: the reason of the cancellation is the failure", async () => {
    const { answer, response, left, cancellation } = await opened();
    const reading = follow(answer);
    await say(reading, response, "a");
    const reason = new LoomError("timed-out", "too late", { phase: "total", afterMs: 5 });
    cancellation.cancel(reason);
    assert.deepEqual(await reading.ended, { status: "failed", error: reason });
    assert.equal(await left, true);
  });
});

describe("a stream that is given up", { timeout: 20_000 }, () => {
  const moments = [
    "before the head",
    "before the first part",
    "in the middle",
    "while paused",
    "before anybody reads",
  ];
  for (const moment of moments) {
    it(`${moment}: ends once as cancelled, reaches the vendor and frees the socket`, async () => {
      const cancellation = fakeCancellation();
      let left: Promise<boolean>;
      if (moment === "before the head") {
        server = await serve(() => {});
        const asked = http.exchange(fakeAttempting({ call, cancellation }), exchangeWith(server.url));
        ({ left } = await server.request());
        cancellation.cancel();
        await assert.rejects(asked, { code: "aborted" });
      } else {
        const stream = await opened(cancellation);
        left = stream.left;
        if (moment === "before anybody reads") cancellation.cancel();
        const reading = follow(stream.answer);
        if (moment === "in the middle" || moment === "while paused") await say(reading, stream.response, "a");
        if (moment === "while paused") {
          reading.flow.pause();
          stream.response.write(eventOf("b".repeat(100_000)));
          await turns();
        }
        cancellation.cancel();
        const outcome = await reading.ended;
        assert.equal(outcome.status, "cancelled");
        await turns(5);
        assert.equal(reading.ends.length, 1);
      }
      assert.equal(await left, true);
      await until("the socket is free", () => server.open === 0);
    });
  }

  it("by its reader: the same, however often it is said", async () => {
    const { answer, response, left } = await opened();
    const reading = follow(answer);
    await say(reading, response, "a");
    const reason = new LoomError("aborted", "enough", {});
    reading.flow.cancel(reason);
    reading.flow.cancel(new LoomError("aborted", "again", {}));
    reading.flow.pause();
    reading.flow.resume();
    assert.deepEqual(reading.ends, [{ status: "cancelled", error: reason }]);
    assert.equal(await left, true);
    await turns(5);
    assert.equal(reading.ends.length, 1);
  });

  for (const early of [true, false]) {
    it(`by its reader while ${early ? "held" : "new"} parts are delivered: ends once`, async () => {
      const { answer, response, left } = await opened();
      const reason = new LoomError("aborted", "enough", {});
      if (early) {
        response.write(eventOf("a") + eventOf("b"));
        await turns();
      }
      const reading = follow(answer, (flow) => flow.cancel(reason));
      if (!early) response.write(eventOf("a") + eventOf("b"));
      await reading.ended;
      assert.equal(await left, true);
      await turns(5);
      assert.deepEqual(reading.ends, [{ status: "cancelled", error: reason }]);
      assert.equal(reading.late, 0);
    });
  }

  it("after its end: nothing happens", async () => {
    const { answer, response, cancellation } = await opened();
    const reading = follow(answer);
    response.end(eventOf("a") + done);
    assert.equal((await reading.ended).status, "ok");
    cancellation.cancel();
    reading.flow.cancel(new LoomError("aborted", "late", {}));
    await turns(5);
    assert.equal(reading.ends.length, 1);
  });
});

describe("back-pressure", { timeout: 30_000 }, () => {
  const piece = eventOf("x".repeat(65_536));
  const pieces = 600;

  /** Sends 40 MB as fast as the connection takes them; gives how many pieces are on their way. */
  function flood({ response }: Arrived): { readonly sent: () => number } {
    let sent = 0;
    const more = () => {
      while (sent < pieces && !response.destroyed) {
        sent++;
        if (!response.write(piece)) return;
      }
      if (sent === pieces) {
        response.removeListener("drain", more);
        response.end(done);
      }
    };
    response.on("drain", more);
    more();
    return { sent: () => sent };
  }

  /** Settles when the server has stopped sending. */
  async function blocked(sent: () => number): Promise<void> {
    for (let last = -1; last !== sent();) {
      last = sent();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it("a paused reader stops the vendor; resuming brings the rest, whole and in order", async () => {
    const { answer } = await opened();
    const reading = follow(answer, (flow) => {
      if (reading.batches === 1) flow.pause();
    });
    const { sent } = flood(await server.request());
    await until("something is there", () => reading.batches > 0);
    await blocked(sent);
    assert.ok(sent() < pieces * 0.8, `${sent()} of ${pieces} pieces were sent although nobody read`);
    const before = reading.parts.length;
    assert.ok(before < 10, `${before} parts came after the pause`);
    reading.flow.resume();
    assert.equal((await reading.ended).status, "ok");
    assert.equal(reading.text.length, pieces * 65_536);
  });

  it("a stream nobody reads yet is held within bounds, at no cost of deadlines", async () => {
    const { answer } = await opened();
    const { sent } = flood(await server.request());
    await blocked(sent);
    assert.ok(sent() < pieces * 0.8, `${sent()} of ${pieces} pieces were sent although nobody read`);
    await clock.advance(60_000);
    const reading = follow(answer);
    assert.equal((await reading.ended).status, "ok");
    assert.equal(reading.text.length, pieces * 65_536);
    assert.equal(reading.ends.length, 1);
  });

  it("a reader that pauses at once gets what was held and no more", async () => {
    const { answer } = await opened();
    const { sent } = flood(await server.request());
    await blocked(sent);
    const reading = follow(answer);
    reading.flow.pause();
    await turns();
    const before = sent();
    await turns();
    assert.equal(sent(), before);
    reading.flow.resume();
    assert.equal((await reading.ended).status, "ok");
    assert.equal(reading.text.length, pieces * 65_536);
  });
});
