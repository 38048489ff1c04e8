/** What a run would do, as far as that can be told before anything is sent or spent. Plain data: types, so that it is JSON. */

import type { Encoding } from "./local-tokenizer.ts";

/** A row that people have to look at. */
export type NamedRow = {
  /** From 1, as people count. */
  readonly row: number;
  readonly id: string;
  readonly line: number;
  readonly tokens: number;
};

export type RowCounts = {
  readonly total: number;
  /** What `--limit` and `--sample` leave. */
  readonly selected: number;
  /** Selected rows whose prompt is empty or cannot be made. */
  readonly unusable: number;
  /** Selected rows that ask what an earlier one asks. */
  readonly duplicates: number;
  /** Whether there may be more duplicates than were counted. */
  readonly duplicatesAtLeast: boolean;
  /** Selected rows that an earlier run has answered; `null`: nobody looked. */
  readonly answered: number | null;
  /** Selected rows whose answer is in the cache on disk; `null`: nobody looked. */
  readonly cached: number | null;
  /** What a vendor would be asked. */
  readonly toAsk: number;
};

/** Of the rows that would be asked. */
export type TokenForecast = {
  readonly input: number;
  /** `false`: an estimate. */
  readonly exact: boolean;
  readonly encoding: Encoding;
  readonly outputPerRow: number;
  /** `params`: the most that they allow; `answers`: the mean of rows answered so far; `guess`: Loom's, or the caller's. */
  readonly outputFrom: "params" | "answers" | "guess" | "given";
  readonly output: number;
};

/** In US dollars; `null`: the catalog has no price. */
export type CostForecast = {
  readonly liveUsd: number | null;
  /** Also `null`, where the vendor takes no batches. */
  readonly batchUsd: number | null;
  /** Whether the catalog says that a batch costs less. */
  readonly batchIsCheaper: boolean;
};

export type TimeForecast = {
  readonly workers: number;
  /** Assumed for one row, answered live. */
  readonly rowMs: number;
  readonly rowMsFrom: "assumed" | "given";
  readonly liveMs: number;
  /** What vendors promise at the most; `null`: this one takes no batches. */
  readonly batchMs: number | null;
};

export type ContextForecast = {
  /** Tokens that fit into one call; `null`: not known. */
  readonly tokens: number | null;
  readonly longest: NamedRow | null;
  /** Rows that do not fit. */
  readonly tooLong: number;
  /** The first of them. */
  readonly tooLongRows: readonly NamedRow[];
};

/** `null`: the vendor takes no batches of this model. */
export type BatchForecast = {
  /** Batches at the vendor. */
  readonly parts: number;
  /** Of everything that would be sent. */
  readonly bytes: number;
  readonly maxRows: number;
  readonly maxBytes: number;
};

export type Forecast = {
  readonly file: string;
  readonly provider: string;
  readonly model: string;
  readonly output: { readonly path: string; readonly exists: boolean };
  readonly rows: RowCounts;
  /** Why the first unusable rows are that. */
  readonly problems: readonly string[];
  readonly tokens: TokenForecast;
  readonly cost: CostForecast;
  readonly time: TimeForecast;
  readonly context: ContextForecast;
  readonly batch: BatchForecast | null;
};

/** What vendors give themselves for a batch. */
export const batchWindowMs: number = 24 * 3_600_000;
