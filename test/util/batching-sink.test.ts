/** The queue behind sinks that send records away: bounds, batches, receivers that hang, and who is told of what was lost. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord } from "../../src/index.ts";
import { fakeClock, fakeRecord } from "../../src/testing.ts";
import { type BatchingOptions, batchingSink } from "../../src/util/batching-sink.ts";

function stage(change: Partial<BatchingOptions> = {}) {
  const clock = fakeClock();
  const batches: (readonly CallRecord[])[] = [];
  const lost: number[] = [];
  const sink = batchingSink({
    clock,
    lingerMs: 100,
    batchSize: 3,
    send: (batch) => (batches.push(batch), Promise.resolve()),
    lost: (_, records) => lost.push(records),
    ...change,
  });
  return { clock, sink, batches, lost, sizes: () => batches.map(({ length }) => length) };
}

const full = (letters: number) =>
  fakeRecord({ content: { input: [], output: "x".repeat(letters), cut: false } });

describe("a batching sink", () => {
  it("waits for company, but not when a batch is full", async () => {
    const { clock, sink, sizes } = stage();
    sink.write(fakeRecord());
    await clock.advance(99);
    assert.deepEqual(sizes(), []);
    await clock.advance(1);
    for (let index = 0; index < 4; index++) sink.write(fakeRecord());
    assert.deepEqual(sizes(), [1], "nothing is sent in the call itself");
    await clock.advance(0);
    assert.deepEqual(sizes(), [1, 3, 1]);
  });

  it("makes batches of a bounded size of what was captured, and drops what is too much to hold", async () => {
    const { sink, sizes } = stage({ batchSize: 100 });
    for (let index = 0; index < 5; index++) sink.write(full(600_000));
    await sink.flush();
    assert.deepEqual(sizes(), [2, 2, 1]);
    for (let index = 0; index < 60; index++) sink.write(full(600_000));
    assert.equal(sink.dropped, 5);
    await sink.flush();
    sink.write(full(600_000));
    await sink.close();
    assert.deepEqual([sizes().reduce((sum, size) => sum + size), sink.dropped], [61, 5]);
  });

  it("tells of what was lost once a minute, with all of it", async () => {
    const { clock, sink, lost } = stage({ batchSize: 1, send: () => Promise.reject(new Error("no")) });
    for (const waitMs of [0, 30_000, 40_000]) {
      await clock.advance(waitMs);
      sink.write(fakeRecord());
      sink.write(fakeRecord());
      await sink.flush();
    }
    assert.deepEqual([lost, sink.dropped], [[1, 5], 6]);
  });

  it("does not wait for ever for a receiver that hangs, and the second time not for long", async () => {
    const { clock, sink } = stage({ send: () => new Promise(() => {}) });
    const settled: string[] = [];
    for (let index = 0; index < 5; index++) sink.write(fakeRecord());
    void sink.flush().then(() => settled.push("flush"));
    await clock.advance(4_999);
    assert.equal(settled.length, 0);
    await clock.advance(1);
    void sink.close().then(() => settled.push("close"));
    await clock.advance(500);
    await clock.advance(500);
    assert.deepEqual(settled, ["flush", "close"]);
    assert.equal(sink.dropped, 5);
    assert.equal(clock.pending, 0);
  });

  it("lets a receiver that obeys go when it closes", async () => {
    const { clock, sink } = stage({
      send: (_, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    sink.write(fakeRecord());
    const closed = sink.close();
    await clock.advance(5_000);
    await closed;
    assert.deepEqual([sink.dropped, clock.pending], [1, 0]);
  });
});
