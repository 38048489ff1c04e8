/** How long targets take to their first content part: enough of the latest times to tell what is slow for each. */

import { LRUCache } from "lru-cache";

const maxNames = 1_000;
/** The latest times that count. */
const maxSamples = 128;
/** The percentile is found anew after so many further times. */
const renewEvery = 8;

interface Times {
  readonly ring: Float64Array;
  count: number;
  p95Ms: number;
  foundAt: number;
}

export class FirstPartTimes {
  readonly #minSamples: number;
  readonly #times = new LRUCache<string, Times>({ max: maxNames });

  /** @param minSamples fewer than this say nothing */
  constructor(minSamples: number) {
    this.#minSamples = minSamples;
  }

  note(name: string, ms: number): void {
    let times = this.#times.get(name);
    if (times === undefined) {
      this.#times.set(name, times = { ring: new Float64Array(maxSamples), count: 0, p95Ms: 0, foundAt: 0 });
    }
    times.ring[times.count++ % maxSamples] = ms;
  }

  /** What 19 of 20 calls take at most; `undefined`: too few were seen. */
  p95(name: string): number | undefined {
    const times = this.#times.get(name);
    if (times === undefined || times.count < this.#minSamples) return undefined;
    if (times.foundAt === 0 || times.count - times.foundAt >= renewEvery) {
      const sorted = times.ring.slice(0, Math.min(times.count, maxSamples)).sort();
      times.p95Ms = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
      times.foundAt = times.count;
    }
    return times.p95Ms;
  }
}
