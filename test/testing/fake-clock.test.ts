/** The fake clock: order, settling, cancelling, and its own limits. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../src/testing/fake-clock.ts";

describe("fakeClock", () => {
  it("stands still until it is advanced", async () => {
    const clock = fakeClock(1000);
    assert.equal(clock.now(), 1000);
    assert.equal(clock.monotonic(), 0);
    await clock.advance(2.5);
    assert.equal(clock.now(), 1002.5);
    assert.equal(clock.monotonic(), 2.5);
  });

  it("fires due timers in the order of their times, equal ones in the order they were set", async () => {
    const clock = fakeClock();
    const fired: string[] = [];
    for (const [name, delayMs] of [["c", 30], ["a", 10], ["b1", 20], ["b2", 20], ["late", 31]] as const) {
      clock.after(delayMs, () => fired.push(`${name}@${clock.monotonic()}`));
    }
    await clock.advance(30);
    assert.deepEqual(fired, ["a@10", "b1@20", "b2@20", "c@30"]);
    assert.equal(clock.pending, 1);
  });

  it("lets promise chains run between timers, and fires what they set within the span", async () => {
    const clock = fakeClock();
    const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    const times: number[] = [];
    const work = (async () => {
      for (let round = 0; round < 4; round++) {
        await wait(10);
        for (let hop = 0; hop < 20; hop++) await Promise.resolve();
        times.push(clock.monotonic());
      }
    })();
    await clock.advance(35);
    assert.deepEqual(times, [10, 20, 30]);
    await clock.advance(5);
    await work;
    assert.deepEqual(times, [10, 20, 30, 40]);
    assert.equal(clock.pending, 0);
  });

  it("never fires a timer that was taken back, not even by an earlier timer of the same instant", async () => {
    const clock = fakeClock();
    let fired = 0;
    const cancel: (() => void)[] = [];
    clock.after(5, () => cancel[0]?.());
    cancel.push(clock.after(5, () => fired++));
    await clock.advance(10);
    cancel[0]?.();
    assert.equal(fired, 0);
    assert.equal(clock.pending, 0);
  });

  it("treats negative and missing delays as none", async () => {
    const clock = fakeClock();
    let fired = 0;
    clock.after(-5, () => fired++);
    clock.after(NaN, () => fired++);
    await clock.advance(0);
    assert.equal(fired, 2);
    assert.equal(clock.monotonic(), 0);
  });

  it("queues overlapping calls", async () => {
    const clock = fakeClock();
    await Promise.all([clock.advance(5), clock.advance(7)]);
    assert.equal(clock.monotonic(), 12);
  });

  it("rejects with what a callback threw, and works on", async () => {
    const clock = fakeClock();
    clock.after(1, () => {
      throw new Error("boom");
    });
    await assert.rejects(clock.advance(2), /boom/);
    await clock.advance(2);
    assert.equal(clock.monotonic(), 3);
  });

  it("refuses to run backwards or forever", async () => {
    const clock = fakeClock();
    for (const ms of [-1, NaN, Infinity]) await assert.rejects(clock.advance(ms), RangeError);
    const again = () => void clock.after(0, again);
    again();
    await assert.rejects(clock.advance(1), /10000 timers fired within 1 ms/);
  });
});
