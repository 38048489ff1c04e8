/** What the status of a batch means, in the one sentence that people are told. */

import type { BatchStatus } from "../../contract/batch.ts";

export const statusMeanings: Readonly<Record<BatchStatus, string>> = {
  validating: "Provider has accepted the batch and is queueing/preparing it; no work has started yet.",
  in_progress: "Provider is actively running the prompts; check back later.",
  completed: "All prompts finished and results were downloaded — the merged output file has been written.",
  failed: "Provider reported the batch as failed; results are not available.",
  expired: "Batch exceeded the provider's time limit (typically 24h) before completing.",
  cancelled: "Batch was cancelled — either by you on the provider's dashboard, or by the provider itself.",
  unknown:
    "The last fetch attempt raised an error (invalid id, auth failure, network glitch, or an API response Loom doesn't recognise). Re-run loom fetch to retry; if it persists, inspect the metadata file under ~/.loom/batches/.",
};

export function isBatchStatus(value: unknown): value is BatchStatus {
  return typeof value === "string" && Object.hasOwn(statusMeanings, value);
}

/** Whether the vendor still works on it, or nobody could say: the next fetch asks again. */
export function isOpen(status: BatchStatus): boolean {
  return status === "validating" || status === "in_progress" || status === "unknown";
}
