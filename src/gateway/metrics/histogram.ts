/** Counts how many observations fell below each of a few bounds. */

export interface Histogram {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not yet cumulated; the last one holds what is above every bound. */
  readonly counts: number[];
  sum: number;
}

export function histogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 };
}

/** Adds an observation. One that is no number, or below 0, is none. */
export function observe(into: Histogram, value: number): void {
  if (!(value >= 0 && value < Infinity)) return;
  const { bounds, counts } = into;
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
  counts[bucket] = (counts[bucket] as number) + 1;
  into.sum += value;
}
