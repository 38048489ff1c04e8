/** Reads what Fireworks says of a batch inference job. */

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

/** After `JOB_STATE_`. */
const words: Readonly<Record<string, BatchStatus>> = {
  CREATING: "validating",
  CREATING_INPUT_DATASET: "validating",
  VALIDATING: "validating",
  PENDING: "validating",
  RUNNING: "in_progress",
  WRITING_RESULTS: "in_progress",
  RE_QUEUEING: "in_progress",
  IDLE: "in_progress",
  PAUSED: "in_progress",
  CANCELLING: "in_progress",
  COMPLETED: "completed",
  EARLY_STOPPED: "completed",
  FAILED: "failed",
  EXPIRED: "expired",
  CANCELLED: "cancelled",
  DELETING: "cancelled",
  DELETING_CLEANING_UP: "cancelled",
};

/** @throws LoomError `invalid-reply`, when it is no job */
export function readFireworksState(body: unknown, head: WireReplyHead, how: Reading): BatchState {
  const job = asFields(body);
  const id = asText(job?.["name"]);
  if (job === undefined || id === undefined) throw how.notAnAnswer(head, "the batch has no `name`");
  const word = asText(job["state"]) ?? "";
  const status = words[word.replace(/^JOB_STATE_/, "")] ?? "unknown";
  const counts = countsOf(asFields(job["jobProgress"]));
  const createdAtMs = Date.parse(asText(job["createTime"]) ?? "");
  const problem = status === "failed" ? asText(asFields(job["status"])?.["message"]) : undefined;
  const done = counts === undefined ? undefined : counts.succeeded + counts.failed > 0;
  return {
    id,
    status,
    vendorStatus: word,
    ...(counts !== undefined && { counts }),
    ...(Number.isNaN(createdAtMs) ? {} : { createdAtMs }),
    ...(problem !== undefined && { problem: clean(problem) }),
    hasResults: status === "completed" || status === "expired" && done !== false ||
      word === "JOB_STATE_CANCELLED" && done === true,
  };
}

function countsOf(progress: Fields | undefined): BatchState["counts"] {
  const total = asCount(progress?.["totalInputRequests"]);
  if (progress === undefined || total === undefined || total === 0) return undefined;
  return {
    total,
    succeeded: asCount(progress["successfullyProcessedRequests"]) ?? 0,
    failed: asCount(progress["failedRequests"]) ?? 0,
  };
}
