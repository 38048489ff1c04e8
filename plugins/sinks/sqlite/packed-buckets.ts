/** Buckets of latencies as bytes: of each bucket that is not empty its number and its count. */

import type { LatencyBuckets } from "../../../src/plugin.ts";

/** A byte for the bucket, then the count, seven bits at a time, the lowest first. */
export function pack(buckets: LatencyBuckets): Uint8Array {
  const bytes: number[] = [];
  for (const [bucket, count] of buckets) {
    bytes.push(bucket);
    let left = count;
    while (left > 127) {
      bytes.push(left % 128 + 128);
      left = Math.floor(left / 128);
    }
    bytes.push(left);
  }
  return Uint8Array.from(bytes);
}

/** Adds what was packed. */
export function unpackInto(buckets: LatencyBuckets, bytes: Uint8Array): void {
  let index = 0;
  while (index < bytes.length) {
    const bucket = bytes[index++] ?? 0;
    let count = 0;
    for (let weight = 1;; weight *= 128) {
      const byte = bytes[index++] ?? 0;
      count += (byte % 128) * weight;
      if (byte < 128) break;
    }
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  }
}
