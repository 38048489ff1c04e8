/** The figures of one process at one moment, as JSON, and how those of several processes become one. */

import { AggregatorRegistry } from "prom-client";
import type { Family } from "./family.ts";
import type { Histogram } from "./histogram.ts";
import type { RecentAttempts } from "./recent.ts";

/** One series of a family. */
export interface SeriesSnapshot {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it differs from the family's: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** A family in prom-client's own form. */
export interface FamilySnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly aggregator: "sum" | "max" | "min" | "average" | "first" | "omit";
  readonly values: readonly SeriesSnapshot[];
}

/** Everything that a process has counted. JSON, so that workers can send it. */
export interface MetricsSnapshot {
  readonly startedAtMs: number;
  readonly families: readonly FamilySnapshot[];
  readonly recent: readonly RecentAttempts[];
}

export function numbersOf({ definition, series }: Family<{ readonly value: number }>): FamilySnapshot {
  const { name, help, type, aggregator = "sum", labels } = definition;
  const values = [...series()].map(({ values, cell }) => ({
    labels: named(labels, values),
    value: cell.value,
  }));
  return { name, help, type, aggregator, values };
}

export function histogramsOf({ definition, series }: Family<Histogram>): FamilySnapshot {
  const { name, help, type, aggregator = "sum", labels } = definition;
  const values: SeriesSnapshot[] = [];
  for (const { values: of, cell } of series()) {
    const own = named(labels, of);
    let count = 0;
    cell.counts.forEach((some, index) => {
      count += some;
      const le = cell.bounds[index] ?? "+Inf";
      values.push({ labels: { le, ...own }, value: count, metricName: `${name}_bucket` });
    });
    values.push({ labels: own, value: cell.sum, metricName: `${name}_sum` });
    values.push({ labels: own, value: count, metricName: `${name}_count` });
  }
  return { name, help, type, aggregator, values };
}

/** One snapshot that says what all of them say. */
export async function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  const [only] = snapshots;
  if (only !== undefined && snapshots.length === 1) return only;
  const merged = AggregatorRegistry.aggregate(snapshots.map(({ families }) => [...families]));
  const recent = new Map<string, RecentAttempts>();
  for (const one of snapshots.flatMap((snapshot) => snapshot.recent)) {
    const before = recent.get(one.provider);
    recent.set(one.provider, {
      provider: one.provider,
      attempts: one.attempts + (before?.attempts ?? 0),
      faults: one.faults + (before?.faults ?? 0),
    });
  }
  return {
    startedAtMs: Math.min(...snapshots.map(({ startedAtMs }) => startedAtMs)),
    // prom-client's types have an enum where the values are words.
    families: await merged.getMetricsAsJSON() as unknown as readonly FamilySnapshot[],
    recent: [...recent.values()],
  };
}

/**
 * What remains of a worker that ended: what it counted, without what was only true while it ran. A primary that keeps this
 * has counters which never go down; merge it with those of earlier workers, so that only one is kept.
 */
export function departed(snapshot: MetricsSnapshot): MetricsSnapshot {
  const lasting = ({ type }: FamilySnapshot) => type === "counter" || type === "histogram";
  return { ...snapshot, families: snapshot.families.filter(lasting), recent: [] };
}

function named(labels: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((name, index) => [name, values[index] ?? ""]));
}
