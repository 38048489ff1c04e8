/** Which rows of a dataset a batch has, written short: `[first, count]` for each run of neighbours, in ascending order. */

export type RowRanges = readonly (readonly [first: number, count: number])[];

/** Collects indexes, which must ascend. */
export function rangeWriter(): {
  add(index: number): void;
  readonly ranges: RowRanges;
  readonly rows: number;
} {
  const ranges: [number, number][] = [];
  let rows = 0;
  return {
    ranges,
    get rows() {
      return rows;
    },
    add(index) {
      rows++;
      const last = ranges.at(-1);
      if (last !== undefined && last[0] + last[1] === index) last[1]++;
      else ranges.push([index, 1]);
    },
  };
}

export function rowsIn(ranges: RowRanges): number {
  return ranges.reduce((sum, [, count]) => sum + count, 0);
}

/** The index of each row, in the order of the batch. */
export function indexesOf(ranges: RowRanges): Uint32Array {
  const indexes = new Uint32Array(rowsIn(ranges));
  let at = 0;
  for (const [first, count] of ranges) {
    for (let offset = 0; offset < count; offset++) indexes[at++] = first + offset;
  }
  return indexes;
}
