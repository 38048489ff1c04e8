/** What usage is counted by, and what is counted. */

/** By which usage can be grouped. `day` and `hour` are those of UTC in which calls began. */
export const groupings = [
  "key",
  "user",
  "team",
  "model",
  "provider",
  "tag",
  "day",
  "hour",
  "format",
] as const;
export type Grouping = typeof groupings[number];

/** By which usage can be narrowed. */
export const filters = ["key", "user", "team", "model", "provider", "tag", "format"] as const;
export type Filter = typeof filters[number];

export interface UsageQuery {
  /** Milliseconds since the epoch. Usage is kept by the hour: the hour that this lies in counts whole. */
  readonly fromMs: number;
  /** Not included, unless it lies within an hour: that counts whole too. */
  readonly toMs: number;
  /** Default: one row for everything. */
  readonly groupBy?: readonly Grouping[];
  /** Any of the values of each. */
  readonly filter?: Readonly<Partial<Record<Filter, readonly string[]>>>;
}

export interface UsageFigures {
  readonly requests: number;
  /** Failed calls; cancelled ones are none. */
  readonly errors: number;
  readonly cacheHits: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens`. */
  readonly cachedTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
  readonly totalTokens: number;
  /** Of requests whose price is known. */
  readonly costUsd: number;
  readonly unpricedRequests: number;
  readonly savedUsd: number;
}

/** One group. What is not known of a call, such as the team of a key without one, is the empty text. */
export type UsageRow = Readonly<Partial<Record<Grouping, string>>> & UsageFigures;
