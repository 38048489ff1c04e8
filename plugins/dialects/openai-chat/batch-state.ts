/** Reads what a vendor says of a batch, in OpenAI's words or Mistral's. */

import {
  asCount,
  asFields,
  asList,
  asText,
  type BatchState,
  type BatchStatus,
  clean,
  type Fields,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { filesOf, jobOf } from "./batch-job.ts";
import type { Reading } from "./reading.ts";

/** In small letters. What is asked to stop still works, and so does what collects its answers. */
const words: Readonly<Record<string, BatchStatus>> = {
  validating: "validating",
  queued: "validating",
  in_progress: "in_progress",
  running: "in_progress",
  finalizing: "in_progress",
  cancelling: "in_progress",
  cancellation_requested: "in_progress",
  completed: "completed",
  success: "completed",
  failed: "failed",
  expired: "expired",
  timeout_exceeded: "expired",
  cancelled: "cancelled",
  canceled: "cancelled",
};
const ended: ReadonlySet<BatchStatus> = new Set(["completed", "failed", "expired", "cancelled"]);
/** More complaints than these say nothing new. */
const maxProblems = 5;

/** @throws LoomError `invalid-reply`, when it is no batch */
export function readBatchState(body: unknown, head: WireReplyHead, how: Reading): BatchState {
  const job = jobOf(body);
  const id = asText(job?.["id"]);
  if (job === undefined || id === undefined) throw how.notAnAnswer(head, "the batch has no `id`");
  const word = asText(job["status"]) ?? "";
  const status = words[word.toLowerCase()] ?? "unknown";
  const counts = countsOf(job);
  const createdAtMs = timeOf(job["created_at"]);
  const expiresAtMs = timeOf(job["expires_at"] ?? job["job_deadline"]);
  const problem = problemOf(job);
  return {
    id,
    status,
    vendorStatus: word,
    ...(counts !== undefined && { counts }),
    ...(createdAtMs !== undefined && { createdAtMs }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(problem !== undefined && { problem }),
    hasResults: status === "completed" || ended.has(status) && filesOf(job).length > 0,
  };
}

function countsOf(job: Fields): BatchState["counts"] {
  const counts = asFields(job["request_counts"]);
  const total = asCount(counts?.["total"] ?? job["total_requests"]);
  if (total === undefined) return undefined;
  return {
    total,
    succeeded: asCount(counts?.["completed"] ?? job["succeeded_requests"]) ?? 0,
    failed: asCount(counts?.["failed"] ?? job["failed_requests"]) ?? 0,
  };
}

/** Seconds since the epoch, or a date as text. */
function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "number" ? value * 1000 : Date.parse(asText(value) ?? "");
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** Complaints come as a list in `errors` or in its `data`, or as one text in `errors` or `error`. */
function problemOf(job: Fields): string | undefined {
  const listed = asList(asFields(job["errors"])?.["data"]) ?? asList(job["errors"]) ?? [];
  const said = listed.slice(0, maxProblems).flatMap((entry) => {
    const fields = asFields(entry);
    const message = asText(fields?.["message"]) ?? asText(fields?.["code"]) ?? asText(entry);
    if (message === undefined) return [];
    const line = fields?.["line"];
    return [typeof line === "number" ? `${message} (line ${line})` : message];
  });
  const text = said.length > 0
    ? said.join("; ")
    : asText(job["errors"]) ?? asText(job["error"]) ?? asText(asFields(job["error"])?.["message"]);
  return text === undefined ? undefined : clean(text);
}
