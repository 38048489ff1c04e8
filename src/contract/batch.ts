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

/** What is known of a batch that may or may not have reached the vendor. */
export interface BatchSearch {
  /** The vendor cannot have taken it before. Older batches are not looked at, but for some minutes of difference of clocks. */
  readonly createdAfterMs?: number;
  /** How many rows it has. */
  readonly rows?: number;
  /** Ids of batches that are known to be others, such as those of the same dataset that were handed in before. */
  readonly except?: readonly string[];
}

/** A provider's batches. */
export interface Batches {
  readonly limits: BatchLimits;
  /** The size that a row has in what is sent, in bytes. @throws LoomError, when the row cannot be asked in a batch */
  sizeOf(row: BatchRow): number;
  /**
   * @param label a name of this one try to hand in: letters, digits, `-` and `_`, 48 at most. It is kept where the vendor has a
   * place for it, so that `find` finds the batch
   * @throws LoomError with recovery `never`, when nobody can tell whether the vendor has taken it
   */
  submit(rows: readonly BatchRow[], key: Secret | undefined, label?: string): Promise<BatchState>;
  /**
   * The batch that was handed in with this label; `undefined`: the vendor has none. Absent: its batches cannot be listed.
   *
   * Where a vendor keeps no labels with its batches and this one is still being worked on, it is told by its time and its
   * number of rows, so that both should be given: without a time, one that may be it is an error. Whether it was the right one,
   * `results` with the label says.
   *
   * @throws LoomError with recovery `never`, when several may be it, or more are listed than anybody reads
   */
  find?(
    ctx: Attempting,
    key: Secret | undefined,
    label: string,
    search?: BatchSearch,
  ): Promise<BatchState | undefined>;
  status(ctx: Attempting, key: Secret | undefined, id: string): Promise<BatchState>;
  cancel(ctx: Attempting, key: Secret | undefined, id: string): Promise<BatchState>;
  /**
   * The rows that the vendor has, in no order, some at a time as they come: no more than those are in memory. Nothing is asked
   * before somebody reads; whoever stops reading ends the download. What comes after a failure must be read from the beginning.
   *
   * @param ctxOf the call that a row asked, for decoding; the same for all where calls are no longer known
   * @param label what it was handed in with, where that is known
   * @throws LoomError `invalid-reply`, when the rows are those of another label
   */
  results(
    ctx: Attempting,
    key: Secret | undefined,
    id: string,
    ctxOf: (customId: string) => Attempting,
    label?: string,
  ): AsyncIterable<readonly BatchRowResult[]>;
}
