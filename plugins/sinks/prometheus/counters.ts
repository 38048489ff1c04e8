/** What is counted of each call: under the names, labels and buckets of the gateway's page, so that one dashboard reads both. */

import { Counter, Histogram, Registry } from "prom-client";
import type { CallRecord } from "../../../src/plugin.ts";
import { bounded } from "./bounded.ts";

export interface CallCounters {
  readonly contentType: string;
  count(record: CallRecord): void;
  /** @param dropped records that the sink lost */
  page(dropped: number): Promise<string>;
}

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];
const firstSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export function callCounters(): CallCounters {
  const registry = new Registry();
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `loom_ai_${name}_total`, help, labelNames, registers: [registry] });
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name: `loom_ai_${name}_seconds`, help, buckets, labelNames, registers: [registry] });

  const requests = counter("requests", "Calls by target and outcome.", "provider", "model", "status");
  const tokens = counter("tokens", "Tokens that vendors counted.", "provider", "model", "type");
  const cost = counter("cost", "US dollars billed, failed attempts included.", "provider", "model");
  const unpriced = counter("unpriced_requests", "Calls whose price nobody knows.", "provider", "model");
  const saved = counter("saved_cost", "US dollars that caches and joined calls saved.");
  const caches = counter("cache_requests", "Calls by what the cache said.", "status");
  const joined = counter("deduplicated_requests", "Calls that joined an identical call in flight.");
  const errors = counter("errors", "Failed calls by error code.", "provider", "code");
  const retries = counter("retries", "Attempts made again at the same target.", "provider", "model");
  const lost = counter("sink_dropped", "Records that a sink let go of.", "sink");
  const duration = histogram("duration", "How long calls took.", seconds, "provider", "status");
  const first = histogram(
    "time_to_first_token",
    "Until the first content.",
    firstSeconds,
    "provider",
    "model",
  );
  const tries = histogram("attempt_duration", "Single requests to vendors.", seconds, "provider", "status");
  const name = bounded();
  let told = 0;

  function count(record: CallRecord): void {
    const { status, usage, receipt } = record;
    const provider = name("provider", record.provider ?? "none");
    const model = name("model", record.model ?? "unknown");
    requests.inc({ provider, model, status });
    duration.observe({ provider, status }, record.latencyMs / 1000);
    caches.inc({ status: record.cache });
    if (record.firstPartMs !== undefined) first.observe({ provider, model }, record.firstPartMs / 1000);
    if (usage !== undefined) {
      const counts = {
        input: usage.inputTokens,
        output: usage.outputTokens,
        cached: usage.cachedTokens,
        cache_write: usage.cacheWriteTokens,
        reasoning: usage.reasoningTokens,
      };
      for (const [type, amount] of Object.entries(counts)) rise(tokens, { provider, model, type }, amount);
    }
    if (record.costUsd === null) unpriced.inc({ provider, model });
    else rise(cost, { provider, model }, record.costUsd);
    rise(saved, {}, record.savedUsd ?? 0);
    if (record.deduplicated) joined.inc();
    if (status === "failed") errors.inc({ provider, code: record.errorCode ?? "internal" });
    for (const attempt of receipt.attempts) {
      const tried = name("provider", attempt.provider);
      tries.observe({ provider: tried, status: attempt.status }, attempt.latencyMs / 1000);
      if (attempt.attempt > 1) retries.inc({ provider: tried, model: name("model", attempt.model) });
    }
  }

  return {
    contentType: registry.contentType,
    count,
    page(dropped) {
      lost.inc({ sink: "prometheus" }, dropped - told);
      told = dropped;
      return registry.metrics();
    },
  };
}

/** Counters never go down, whatever a vendor said. */
function rise(counter: Counter, labels: Record<string, string>, amount: number): void {
  if (amount > 0 && amount < Infinity) counter.inc(labels, amount);
}
