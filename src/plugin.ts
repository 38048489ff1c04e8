/**
 * The door for plugin authors: `loom-router/plugin`. Everything a provider, dialect, vault, cache, sink, guard, store,
 * strategy or middleware may use; bundled plugins import nothing else.
 *
 * @module
 */

export type * from "./contract/index.ts";
export { defineMiddleware, definePlugin } from "./di/define.ts";
export { token } from "./di/token.ts";
export { CATALOG, CLOCK, DIALECTS, ENVIRONMENT, HTTP, KEYS, LOGGER, RANDOM, STORE } from "./di/tokens.ts";
export { type ErrorDetails, LoomError, loomError } from "./errors/index.ts";
export * from "./errors/classes.ts";
export {
  abortedError,
  attempting,
  collect,
  commit,
  endedBy,
  isContent,
  observe,
  type Observer,
  orCancelled,
  replay,
  streamedReply,
  transform,
  type Transformer,
  wholeReply,
} from "./kernel/index.ts";
export * from "./vendor/index.ts";
export { type KeptCounter, type Reservations, reservations } from "./util/reservations.ts";
export { forwardable } from "./util/forwardable.ts";
export { jsonPointer } from "./util/json-pointer.ts";
export { canonicalText } from "./util/canonical-text.ts";
export { type BatchingOptions, type BatchingSink, batchingSink } from "./util/batching-sink.ts";
export { type Backoff, backoffMs } from "./util/backoff.ts";
export { estimateInputTokens, estimateOutputTokens } from "./util/estimate-input.ts";
export {
  dimensionOf,
  dimensionValues,
  passesFilter,
  type SingleDimension,
  singleDimensions,
} from "./util/call-dimensions.ts";
export {
  addCall,
  callFigures,
  type CallSums,
  dearestFirst,
  figuresOf,
  nanoUsd,
  noCalls,
  totalsOf,
} from "./util/call-sums.ts";
export { countLatency, latencyBucket, type LatencyBuckets } from "./util/latency-buckets.ts";
export { boundedLimit, seriesProblem, spanProblem } from "./util/history-query.ts";
