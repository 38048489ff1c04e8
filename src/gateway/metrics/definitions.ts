/** The families of the metrics page: names, meanings, labels and buckets. */

import type { Definition } from "./family.ts";

function counter(
  name: string,
  help: string,
  labels: readonly string[] = [],
  open: readonly string[] = [],
): Definition {
  return { name: `loom_ai_${name}`, help, type: "counter", labels, open };
}

function histogram(
  name: string,
  help: string,
  labels: readonly string[],
  open: readonly string[] = [],
): Definition {
  return { name: `loom_ai_${name}`, help, type: "histogram", labels, open };
}

export const requests: Definition = counter(
  "requests_total",
  "Calls by the provider and model that answered or were tried last; status is ok, failed or cancelled, code the HTTP status given.",
  ["provider", "model", "format", "status", "code"],
  ["model"],
);
export const tokens: Definition = counter(
  "tokens_total",
  "Tokens that vendors counted; cached and cache_write are part of input, reasoning is part of output.",
  ["provider", "model", "type"],
  ["model"],
);
export const cost: Definition = counter(
  "cost_total",
  "US dollars billed, failed attempts included.",
  ["provider", "model"],
  ["model"],
);
export const unpriced: Definition = counter(
  "unpriced_requests_total",
  "Requests whose price nobody knows; they are missing in loom_ai_cost_total.",
  ["provider", "model"],
  ["model"],
);
export const saved: Definition = counter(
  "saved_cost_total",
  "US dollars that caches and joined calls saved.",
);
export const cacheRequests: Definition = counter(
  "cache_requests_total",
  "Calls by what the cache said: hit, semantic-hit, miss, or off where it was not asked.",
  ["status"],
);
export const deduplicated: Definition = counter(
  "deduplicated_requests_total",
  "Calls that joined an identical call in flight.",
);
export const errors: Definition = counter(
  "errors_total",
  "Failed and refused calls by error code.",
  ["provider", "code"],
);
export const retries: Definition = counter(
  "retries_total",
  "Attempts made again at the same target.",
  ["provider", "model"],
  ["model"],
);
export const failovers: Definition = counter(
  "failovers_total",
  "Calls that left one target for the next.",
  ["from", "to"],
  ["from", "to"],
);
export const limits: Definition = counter(
  "limit_hits_total",
  "Calls refused by a limit; scope is whose it was: key, user or team.",
  ["limit", "scope"],
  ["limit", "scope"],
);
export const guardVerdicts: Definition = counter(
  "guard_verdicts_total",
  "What guards found, by call; action is what was done: flag, redact, block, shadow, or unavailable where one could not judge.",
  ["guard", "action", "side"],
  ["guard"],
);
export const keyRequests: Definition = counter(
  "key_requests_total",
  "Calls by gateway key and team.",
  ["key", "team"],
  ["key", "team"],
);
export const keyTokens: Definition = counter(
  "key_tokens_total",
  "Tokens by gateway key and team.",
  ["key", "team", "type"],
  ["key", "team"],
);
export const keyCost: Definition = counter(
  "key_cost_total",
  "US dollars by gateway key and team.",
  ["key", "team"],
  ["key", "team"],
);
export const sinkDropped: Definition = counter(
  "sink_dropped_total",
  "Records that a sink let go of because it could not keep up.",
  ["sink"],
  ["sink"],
);
export const duration: Definition = histogram(
  "duration_seconds",
  "How long calls took from their start to their last byte.",
  ["provider", "status"],
);
export const firstToken: Definition = histogram(
  "time_to_first_token_seconds",
  "From the start of a call to the first content.",
  ["provider", "model"],
  ["model"],
);
export const attempts: Definition = histogram(
  "attempt_duration_seconds",
  "How long single requests to vendors took; status is ok, failed, cancelled or rejected.",
  ["provider", "status"],
);
export const overhead: Definition = histogram(
  "overhead_seconds",
  "Loom's own time in a call, without the vendor's.",
  ["format"],
);
export const inFlight: Definition = {
  name: "loom_ai_in_flight_requests",
  help: "Calls that are being answered.",
  type: "gauge",
  labels: [],
};
export const breakers: Definition = {
  name: "loom_ai_breaker_state",
  help: "Circuit breakers by target: 0 closed, 1 half-open, 2 open; of several processes the worst.",
  type: "gauge",
  aggregator: "max",
  labels: ["provider", "model"],
  open: ["model"],
};

/** Seconds. */
export const callBuckets: readonly number[] = [
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  20,
  30,
  60,
  120,
  300,
  600,
];
export const firstTokenBuckets: readonly number[] = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
export const overheadBuckets: readonly number[] = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.5,
  1,
];
