/** The metrics page: Prometheus' text format. */

import { AggregatorRegistry, prometheusContentType } from "prom-client";
import { type FamilySnapshot, mergeSnapshots, type MetricsSnapshot } from "./snapshot.ts";

/** The content type of the page. */
export const contentType: string = prometheusContentType;

/** One page for all processes whose snapshots these are. */
export async function merge(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const { families } = await mergeSnapshots(snapshots);
  return await AggregatorRegistry.aggregate([families.map(single)]).metrics();
}

/**
 * A family to be shown as it is. What no page over several processes can say has gone by then; what one process says of
 * itself, such as when it started, is kept. Figures that are none (a delay before anything was measured) are left out.
 */
function single(family: FamilySnapshot): FamilySnapshot {
  return {
    ...family,
    aggregator: "first",
    values: family.values.filter(({ value }) => Number.isFinite(value)),
  };
}
