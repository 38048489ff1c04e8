/** The columns of a call, in the order in which rows are written and read. */

/** Those that a row of the log is read from. */
export const callColumns = [
  "call_id",
  "at_ms",
  "modality",
  "stream",
  "provider",
  "model",
  "upstream_model",
  "account",
  "status",
  "error",
  "latency_ms",
  "first_part_ms",
  "input_tokens",
  "output_tokens",
  "cached_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "more_usage",
  "cost_nano_usd",
  "saved_nano_usd",
  "cache",
  "deduplicated",
  "attempts",
  "tenant",
  "user",
  "team",
  "key",
  "format",
  "tags",
] as const;

/** Those that only sums and followers want. */
export const innerColumns = [
  "latency_bucket",
  "first_part_bucket",
  "retries",
  "failovers",
  "writer",
] as const;

export type CallColumn = typeof callColumns[number] | typeof innerColumns[number];

/** What each figure of the sums is called in `call_summaries`, and how it is made of calls; in the order of `callFigures`. */
export const sumColumns: readonly (readonly [column: string, ofCalls: string])[] = [
  ["requests", "1"],
  ["failed", "c.status = 'failed'"],
  ["cancelled", "c.status = 'cancelled'"],
  ["cache_hits", "c.cache IN ('hit', 'semantic-hit')"],
  ["cache_asked", "c.cache IN ('hit', 'semantic-hit', 'miss')"],
  ["deduplicated", "c.deduplicated"],
  ["retries", "c.retries"],
  ["failovers", "c.failovers"],
  ["input_tokens", "coalesce(c.input_tokens, 0)"],
  ["output_tokens", "coalesce(c.output_tokens, 0)"],
  ["cached_tokens", "coalesce(c.cached_tokens, 0)"],
  ["cost_nano_usd", "coalesce(c.cost_nano_usd, 0)"],
  ["saved_nano_usd", "coalesce(c.saved_nano_usd, 0)"],
  ["unpriced", "c.cost_nano_usd IS NULL"],
];
