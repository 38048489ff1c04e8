/** Calls added up by cube and span of time, in memory, before they are added to the file. */

import { type CallSums, countLatency, noCalls, singleDimensions } from "../../../src/plugin.ts";
import { sumColumns } from "./columns.ts";
import { type Cube, cubeColumns } from "./cubes.ts";

/** A row of `call_summaries` to be. */
export interface Entry {
  readonly cube: Cube;
  readonly spanMs: number;
  readonly fromMs: number;
  /** In the order of `cubeColumns`. */
  readonly names: readonly string[];
  readonly sums: CallSums;
}

/** As `entrySelection` gives it: five columns, then the single dimensions, then the figures. */
export type CallValues = readonly [
  number,
  number,
  number,
  number | null,
  string | null,
  ...(string | number)[],
];

/** What is selected of the calls `c`. */
export const entrySelection: string = [
  "c.id",
  "c.at_ms",
  "c.latency_bucket",
  "c.first_part_bucket",
  "c.tags",
  ...singleDimensions.map((dimension) => `c.${dimension}`),
  ...sumColumns.map(([, ofCalls]) => ofCalls),
].join(", ");

const namesAt = 5;
const figuresAt = namesAt + singleDimensions.length;

interface Counted {
  readonly values: CallValues;
  readonly figures: readonly number[];
}

/**
 * Sums by the shortest span of each cube, and longer spans made of those.
 * @param keptFrom the moment from which sums of a cube and a span are kept: older ones would only be deleted again
 */
export function* entriesOf(
  calls: readonly CallValues[],
  cubes: readonly Cube[],
  keptFrom: (cube: Cube, spanMs: number) => number,
): Iterable<Entry> {
  const counted = calls.map((values): Counted => ({ values, figures: values.slice(figuresAt).map(Number) }));
  const newestMs = calls.reduce((newest, [, atMs]) => Math.max(newest, atMs), -Infinity);
  for (const cube of cubes) {
    const spans = cube.spans.map(([spanMs]) => spanMs).filter((spanMs) => keptFrom(cube, spanMs) <= newestMs);
    let entries: Map<string, Entry> | undefined;
    for (const spanMs of spans.sort((a, b) => a - b)) {
      entries = entries === undefined
        ? shortestOf(counted, cube, spanMs)
        : longerOf(entries.values(), spanMs);
      const fromMs = keptFrom(cube, spanMs);
      for (const entry of entries.values()) if (entry.fromMs >= fromMs) yield entry;
    }
  }
}

function shortestOf(calls: readonly Counted[], cube: Cube, spanMs: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const tagged = cube.dimensions.includes("tag");
  /** Where in a call the names of the cube are. */
  const places = singleDimensions.flatMap((one, index) =>
    cube.dimensions.includes(one) ? [namesAt + index] : []
  );
  for (const { values, figures } of calls) {
    const fromMs = Math.floor(values[1] / spanMs) * spanMs;
    let key = String(fromMs);
    // Names hold no NUL, so joined by it they cannot be mistaken for others.
    for (const place of places) key += `\u0000${values[place]}`;
    for (const tag of tagged ? tagsOf(values[4]) : [""]) {
      const own = tagged ? `${key}\u0000${tag}` : key;
      let entry = entries.get(own);
      if (entry === undefined) {
        entry = { cube, spanMs, fromMs, names: namesOf(values, cube, tag), sums: noCalls() };
        entries.set(own, entry);
      }
      const { sums } = entry;
      addFigures(sums, figures);
      countLatency(sums.latency, values[2]);
      if (values[3] !== null) countLatency(sums.firstPart, values[3]);
    }
  }
  return entries;
}

function longerOf(shorter: Iterable<Entry>, spanMs: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { cube, fromMs: ownMs, names, sums } of shorter) {
    const fromMs = Math.floor(ownMs / spanMs) * spanMs;
    const key = `${fromMs}\u0000${names.join("\u0000")}`;
    let entry = entries.get(key);
    if (entry === undefined) entries.set(key, entry = { cube, spanMs, fromMs, names, sums: noCalls() });
    addFigures(entry.sums, sums.figures);
    for (const [bucket, count] of sums.latency) countLatency(entry.sums.latency, bucket, count);
    for (const [bucket, count] of sums.firstPart) countLatency(entry.sums.firstPart, bucket, count);
  }
  return entries;
}

function addFigures({ figures }: CallSums, more: readonly number[]): void {
  for (let index = 0; index < more.length; index++) {
    figures[index] = (figures[index] ?? 0) + (more[index] ?? 0);
  }
}

function namesOf(values: CallValues, { dimensions }: Cube, tag: string): string[] {
  return cubeColumns.map((column) => {
    if (!dimensions.includes(column)) return "";
    return column === "tag" ? tag : String(values[namesAt + singleDimensions.indexOf(column)]);
  });
}

function tagsOf(tags: string | null): readonly string[] {
  return tags === null ? [""] : JSON.parse(tags) as string[];
}
