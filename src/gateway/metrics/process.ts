/** The process itself: memory, CPU, event loop, garbage collection, as prom-client measures them. */

import { collectDefaultMetrics, Registry } from "prom-client";
import type { FamilySnapshot } from "./snapshot.ts";

/** Gauges whose names end as only those of counters may, which `promtool` refuses; each is the sum of another one. */
const misnamed = ["resources", "handles", "requests"].map((what) => `nodejs_active_${what}_total`);

/** One per process: its observers cannot be taken back. */
let registry: Registry | undefined;

/** Begins to measure, where that has not begun. */
export function watchProcess(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}

export async function processFamilies(): Promise<readonly FamilySnapshot[]> {
  // prom-client's types have an enum where the values are words.
  return await watchProcess().getMetricsAsJSON() as unknown as readonly FamilySnapshot[];
}
