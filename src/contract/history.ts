/** The past, as a dashboard or a report asks for it: kept by sinks that can be asked again. */

import type { CallRecord } from "./record.ts";

/** From and to, in milliseconds since the epoch; `toMs` itself is outside. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a call may be picked by, and grouped by. `key` is the id of a gateway key, never the key. */
export type CallDimension =
  | "provider"
  | "model"
  | "account"
  | "team"
  | "user"
  | "key"
  | "tag"
  | "modality"
  | "status"
  | "error"
  | "cache";

/** Of each dimension the values that count; what is not named is not asked about. */
export type CallFilter = Readonly<Partial<Record<CallDimension, readonly string[]>>>;

/** Sums over calls. Money is whole nano-USD, times are milliseconds. */
export interface CallTotals {
  readonly requests: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly cacheHits: number;
  /** Calls that asked a cache: hits and misses. */
  readonly cacheAsked: number;
  readonly deduplicated: number;
  /** Attempts beyond the first of a target. */
  readonly retries: number;
  /** Moves from one target to the next. */
  readonly failovers: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly costNanoUsd: number;
  readonly savedNanoUsd: number;
  /** Calls whose price is not known. */
  readonly unpriced: number;
  readonly latency: Percentiles;
  /** Time to the first part, of those calls that streamed. */
  readonly firstPart: Percentiles;
}

/** Good to a few percent: they come from buckets. 0 where nothing was counted. */
export interface Percentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** A row of the log: a record without its receipt. */
export type CallRow = Omit<CallRecord, "receipt">;

export interface CallPage {
  /** Newest first. */
  readonly calls: readonly CallRow[];
  /** Asks for the next page; absent at the end. */
  readonly next?: string;
}

/** Calls that were recorded. Every question is answered from what is written; the newest second may be missing. */
export interface CallHistory {
  totals(span: TimeSpan, filter?: CallFilter): Promise<CallTotals>;
  /** One entry per step from `fromMs` on, steps without calls included; 2,000 at most. */
  series(
    span: TimeSpan,
    stepMs: number,
    filter?: CallFilter,
  ): Promise<readonly (CallTotals & { readonly atMs: number })[]>;
  /** Dearest, then busiest first. @param limit default 50 */
  breakdown(
    span: TimeSpan,
    by: CallDimension,
    filter?: CallFilter,
    limit?: number,
  ): Promise<readonly (CallTotals & { readonly name: string })[]>;
  /** @param query `retried`: only calls with more than one attempt; `next`: of the page before; `limit` default 100 */
  calls(query: {
    readonly span?: TimeSpan;
    readonly filter?: CallFilter;
    readonly retried?: boolean;
    readonly next?: string;
    readonly limit?: number;
  }): Promise<CallPage>;
  /** One call whole, with its receipt. */
  call(callId: string): Promise<CallRecord | undefined>;
  /** Tells of each record as it is written. Gives a function that stops it. */
  follow(listener: (record: CallRecord) => void): () => void;
}
