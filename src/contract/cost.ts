/** Prices and costs. Inside Loom money is whole nano-USD (1e-9 USD), so that sums are exact. */

/** One line of a bill. */
export interface CostLine {
  /** What was counted, for example `input`, `cached input`, `output`, `image`. */
  readonly item:
    | "input"
    | "cached-input"
    | "cache-write"
    | "cache-write-1h"
    | "output"
    | "reasoning"
    | "image"
    | "second"
    | "character"
    | "query"
    | "request"
    | "vendor";
  readonly units: number;
  readonly nanoUsd: number;
}

/** What one answer cost. `nanoUsd` is `null` when any unit that was used has no known price. */
export interface Bill {
  readonly nanoUsd: number | null;
  readonly lines: readonly CostLine[];
  /** Units used that have no price; empty when `nanoUsd` is a number. */
  readonly unpriced: readonly CostLine["item"][];
}

/** What a call cost, as the caller sees it. */
export interface Cost {
  /** US dollars for everything this call was billed: the answer and every failed or rejected attempt. `null`: unknown. */
  readonly usd: number | null;
  /** The same in the local currency. */
  readonly local: number | null;
  /** ISO 4217 code of `local`. */
  readonly localCurrency: string;
  /** What the naive call (no cache, no dedup) would have cost on top. 0 when nothing was saved, `null` when unknown. */
  readonly savedUsd: number | null;
  readonly breakdown: readonly {
    readonly item: CostLine["item"];
    readonly units: number;
    readonly usd: number;
  }[];
}

/** Nano-USD per one million units, or per one unit where the name says so. Absent: no known price. */
export interface Rates {
  /** Per 1M input tokens, without those that have a rate of their own. */
  readonly input?: number;
  readonly cachedInput?: number;
  /** Per 1M tokens written to the vendor's cache for its default lifetime (Anthropic: 5 minutes). */
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  /** Per 1M output tokens. */
  readonly output?: number;
  /** Per 1M reasoning tokens; absent means that they cost what output costs. */
  readonly reasoning?: number;
  /** Per picture. */
  readonly image?: number;
  /** Per second of video or sound. */
  readonly second?: number;
  /** Per 1M characters. */
  readonly character?: number;
  /** Per search or rank query. */
  readonly query?: number;
  /** Per request, on top of everything else. */
  readonly request?: number;
}

/** A model's price: base rates, and steps that replace them for the WHOLE call once its input is longer. */
export interface Price extends Rates {
  /** Sorted by `aboveInputTokens`, ascending; the last step that applies wins, its absent rates fall back to the base. */
  readonly steps?: readonly PriceStep[];
}

export interface PriceStep extends Rates {
  readonly aboveInputTokens: number;
  /** Whether the step already holds at exactly `aboveInputTokens`. Default false. */
  readonly inclusive?: boolean;
}
