/** Batches: many calls handed to a vendor at once, answered within hours, at a lower price. */

import type { Attempting } from "./context.ts";
import type { LoomErrorLike } from "./errors.ts";
import type { Part } from "./part.ts";
import type { Secret } from "./secret.ts";

/** How far a batch is, in words that mean the same for every vendor. `unknown`: the vendor's word says nothing to Loom. */
export type BatchStatus =
  | "validating"
  | "in_progress"
  | "completed"
  | "failed"
  | "expired"
  | "cancelled"
  | "unknown";

/** What a vendor says of one of its batches. */
export interface BatchState {
  /** The vendor's id of it. */
  readonly id: string;
  readonly status: BatchStatus;
  /** The vendor's own word. */
  readonly vendorStatus: string;
  /** Rows, as far as the vendor counts them by now. */
  readonly counts?: { readonly total: number; readonly succeeded: number; readonly failed: number };
  readonly createdAtMs?: number;
  readonly expiresAtMs?: number;
  /** Why the whole batch failed. */
  readonly problem?: string;
  /**
   * Whether rows can be had: after `completed`, and after `expired` and `cancelled` where some were done by then. Rows that are
   * missing then were not done, and not charged.
   */
  readonly hasResults: boolean;
}

/** One row of a batch. `customId` is unique in it: letters, digits, `-` and `_`, 64 at most. */
export interface BatchRow {
  readonly customId: string;
  /** The call and its target; all rows of a batch ask one model in one modality. */
  readonly ctx: Attempting;
}

/** What became of one row: parts, or an error. */
export interface BatchRowResult {
  readonly customId: string;
  readonly parts?: readonly Part[];
  readonly error?: LoomErrorLike;
}

/** What a vendor takes in one batch. */
export interface BatchLimits {
  readonly maxRows: number;
  /** Of everything that is sent, in bytes. */
  readonly maxBytes: number;
}

/** A provider's batches. */
export interface Batches {
  readonly limits: BatchLimits;
  /** The size that a row has in what is sent, in bytes. @throws LoomError, when the row cannot be asked in a batch */
  sizeOf(row: BatchRow): number;
  /** @throws LoomError with recovery `never`, when nobody can tell whether the vendor has taken it */
  submit(rows: readonly BatchRow[], key: Secret | undefined): Promise<BatchState>;
  status(ctx: Attempting, key: Secret | undefined, id: string): Promise<BatchState>;
  cancel(ctx: Attempting, key: Secret | undefined, id: string): Promise<BatchState>;
  /** @param ctxOf the call that a row asked, for decoding; the same for all where calls are no longer known */
  results(
    ctx: Attempting,
    key: Secret | undefined,
    id: string,
    ctxOf: (customId: string) => Attempting,
  ): Promise<readonly BatchRowResult[]>;
}
