/** Adds finished calls up. Money in whole nano-USD, so that sums are exact. */

import type { CallTotals } from "../contract/history.ts";
import type { CallRecord } from "../contract/sink.ts";
import { countLatency, latencyBucket, type LatencyBuckets, percentiles } from "./latency-buckets.ts";

/** The figures that are plain sums. */
export type CallFigure = Exclude<keyof CallTotals, "latency" | "firstPart">;

/** In the order in which `CallSums.figures` holds them. */
export const callFigures: readonly CallFigure[] = [
  "requests",
  "failed",
  "cancelled",
  "cacheHits",
  "cacheAsked",
  "deduplicated",
  "retries",
  "failovers",
  "inputTokens",
  "outputTokens",
  "cachedTokens",
  "costNanoUsd",
  "savedNanoUsd",
  "unpriced",
];

export interface CallSums {
  /** In the order of `callFigures`. */
  readonly figures: number[];
  readonly latency: LatencyBuckets;
  readonly firstPart: LatencyBuckets;
}

export function noCalls(): CallSums {
  return { figures: callFigures.map(() => 0), latency: new Map(), firstPart: new Map() };
}

/** What one call adds, in the order of `callFigures`. */
export function figuresOf(record: CallRecord): readonly number[] {
  const { status, cache, usage, receipt } = record;
  const hit = cache === "hit" || cache === "semantic-hit";
  return [
    1,
    Number(status === "failed"),
    Number(status === "cancelled"),
    Number(hit),
    Number(hit || cache === "miss"),
    Number(record.deduplicated),
    retriesOf(record),
    Math.max(0, receipt.attempts.length - retriesOf(record) - 1),
    amount(usage?.inputTokens),
    amount(usage?.outputTokens),
    amount(usage?.cachedTokens),
    nanoUsd(record.costUsd) ?? 0,
    nanoUsd(record.savedUsd) ?? 0,
    Number(nanoUsd(record.costUsd) === null),
  ];
}

export function addCall(sums: CallSums, record: CallRecord): void {
  const figures = figuresOf(record);
  for (const [index, figure] of figures.entries()) sums.figures[index] = (sums.figures[index] ?? 0) + figure;
  countLatency(sums.latency, latencyBucket(record.latencyMs));
  if (record.firstPartMs !== undefined) countLatency(sums.firstPart, latencyBucket(record.firstPartMs));
}

export function totalsOf(sums: CallSums): CallTotals {
  const figures = Object.fromEntries(callFigures.map((name, index) => [name, sums.figures[index] ?? 0]));
  return {
    ...figures as Record<CallFigure, number>,
    latency: percentiles(sums.latency),
    firstPart: percentiles(sums.firstPart),
  };
}

/** What the order of a breakdown depends on. */
export type Ranked = Pick<CallTotals, "costNanoUsd" | "requests"> & { readonly name: string };

/** Dearest, then busiest first; equal ones by name, so that the order is always the same. */
export function dearestFirst(a: Ranked, b: Ranked): number {
  return b.costNanoUsd - a.costNanoUsd || b.requests - a.requests || (a.name < b.name ? -1 : 1);
}

/** No call has more of anything: a vendor's nonsense must not break the sums of all calls. */
const most = 1e12;
const mostNanoUsd = 1e15;

/** A count as a whole number, whatever a vendor said. */
export function amount(count: number | undefined): number {
  return count !== undefined && count > 0 ? Math.min(Math.round(count), most) : 0;
}

/** `null`: nobody knows. */
export function nanoUsd(usd: number | null): number | null {
  if (usd === null || Number.isNaN(usd)) return null;
  return usd > 0 ? Math.min(Math.round(usd * 1e9), mostNanoUsd) : 0;
}

/** Attempts that tried a target again. */
function retriesOf({ receipt }: CallRecord): number {
  return receipt.attempts.filter(({ attempt }) => attempt > 1).length;
}
