/** Times in buckets on a logarithmic scale: a few counters know every percentile, to 4 percent. */

import type { Percentiles } from "../contract/history.ts";

/** How many times fell into each bucket. */
export type LatencyBuckets = Map<number, number>;

/** Each bucket is this much wider than the one before. */
const growth = 1.08;
const shortestMs = 0.1;
/** Reaches beyond nine hours; a bucket's number fits into a byte. */
const lastBucket = 255;
const perBucket = 1 / Math.log(growth);

/** The bucket of a time; 0 for those too short to count. */
export function latencyBucket(ms: number): number {
  if (!(ms > shortestMs)) return 0;
  return Math.min(lastBucket, Math.ceil(Math.log(ms / shortestMs) * perBucket));
}

export function countLatency(buckets: LatencyBuckets, bucket: number, count: number = 1): void {
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
}

export function percentiles(buckets: LatencyBuckets): Percentiles {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, some]) => sum + some, 0);
  const at = (share: number): number => {
    let left = Math.ceil(count * share);
    for (const [bucket, some] of sorted) {
      left -= some;
      if (left <= 0) return middleMs(bucket);
    }
    return 0;
  };
  return { count, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** What stands for the times of a bucket, in whole hundredths so that it reads well. */
function middleMs(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(shortestMs * growth ** (bucket - 0.5) * 100) / 100;
}
