/** Tokens and other units a call consumed, with one meaning for every vendor. */

/**
 * What the vendor says it counted. Numbers are whole; a field the vendor has no notion of is 0.
 *
 * Vendors differ on whether cached input and reasoning are inside the totals. Here they always are: dialects add or
 * subtract until these sentences hold.
 */
export interface Usage {
  /** All input tokens: fresh, read from the vendor's cache, and written to it. */
  readonly inputTokens: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `inputTokens` that the vendor read from its prompt cache. */
  readonly cachedTokens: number;
  /** The part of `inputTokens` that the vendor wrote to its prompt cache, for any lifetime. */
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` kept for an hour, where the vendor prices that apart. */
  readonly cacheWrite1hTokens?: number;
  /** The part of `outputTokens` spent on thinking. */
  readonly reasoningTokens: number;
  /** The parts of `inputTokens` that were sound, and pictures, where the vendor prices them apart. */
  readonly inputAudioTokens?: number;
  readonly inputImageTokens?: number;
  /** The parts of `outputTokens` that are sound, and pictures. */
  readonly outputAudioTokens?: number;
  readonly outputImageTokens?: number;
  /** `inputTokens + outputTokens`. */
  readonly totalTokens: number;
  /** What the vendor bills for, where it counts less than the model read and wrote (Cohere leaves out its own instructions). */
  readonly billedInputTokens?: number;
  readonly billedOutputTokens?: number;
  /** Pictures made, for per-image prices. */
  readonly images?: number;
  /** Seconds of video or sound made or read, for per-second prices. */
  readonly seconds?: number;
  /** Characters read aloud, for per-character prices. */
  readonly characters?: number;
  /** Search or rank queries, for per-query prices. */
  readonly queries?: number;
  /** The service tier that the vendor says it used (`flex`, `priority` …), where prices depend on it. */
  readonly serviceTier?: string;
  /** The vendor counted nothing, or the stream ended before it did: these numbers are Loom's estimate from the text's length. */
  readonly estimated?: true;
  /** What the vendor itself says the call cost, in USD; wins over the catalog. */
  readonly vendorCostUsd?: number;
}
