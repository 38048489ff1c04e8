/** A batch of `/v1/batches`: what was ordered, how far it is, and how callers see it. */

import type { JsonObject } from "../../contract/index.ts";
import type { Principal } from "../options.ts";

/** What the caller asked for, and what is needed to ask its rows as the caller would. */
export interface BatchOrder {
  readonly inputFileId: string;
  /** Path of the call endpoint that all rows go to. */
  readonly endpoint: string;
  readonly completionWindow: string;
  readonly metadata: JsonObject | null;
  /** How long output files are kept. Absent: as long as the gateway keeps files. */
  readonly keepS?: number;
  readonly principal: Principal;
  /** Those headers of the order that decide where its rows go. */
  readonly headers: Readonly<Record<string, string>>;
}

export type BatchStatus =
  | "validating"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "failed"
  | "cancelling"
  | "cancelled"
  | "expired";

/** What is wrong with the input file. */
export interface InputFault {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number | null;
}

/** What changes; times in seconds since the epoch. */
export interface BatchState {
  readonly inProgressAtS?: number;
  readonly finalizingAtS?: number;
  readonly completedAtS?: number;
  readonly failedAtS?: number;
  readonly expiredAtS?: number;
  readonly cancellingAtS?: number;
  readonly cancelledAtS?: number;
  readonly errors?: readonly InputFault[];
  readonly outputFileId?: string;
  readonly errorFileId?: string;
}

export interface Counts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}

export interface StoredBatch {
  readonly id: string;
  readonly tenant: string;
  readonly order: BatchOrder;
  readonly status: BatchStatus;
  readonly state: BatchState;
  readonly counts: Counts;
  readonly createdAtS: number;
  readonly expiresAtS: number;
}

const over: ReadonlySet<BatchStatus> = new Set(["completed", "failed", "cancelled", "expired"]);

export function isOver(status: BatchStatus): boolean {
  return over.has(status);
}

/** @see https://platform.openai.com/docs/api-reference/batch/object */
export function batchObject(
  { id, order, status, state, counts, createdAtS, expiresAtS }: StoredBatch,
): JsonObject & { readonly id: string } {
  return {
    id,
    object: "batch",
    endpoint: order.endpoint,
    errors: state.errors === undefined
      ? null
      : { object: "list", data: state.errors.map((fault) => ({ ...fault })) },
    input_file_id: order.inputFileId,
    completion_window: order.completionWindow,
    status,
    output_file_id: state.outputFileId ?? null,
    error_file_id: state.errorFileId ?? null,
    created_at: createdAtS,
    in_progress_at: state.inProgressAtS ?? null,
    expires_at: expiresAtS,
    finalizing_at: state.finalizingAtS ?? null,
    completed_at: state.completedAtS ?? null,
    failed_at: state.failedAtS ?? null,
    expired_at: state.expiredAtS ?? null,
    cancelling_at: state.cancellingAtS ?? null,
    cancelled_at: state.cancelledAtS ?? null,
    request_counts: { ...counts },
    metadata: order.metadata,
  };
}
