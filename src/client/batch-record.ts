/** Tells sinks and listeners of a row that a vendor's batch has answered: no chain ran for it that would. */

import { callRecord } from "../middleware/telemetry.ts";
import type { RowAnswer } from "./batch.ts";
import type { Engine } from "./engine.ts";

/** @param answer of a batch's `answers`: its account is closed */
export function recordRow({ opened: { sinks } }: Engine, { ctx, outcome: { error } }: RowAnswer): void {
  if (!sinks.wanted()) return;
  const outcome = error === undefined ? { status: "ok" } as const : { status: "failed", error } as const;
  const record = callRecord(ctx, outcome);
  // All rows were asked in one operation, whose id is in their context.
  sinks.deliver({ ...record, callId: record.receipt.callId });
}
