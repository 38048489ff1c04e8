/** Which rows of a batch are in which of the vendors' batches that it is made of. */

import type { Modality } from "../contract/call.ts";

/** Where a vendor's batch is. */
export interface BatchPlace {
  readonly provider: string;
  readonly model: string;
  readonly modality: Modality;
  /** The vendor's id of it. */
  readonly id: string;
  readonly rows: number;
  /** The account it belongs to, where the provider has several: no other sees it. */
  readonly account?: string;
  /** The name that it was handed in with. */
  readonly label?: string;
}

export interface BatchMap {
  readonly rows: number;
  readonly places: readonly BatchPlace[];
  /** By row: the number of its place; the number of places, where it was not handed in. Absent: only answers say it. */
  readonly partOf?: Uint32Array;
}

/** More rows than any list in memory has. */
const maxRows = 100_000_000;

/** All rows are in one place. */
export function simpleMap(place: BatchPlace): BatchMap {
  return { rows: place.rows, places: [place] };
}

/** `undefined`: nobody knows. */
export function partAt({ places, partOf }: BatchMap, row: number): number | undefined {
  return partOf === undefined ? (places.length === 1 ? 0 : undefined) : partOf[row];
}

/** How many rows were not handed in. */
export function leftOut({ rows, places }: BatchMap): number {
  return rows - places.reduce((sum, place) => sum + place.rows, 0);
}

/** What neighbours have in common: part, number of rows, part, number of rows … */
export function runsOf(partOf: Uint32Array): readonly number[] {
  const runs: number[] = [];
  let from = 0;
  for (let row = 1; row <= partOf.length; row++) {
    if (row < partOf.length && partOf[row] === partOf[from]) continue;
    runs.push(partOf[from] as number, row - from);
    from = row;
  }
  return runs;
}

/** The reverse. `undefined`: they are not the runs of so many rows and places. */
export function partsOf(runs: unknown, rows: number, places: number): Uint32Array | undefined {
  if (!Array.isArray(runs) || runs.length % 2 !== 0 || rows > maxRows) return undefined;
  const partOf = new Uint32Array(rows);
  let row = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [part, count] = [runs[at] as unknown, runs[at + 1] as unknown];
    if (!isIndex(part) || part > places || !isIndex(count) || count < 1 || count > rows - row) {
      return undefined;
    }
    partOf.fill(part, row, row + count);
    row += count;
  }
  return row === rows ? partOf : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
