/** Buckets of latencies: percentiles are good to a few percent, however long the times. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  countLatency,
  latencyBucket,
  type LatencyBuckets,
  percentiles,
} from "../../src/util/latency-buckets.ts";

function bucketsOf(times: readonly number[]): LatencyBuckets {
  const buckets: LatencyBuckets = new Map();
  for (const ms of times) countLatency(buckets, latencyBucket(ms));
  return buckets;
}

describe("latency buckets", () => {
  test("give every time back to 4 percent", () => {
    for (let ms = 0.2; ms < 3e7; ms *= 1.013) {
      const { p50Ms } = percentiles(bucketsOf([ms]));
      assert.ok(Math.abs(p50Ms - ms) <= ms * 0.04 + 0.01, `${ms} became ${p50Ms}`);
    }
  });

  test("know the ranks", () => {
    const times = Array.from({ length: 1000 }, (_, index) => index + 1);
    const { count, p50Ms, p95Ms, p99Ms } = percentiles(bucketsOf(times));
    assert.equal(count, 1000);
    for (const [actual, exact] of [[p50Ms, 500], [p95Ms, 950], [p99Ms, 990]] as const) {
      assert.ok(Math.abs(actual - exact) <= exact * 0.04, `${exact} became ${actual}`);
    }
  });

  test("are 0 where nothing was counted, and keep to a byte whatever comes", () => {
    assert.deepEqual(percentiles(new Map()), { count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 });
    for (const ms of [-1, NaN, 0, 0.05]) assert.equal(latencyBucket(ms), 0);
    for (const ms of [1e9, 1e300, Infinity]) assert.equal(latencyBucket(ms), 255);
  });
});
