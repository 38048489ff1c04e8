/** Totals, series and breakdowns: from the sums where there are any, from the calls at the ends and for the newest. */

import {
  type CallDimension,
  type CallFilter,
  type CallSums,
  type CallTotals,
  countLatency,
  dearestFirst,
  noCalls,
  type TimeSpan,
  totalsOf,
} from "../../../src/plugin.ts";
import { sumColumns } from "./columns.ts";
import { wantedOf } from "./conditions.ts";
import { cover, type Segment } from "./cover.ts";
import { type Cube, cubeFor } from "./cubes.ts";
import { type DatabaseSync, snapshot } from "./database.ts";
import { callsFrom, type Marks, marksIn, summedId, sumsFrom } from "./marks.ts";
import { unpackInto } from "./packed-buckets.ts";
import { bucketsSql, callSource, figuresSql, type Grouping, type Source, sumSource } from "./sources.ts";

export interface SumsReader {
  totals(span: TimeSpan, filter: CallFilter): CallTotals;
  series(span: TimeSpan, stepMs: number, filter: CallFilter): (CallTotals & { readonly atMs: number })[];
  breakdown(
    span: TimeSpan,
    by: CallDimension,
    filter: CallFilter,
    limit: number,
  ): (CallTotals & { readonly name: string })[];
}

/** Sums by step and name. */
type Groups = Map<string, { readonly step: number; readonly name: string; readonly sums: CallSums }>;

const newestMoment = Number.MAX_SAFE_INTEGER;

export function sumsReader(database: DatabaseSync, cubes: readonly Cube[]): SumsReader {
  const marks = marksIn(database);
  const edges = {
    firstCall: database.prepare("SELECT at_ms FROM calls ORDER BY at_ms LIMIT 1"),
    lastCall: database.prepare("SELECT at_ms FROM calls ORDER BY at_ms DESC LIMIT 1"),
    firstSum: database.prepare(
      "SELECT from_ms AS at_ms FROM call_summaries WHERE cube = 'all' AND span_ms = 86400000 ORDER BY from_ms LIMIT 1",
    ),
    lastSum: database.prepare(
      "SELECT from_ms + 86400000 AS at_ms FROM call_summaries WHERE cube = 'all' AND span_ms = 86400000 ORDER BY from_ms DESC LIMIT 1",
    ),
  };

  function ask(span: TimeSpan, filter: CallFilter, grouping: Grouping, limit?: number): Groups {
    const groups: Groups = new Map();
    if (wantedOf(filter).some(([, wanted]) => wanted.length === 0)) return groups;
    return snapshot(database, () => {
      const there = clamped(span);
      if (there === undefined) return groups;
      const sourcesOf = plan(there, filter, grouping.step?.stepMs);
      for (const source of sourcesOf(grouping)) addFigures(database, source, groups);
      if (limit !== undefined) keepDearest(groups, limit);
      const names = grouping.by === undefined ? undefined : [...groups.values()].map(({ name }) => name);
      if (groups.size === 0) return groups;
      for (const source of sourcesOf(names === undefined ? grouping : { ...grouping, names })) {
        addBuckets(database, source, groups);
      }
      return groups;
    });
  }

  /** The part of a span in which there is anything, so that nobody counts through the ages. */
  function clamped({ fromMs, toMs }: TimeSpan): TimeSpan | undefined {
    const at = (statement: ReturnType<DatabaseSync["prepare"]>, without: number) =>
      Number(statement.get()?.["at_ms"] ?? without);
    const first = Math.min(at(edges.firstCall, newestMoment), at(edges.firstSum, newestMoment));
    const end = Math.max(at(edges.lastCall, -newestMoment) + 1, at(edges.lastSum, -newestMoment));
    const clamped = { fromMs: Math.max(Math.ceil(fromMs), first), toMs: Math.min(Math.ceil(toMs), end) };
    return clamped.fromMs < clamped.toMs ? clamped : undefined;
  }

  function plan(
    span: TimeSpan,
    filter: CallFilter,
    stepMs: number | undefined,
  ): (grouping: Grouping) => Source[] {
    const upTo = marks.get(summedId);
    return (grouping) => {
      const cube = cubeOf(cubes, filter, grouping.by);
      const segments = segmentsOf(cube, marks, span, grouping, stepMs);
      const sources = segments.map((segment) =>
        segment.spanMs === 0 || cube === undefined
          ? callSource({ ...segment, id: "<=", summedId: upTo }, filter, grouping)
          : sumSource(cube, segment, filter, grouping)
      );
      return [...sources, callSource({ ...span, id: ">", summedId: upTo }, filter, grouping)];
    };
  }

  return {
    totals(span, filter) {
      return totalsOf([...ask(span, filter, {}).values()][0]?.sums ?? noCalls());
    },
    series(span, stepMs, filter) {
      const groups = ask(span, filter, { step: { ...span, stepMs } });
      const steps = new Map([...groups.values()].map(({ step, sums }) => [step, sums]));
      const count = Math.ceil((span.toMs - span.fromMs) / stepMs);
      return Array.from({ length: count }, (_, step) => ({
        atMs: span.fromMs + step * stepMs,
        ...totalsOf(steps.get(step) ?? noCalls()),
      }));
    },
    breakdown(span, by, filter, limit) {
      return [...ask(span, filter, { by }, limit).values()]
        .map(({ name, sums }) => ({ name, ...totalsOf(sums) }))
        .sort(dearestFirst);
    },
  };
}

function cubeOf(cubes: readonly Cube[], filter: CallFilter, by: CallDimension | undefined): Cube | undefined {
  // A call with two of the wanted tags is one call, and a call has other tags than the wanted one: sums do not know.
  if (filter.tag !== undefined && (filter.tag.length > 1 || by === "tag")) return undefined;
  const asked = new Set(wantedOf(filter).map(([dimension]) => dimension));
  if (by !== undefined) asked.add(by);
  return cubeFor(cubes, asked);
}

function segmentsOf(
  cube: Cube | undefined,
  marks: Marks,
  span: TimeSpan,
  { step }: Grouping,
  stepMs: number | undefined,
): readonly Segment[] {
  const calls = { spanMs: 0, fromMs: marks.get(callsFrom) };
  const sums = (cube?.spans ?? []).map(([spanMs]) => ({
    spanMs,
    fromMs: marks.get(sumsFrom(cube?.name ?? "", spanMs)),
  }));
  return cover(span, [calls, ...sums], stepMs, step?.fromMs);
}

function addFigures(database: DatabaseSync, source: Source, groups: Groups): void {
  const { text, values } = figuresSql(source);
  const statement = database.prepare(text);
  statement.setReturnArrays(true);
  for (const row of statement.all(...values)) {
    const [step, name, ...figures] = row as unknown as [number, string, ...number[]];
    // A sum over nothing is a row of nothing.
    if (figures[0] === 0) continue;
    const key = `${step}\u0000${name}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, group = { step, name, sums: noCalls() });
    for (let index = 0; index < sumColumns.length; index++) {
      group.sums.figures[index] = (group.sums.figures[index] ?? 0) + (figures[index] ?? 0);
    }
  }
}

function addBuckets(database: DatabaseSync, source: Source, groups: Groups): void {
  const { text, values } = bucketsSql(source);
  const statement = database.prepare(text);
  statement.setReturnArrays(true);
  for (const row of statement.all(...values) as unknown[]) {
    if (source.of === "sums") {
      const [step, name, latency, firstPart] = row as [number, string, Uint8Array, Uint8Array];
      const sums = groups.get(`${step}\u0000${name}`)?.sums;
      if (sums === undefined) continue;
      unpackInto(sums.latency, latency);
      unpackInto(sums.firstPart, firstPart);
    } else {
      const [step, name, latency, firstPart, count] = row as [number, string, number, number | null, number];
      const sums = groups.get(`${step}\u0000${name}`)?.sums;
      if (sums === undefined) continue;
      countLatency(sums.latency, latency, count);
      if (firstPart !== null) countLatency(sums.firstPart, firstPart, count);
    }
  }
}

function keepDearest(groups: Groups, limit: number): void {
  const sorted = [...groups].map(([key, { name, sums }]) => ({
    key,
    name,
    costNanoUsd: sums.figures[costIndex] ?? 0,
    requests: sums.figures[0] ?? 0,
  })).sort(dearestFirst);
  for (const { key } of sorted.slice(limit)) groups.delete(key);
}

const costIndex = sumColumns.findIndex(([column]) => column === "cost_nano_usd");
