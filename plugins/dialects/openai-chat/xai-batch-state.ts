/** Reads what xAI says of a batch: counts of its rows, and times; how far it is follows from those. */

import {
  asCount,
  asFields,
  asText,
  type BatchState,
  type BatchStatus,
  clean,
  type Fields,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";

/** @throws LoomError `invalid-reply`, when it is no batch */
export function readXaiState(body: unknown, head: WireReplyHead, how: Reading): BatchState {
  const batch = asFields(body);
  const id = asText(batch?.["batch_id"]);
  if (batch === undefined || id === undefined) throw how.notAnAnswer(head, "the batch has no `batch_id`");
  const state = asFields(batch["state"]);
  const count = (name: string) => asCount(state?.[name]) ?? 0;
  const total = count("num_requests");
  const pending = count("num_pending");
  const succeeded = count("num_success");
  const cancelled = count("num_cancelled");
  const status = statusOf(batch, total, pending, cancelled);
  const createdAtMs = Date.parse(asText(batch["create_time"]) ?? "");
  const expiresAtMs = Date.parse(asText(batch["expire_time"]) ?? "");
  const problem = asText(batch["cancel_by_xai_message"]);
  return {
    id,
    status,
    vendorStatus: `${pending} of ${total} pending`,
    // None yet, while the file is read.
    ...(total > 0 && { counts: { total, succeeded, failed: count("num_error") + cancelled } }),
    ...(Number.isNaN(createdAtMs) ? {} : { createdAtMs }),
    ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
    ...(problem !== undefined && { problem: clean(problem) }),
    hasResults: status === "completed" ||
      (status === "cancelled" || status === "failed") && succeeded + count("num_error") > 0,
  };
}

/** A fresh batch counts nothing until its file is read, and neither does one whose file was refused. */
function statusOf(batch: Fields, total: number, pending: number, cancelled: number): BatchStatus {
  if (asText(batch["cancel_by_xai_message"]) !== undefined) return "failed";
  if (pending > 0) return "in_progress";
  if (asText(batch["cancel_time"]) !== undefined) return "cancelled";
  if (total === 0) return "validating";
  return cancelled === total ? "cancelled" : "completed";
}
