/** Prices and costs. Inside Loom money is whole nano-USD (1e-9 USD), so that sums are exact. */

/** One line of a bill. */
export interface CostLine {
  /** What was counted, for example `input`, `cached input`, `output`, `image`. */
  readonly item:
    | "input"
    | "cached-input"
    | "cache-write"
    | "cache-write-1h"
    | "input-audio"
    | "cached-input-audio"
    | "input-image"
    | "output"
    | "reasoning"
    | "output-audio"
    | "output-image"
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
  /** Per 1M tokens of sound, in, from the vendor's cache, and out; absent means what tokens of text cost there. */
  readonly inputAudio?: number;
  readonly cachedInputAudio?: number;
  readonly outputAudio?: number;
  /** Per 1M tokens of pictures, in and out; absent means what tokens of text cost there. */
  readonly inputImage?: number;
  readonly outputImage?: number;
  /** Per picture made. Not charged beside output tokens that have a rate: it is another measure of the same picture. */
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

/**
 * A model's price: base rates, steps that replace them for the WHOLE call once its input is longer, and variants that
 * replace them for calls of a certain kind.
 */
export interface Price extends Rates {
  /** Sorted by `aboveInputTokens`, ascending; the last step that applies wins, its absent rates fall back to the base. */
  readonly steps?: readonly PriceStep[];
  /** The first whose `when` matches applies, and no other. */
  readonly variants?: readonly PriceVariant[];
  /** What a batch costs of everything but fees: 0.5 is half. Not on top of a variant that asks for `batch` itself. */
  readonly batchDiscount?: number;
}

export interface PriceStep extends Rates {
  readonly aboveInputTokens: number;
  /** Whether the step already holds at exactly `aboveInputTokens`. Default false. */
  readonly inclusive?: boolean;
}

/**
 * Rates of calls of a certain kind: a size and quality, a tier, a batch. Rates that it names replace those of the base; the
 * others are those of the base times `factor`. Where a step applies too, a rate of the variant rises as the base rate does.
 */
export interface PriceVariant extends Rates {
  /** Every condition must hold. A list: any of its values. */
  readonly when: Readonly<Record<string, PriceCondition>>;
  /** On every rate that the variant does not name, but for those per query and per request. Default 1. */
  readonly factor?: number;
}

export type PriceCondition = string | number | boolean | readonly (string | number | boolean)[];

/** What is known of a call beside its usage, for `when`. */
export interface PriceFacts {
  /** The params it was sent with, catalog defaults included; `a.b` in a condition looks into objects. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** It was a row of a batch: `when: { batch: true }`. Its service tier is `batch`, whatever was asked for. */
  readonly batch?: boolean;
  /** It started from a picture: `when: { edit: true }`. */
  readonly edit?: boolean;
}
