/** Replies: read once, paused, cancelled, collected, thrown away. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  abortedError,
  collect,
  discard,
  endedBy,
  replay,
  streamedReply,
  wholeReply,
} from "../../src/kernel/index.ts";
import { LoomError, loomError } from "../../src/errors/index.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { failed, finish, record, scripted, settle, text } from "./scripted.ts";

const head = { target: fakeTarget(), origin: "vendor", requestId: "req-1" } as const;
const parts = [text("a"), finish];

describe("wholeReply", () => {
  it("can be read as often as anybody likes, as one batch and an end", async () => {
    const reply = wholeReply(head, parts);
    const readers = [record(reply), record(reply)];
    assert.deepEqual(readers[0]?.parts, [], "nothing is delivered before flow has returned");
    await settle();
    for (const reader of readers) {
      assert.deepEqual(reader.parts, parts);
      assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
    }
  });

  it("leaves out a request id that is not there", () => {
    assert.equal("requestId" in wholeReply({ target: fakeTarget(), origin: "cache" }, parts), false);
  });
});

describe("replay", () => {
  it("waits while it is paused", async () => {
    const reader = record(replay(head, parts));
    reader.flow.pause();
    await settle();
    assert.deepEqual([reader.parts.length, reader.outcomes.length], [0, 0]);
    reader.flow.resume();
    reader.flow.resume();
    await settle();
    assert.deepEqual(reader.parts, parts);
    assert.equal(reader.outcomes.length, 1);
  });

  for (const when of ["before it runs", "while paused", "after its end"] as const) {
    it(`ends exactly once when cancelled ${when}`, async () => {
      const reader = record(replay(head, parts));
      if (when === "while paused") reader.flow.pause();
      if (when !== "before it runs") await settle();
      reader.flow.cancel(abortedError());
      reader.flow.cancel(abortedError());
      reader.flow.resume();
      await settle();
      const expected = when === "after its end" ? "ok" : "cancelled";
      assert.deepEqual(reader.outcomes.map(({ status }) => status), [expected]);
    });
  }
});

describe("streamedReply", () => {
  it("starts its source when it is read, and refuses a second reader", () => {
    let started = 0;
    const reply = streamedReply(head, () => {
      started++;
      return { pause() {}, resume() {}, cancel() {} };
    });
    assert.equal(started, 0);
    record(reply);
    assert.throws(() => record(reply), (error) => LoomError.is(error, "internal"));
    assert.equal(started, 1);
  });
});

describe("endedBy", () => {
  it("calls a caller who left cancelled and a passed deadline failed", () => {
    const late = loomError("timed-out", "late", { phase: "total", afterMs: 1 });
    assert.equal(endedBy(abortedError()).status, "cancelled");
    assert.deepEqual(endedBy(late), failed(late));
  });
});

describe("collect", () => {
  it("gives the parts of a whole reply without copying them", async () => {
    assert.equal(await collect(wholeReply(head, parts)), parts);
  });

  it("rejects with what broke the stream", async () => {
    const source = scripted();
    const collected = collect(source.reply);
    const broken = loomError("stream-broken", "cut", { partsSeen: 1 });
    source.push(text("a"));
    source.end(failed(broken));
    await assert.rejects(collected, (error) => error === broken);
  });

  it("takes a batch of a quarter of a million parts", async () => {
    const many = Array.from({ length: 250_000 }, () => text("."));
    assert.equal((await collect(replay(head, many))).length, many.length);
  });
});

describe("discard", () => {
  it("starts a stream only to cancel it, and does nothing to a whole reply", () => {
    const source = scripted();
    discard(source.reply);
    assert.deepEqual(source.asked, ["cancel"]);
    assert.equal(source.ended, true);
    discard(wholeReply(head, parts));
  });
});
