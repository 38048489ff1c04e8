/** The pace of a live run: rises while the vendor keeps up, halves when it does not, and obeys what headers say. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Concurrency, concurrency } from "../../../src/batch/live/concurrency.ts";

/** So many answers of one latency. */
function answers(limits: Concurrency, count: number, latencyMs = 100, tokens = 10): void {
  for (let index = 0; index < count; index++) limits.succeeded(0, latencyMs, tokens);
}

describe("concurrency", () => {
  it("begins modestly, doubles with each round of answers, and stops at the workers", () => {
    const limits = concurrency({ workers: 20, start: 4 });
    assert.equal(limits.limit(0), 4);
    answers(limits, 4);
    assert.equal(limits.limit(0), 8);
    answers(limits, 8);
    assert.equal(limits.limit(0), 16);
    answers(limits, 100);
    assert.equal(limits.limit(0), 20);
  });

  it("never begins above the workers", () => {
    assert.equal(concurrency({ workers: 3 }).limit(0), 3);
    assert.equal(concurrency({ workers: 1 }).limit(0), 1);
  });

  it("halves once for one overload, however many calls tell it, and never below one", () => {
    const limits = concurrency({ workers: 16, start: 16 });
    for (let call = 0; call < 16; call++) limits.congested(1_000);
    assert.equal(limits.limit(1_000), 8);
    for (const nowMs of [3_000, 6_000, 9_000, 12_000, 15_000]) limits.congested(nowMs);
    assert.equal(limits.limit(15_000), 1);
  });

  it("rises by one with each round after the first trouble", () => {
    const limits = concurrency({ workers: 16, start: 8 });
    limits.congested(0);
    assert.equal(limits.limit(0), 4);
    answers(limits, 5);
    assert.equal(limits.limit(0), 5);
    answers(limits, 4);
    assert.equal(limits.limit(0), 5);
    answers(limits, 1);
    assert.equal(limits.limit(0), 6);
  });

  it("pauses as long as the vendor wants, and the longest wish counts", () => {
    const limits = concurrency({ workers: 8 });
    limits.congested(100, 5_000);
    limits.congested(200, 2_000);
    assert.deepEqual([limits.limit(100), limits.limit(5_099), limits.limit(5_100)], [0, 0, 4]);
    assert.equal(limits.pausedUntilMs, 5_100);
  });

  it("holds while answers take much longer than usual, and rises again when they do not", () => {
    const limits = concurrency({ workers: 100, start: 4 });
    answers(limits, 4, 500);
    assert.equal(limits.level, 8);
    answers(limits, 40, 5_000);
    const held = limits.level;
    answers(limits, 40, 5_000);
    assert.equal(limits.level, held);
    answers(limits, 200, 500);
    assert.ok(limits.level > held, `${limits.level} > ${held}`);
  });

  it("does not take a few milliseconds for trouble", () => {
    const limits = concurrency({ workers: 64, start: 4 });
    answers(limits, 4, 1);
    answers(limits, 100, 40);
    assert.equal(limits.level, 64);
  });

  it("starts no more calls than the allowance has, until it is full again", () => {
    const limits = concurrency({ workers: 8, start: 8 });
    limits.heard(1_000, { requests: { remaining: 2, resetMs: 4_000 } });
    assert.equal(limits.limit(1_000), 8);
    limits.started();
    assert.equal(limits.limit(1_000), 8);
    limits.started();
    assert.equal(limits.limit(1_000), 0);
    assert.equal(limits.pausedUntilMs, 5_000);
    assert.equal(limits.limit(4_999), 0);
    assert.equal(limits.limit(5_000), 8);
  });

  it("goes on as soon as a later answer says that there is more", () => {
    const limits = concurrency({ workers: 8, start: 8 });
    limits.heard(0, { requests: { remaining: 0, resetMs: 60_000 } });
    assert.equal(limits.limit(10), 0);
    limits.heard(20, { requests: { remaining: 5, resetMs: 60_000 } });
    assert.equal(limits.limit(20), 8);
  });

  it("counts tokens by what a row takes on average", () => {
    const limits = concurrency({ workers: 8, start: 8 });
    answers(limits, 1, 100, 1_000);
    limits.heard(0, {
      requests: { remaining: 50, resetMs: 1_000 },
      tokens: { remaining: 2_500, resetMs: 9_000 },
    });
    limits.started();
    limits.started();
    assert.equal(limits.limit(0), 0);
    assert.equal(limits.pausedUntilMs, 9_000);
  });
});
