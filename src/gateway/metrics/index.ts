/** The door of this room: what the server needs of the metrics. */

export { contentType, merge } from "./exposition.ts";
export type { Inbound } from "./inbound.ts";
export { type BreakerState, createMetrics, type Metrics, type MetricsOptions } from "./metrics.ts";
export { departed, mergeSnapshots, type MetricsSnapshot } from "./snapshot.ts";
export { type ProviderStats, providerStats, type Stats, statsJson } from "./stats.ts";
