/** Counts what a Loom does: every finished call in the metrics and in the accounts. */

import type { CallRecord } from "../../contract/index.ts";
import { errorTable } from "../../errors/index.ts";
import type { Metrics } from "../metrics/index.ts";
import type { Usage } from "../usage/index.ts";
import type { Generation } from "./generation.ts";

/** Gives a function that stops it. */
export function attach({ loom, gateway }: Generation, metrics: Metrics, usage: Usage): () => void {
  const stopListening = metrics.listen(loom);
  const { sinks } = gateway.engine.opened;
  const stopAsking = metrics.sinks(() => sinks.dropped());
  const stopCounting = loom.on("call-end", (record) => {
    const { via = { keyId: "none", format: "none" }, team } = record;
    metrics.record(record, { ...via, ...(team === undefined ? {} : { team }), status: statusOf(record) });
    usage.add(record, via.keyId);
    if (record.errorCode === "limit-exceeded") countLimit(record, metrics);
  });
  return () => {
    stopListening();
    stopAsking();
    stopCounting();
  };
}

function countLimit({ receipt }: CallRecord, metrics: Metrics): void {
  const refusal = receipt.steps.findLast(({ by, what }) => by === "limit" && what === "refuse")?.detail;
  const { limit = "other", scope = "other" } = (refusal ?? {}) as {
    readonly limit?: string;
    readonly scope?: string;
  };
  metrics.limitHit(limit, scope);
}

function statusOf({ status, errorCode }: CallRecord): number {
  if (status === "ok") return 200;
  return status === "cancelled" ? 499 : errorTable[errorCode ?? "internal"].status;
}
