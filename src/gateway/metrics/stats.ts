/** `GET /ai/stats`: what was counted since the start, as a JSON summary. `loom top` reads it twice and shows the difference. */

import type { FamilySnapshot, MetricsSnapshot, SeriesSnapshot } from "./snapshot.ts";
import * as definitions from "./definitions.ts";

/** All figures but `in_flight` only go up, until the process starts anew. */
export interface Stats {
  readonly at_ms: number;
  readonly uptime_s: number;
  readonly in_flight: number;
  readonly requests: number;
  /** Failed and refused calls. */
  readonly errors: number;
  readonly tokens_in: number;
  readonly tokens_out: number;
  readonly cost_usd: number;
  readonly saved_usd: number;
  readonly unpriced_requests: number;
  readonly cache: { readonly hits: number; readonly misses: number };
  readonly retries: number;
  readonly failovers: number;
  readonly limit_hits: number;
  readonly providers: readonly ProviderStats[];
}

/** What one provider was asked for: single requests to it, not calls, of which one may be several or none. */
export interface ProviderStats {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly tokens_in: number;
  readonly tokens_out: number;
  readonly cost_usd: number;
  /** Requests that it answered, and the seconds that those took together. */
  readonly answered: number;
  readonly answered_s: number;
}

export function statsJson(snapshot: MetricsSnapshot, nowMs: number): Stats {
  const sum = (definition: { readonly name: string }, fits?: Partial<SeriesSnapshot["labels"]>) =>
    sumOf(snapshot, definition.name, fits);
  return {
    at_ms: nowMs,
    uptime_s: Math.max(0, (nowMs - snapshot.startedAtMs) / 1000),
    in_flight: sum(definitions.inFlight),
    requests: sum(definitions.requests),
    errors: sum(definitions.errors),
    tokens_in: sum(definitions.tokens, { type: "input" }),
    tokens_out: sum(definitions.tokens, { type: "output" }),
    cost_usd: sum(definitions.cost),
    saved_usd: sum(definitions.saved),
    unpriced_requests: sum(definitions.unpriced),
    cache: {
      hits: sum(definitions.cacheRequests, { status: "hit" }) +
        sum(definitions.cacheRequests, { status: "semantic-hit" }),
      misses: sum(definitions.cacheRequests, { status: "miss" }),
    },
    retries: sum(definitions.retries),
    failovers: sum(definitions.failovers),
    limit_hits: sum(definitions.limits),
    providers: providerStats(snapshot),
  };
}

/** The providers that were asked for anything, by name. */
export function providerStats(snapshot: MetricsSnapshot): readonly ProviderStats[] {
  const names = new Set<string>();
  for (const { name } of [definitions.attempts, definitions.tokens]) {
    for (const { labels } of valuesOf(snapshot, name)) names.add(String(labels["provider"]));
  }
  const { attempts, tokens, cost } = definitions;
  return [...names].sort().map((provider) => {
    const count = (fits: object) => sumOf(snapshot, attempts.name, { provider, ...fits }, "_count");
    return {
      name: provider,
      requests: count({}),
      errors: count({ status: "failed" }),
      tokens_in: sumOf(snapshot, tokens.name, { provider, type: "input" }),
      tokens_out: sumOf(snapshot, tokens.name, { provider, type: "output" }),
      cost_usd: sumOf(snapshot, cost.name, { provider }),
      answered: count({ status: "ok" }),
      answered_s: sumOf(snapshot, attempts.name, { provider, status: "ok" }, "_sum"),
    };
  });
}

/** @param suffix of histograms: which of their lines */
function sumOf(
  snapshot: MetricsSnapshot,
  family: string,
  fits: Readonly<Record<string, string | number | undefined>> = {},
  suffix = "",
): number {
  const wanted = Object.entries(fits);
  let sum = 0;
  for (const { labels, value, metricName = family } of valuesOf(snapshot, family)) {
    if (metricName !== family + suffix) continue;
    if (wanted.every(([name, wants]) => labels[name] === wants)) sum += value;
  }
  return sum;
}

export function valuesOf({ families }: MetricsSnapshot, family: string): FamilySnapshot["values"] {
  return families.find(({ name }) => name === family)?.values ?? [];
}
