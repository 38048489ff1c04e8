/** Who may start when: bounded, those that were sent away first, nobody after the end. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concurrency } from "../../../src/batch/live/concurrency.ts";
import { flight } from "../../../src/batch/live/flight.ts";
import { fakeClock } from "../../../src/testing.ts";

function made(workers: number) {
  const clock = fakeClock();
  const limits = concurrency({ workers });
  return { clock, limits, rows: flight(limits, clock) };
}

/** What a promise has come to by now. */
async function stateOf<T>(promise: Promise<T>): Promise<T | "waiting"> {
  return await Promise.race([promise, new Promise<"waiting">((resolve) => setImmediate(resolve, "waiting"))]);
}

describe("flight", () => {
  it("has room for as many rows as may be under way, and tells when one has ended", async () => {
    const { rows } = made(2);
    assert.equal(rows.room(), undefined);
    rows.enter();
    rows.enter();
    const wait = rows.room();
    assert.ok(wait instanceof Promise);
    assert.equal(await stateOf(wait), "waiting");
    rows.leave();
    await wait;
    assert.equal(rows.room(), undefined);
  });

  it("lets rows that were sent away go before new ones", async () => {
    const { rows } = made(1);
    rows.enter();
    const order: string[] = [];
    const turn = rows.again().then((granted) => order.push(`again ${granted}`));
    await turn;
    const wait = rows.room()?.then(() => order.push("new"));
    const other = rows.again().then(() => order.push("again once more"));
    await other;
    rows.leave();
    await wait;
    assert.deepEqual(order, ["again true", "again once more", "new"]);
  });

  it("wakes everybody when a pause ends, with nothing under way", async () => {
    const { clock, limits, rows } = made(4);
    rows.enter();
    limits.congested(0, 5_000);
    const turn = rows.again();
    const wait = rows.room() ?? Promise.reject(new Error("there was room in a pause"));
    await clock.advance(4_999);
    assert.deepEqual([await stateOf(turn), await stateOf(wait)], ["waiting", "waiting"]);
    await clock.advance(1);
    assert.equal(await turn, true);
    await wait;
    assert.equal(rows.size, 1);
    assert.equal(clock.pending, 0);
  });

  it("gives a turn when the pause ends between two looks at the clock", async () => {
    let nowMs = 0;
    // Each look is a millisecond later than the one before.
    const clock = { ...fakeClock(), monotonic: () => nowMs++ };
    for (let pauseMs = 1; pauseMs <= 6; pauseMs++) {
      const limits = concurrency({ workers: 1 });
      limits.congested(nowMs, pauseMs);
      const wait = flight(limits, { ...clock, after: () => () => {} }).room();
      // With a timer that never fires it is the look itself that must see the end, or there is room at once.
      if (nowMs > limits.pausedUntilMs) assert.notEqual(await stateOf(wait ?? Promise.resolve()), "waiting");
    }
  });

  it("gives no turns after the end, and is idle when what is under way has ended", async () => {
    const { clock, limits, rows } = made(2);
    rows.enter();
    rows.enter();
    limits.congested(0, 60_000);
    const turn = rows.again();
    const wait = rows.room();
    rows.halt();
    assert.equal(await turn, false);
    await wait;
    const idle = rows.idle();
    assert.equal(await stateOf(idle), "waiting");
    rows.leave();
    await idle;
    assert.equal(clock.pending, 0, "no timer keeps the process");
  });

  it("lets a row rest in its place, and wakes it when all ends", async () => {
    const { clock, rows } = made(1);
    rows.enter();
    const turn = rows.again(3_000);
    const wait = rows.room() ?? Promise.reject(new Error("a row that rests keeps its place"));
    await clock.advance(2_999);
    assert.deepEqual([await stateOf(turn), await stateOf(wait), rows.size], ["waiting", "waiting", 1]);
    await clock.advance(1);
    assert.equal(await turn, true);
    const again = rows.again(60_000);
    rows.halt();
    assert.equal(await again, false);
    await wait;
    await rows.idle();
    assert.equal(clock.pending, 0);
  });
});
