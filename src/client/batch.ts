/** Batches as callers see them: what may be said when one is handed in, its handle, and what it reports. */

import type { BatchSearch, BatchState } from "../contract/batch.ts";
import type { Modality } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import type { Warning } from "../contract/receipt.ts";
import type { Result } from "../contract/result.ts";
import type { LoomError } from "../errors/index.ts";

/** How long one operation may take, and who may end it. */
export interface BatchOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface BatchWaitOptions extends BatchOptions {
  /** Between two questions. Default 30,000. */
  readonly pollIntervalMs?: number;
}

/** How rows are asked. */
export interface BatchModeOptions {
  /**
   * `batch` (the default): by the batches of their vendors. `live`: one by one through the chain, at once and at live prices,
   * by this process alone; `signal` and `timeoutMs` then stop the rows, and what was done by then is kept.
   */
  readonly mode?: "batch" | "live";
  /** Rows under way at most, in mode `live`. Default 8. */
  readonly workers?: number;
  /**
   * A name of this list of requests: who hands it in again with the same name gets the batch that is there. Needs vendors
   * whose batches can be listed. A batch that failed keeps its name, too.
   */
  readonly idempotencyKey?: string;
  /** What is known of a batch of that name, for vendors that keep no names. Ids in `except` are those of vendors. */
  readonly search?: Omit<BatchSearch, "rows">;
}

/** How requests are handed in. */
export interface BatchSubmitOptions extends BatchOptions, BatchModeOptions {}

/** How requests are handed in and waited for. */
export interface BatchRunOptions extends BatchWaitOptions, BatchModeOptions {}

/** What became of one request: its result, or an error. */
export type BatchOutcome<R = Result> =
  | { readonly result: R; readonly error?: undefined }
  | { readonly result?: undefined; readonly error: LoomError };

/** An outcome, and which request it is of: its place in the list, from 0. */
export interface BatchRowOutcome<R = Result> {
  readonly index: number;
  readonly outcome: BatchOutcome<R>;
}

/** One of the vendors' batches that a batch is made of. */
export interface BatchPart {
  readonly provider: string;
  readonly model: string;
  readonly modality: Modality;
  /** How many requests it has. */
  readonly rows: number;
  /** The vendor's id of it. Absent: no vendor has it. */
  readonly id?: string;
  /** The account it belongs to, where the provider has several. */
  readonly account?: string;
}

/** How far one of them is. */
export interface BatchPartReport extends BatchPart, BatchState {
  readonly id: string;
  /** It will not change any more. */
  readonly done: boolean;
}

/**
 * How far a batch is. Of several parts the least advanced counts while any is worked on (`validating` before `in_progress`
 * before `unknown`); then the worst: `failed`, `expired`, `cancelled`, and `completed` only when all are. Counts are sums.
 */
export interface BatchReport extends BatchState {
  /** It will not change any more. */
  readonly done: boolean;
  /** Each part's own state, in their order in the handle. */
  readonly parts: readonly BatchPartReport[];
}

/** Requests that were handed in together. */
export interface BatchHandle<R = Result> {
  /**
   * Says where the batch is; `loom.batch(id)` picks it up in any process, unless its mode is `live`. It holds no secret. Some
   * hundred characters as a rule, and some ten thousand where models alternate without any order.
   */
  readonly id: string;
  readonly mode: "batch" | "live";
  /** Of the first request, as are `model` and `modality`; `parts` has them all. */
  readonly provider: string;
  readonly model: string;
  readonly modality: Modality;
  /** How many requests it has. */
  readonly rows: number;
  /** The vendors' batches that it is made of: one for each provider, model and modality, more where a list is too long. */
  readonly parts: readonly BatchPart[];
  /** What was left out or changed on the way to the vendor; empty for a batch that was picked up. */
  readonly warnings: readonly Warning[];
  status(options?: BatchOptions): Promise<BatchReport>;
  /**
   * Settles when the batch is done, however it ended; without `timeoutMs` it waits as long as it takes. Giving up the wait
   * does not stop the batch.
   */
  wait(options?: BatchWaitOptions): Promise<BatchReport>;
  /** Asks the vendors to stop; what is done by then is kept, and charged. One that has ended stays as it is. */
  cancel(options?: BatchOptions): Promise<BatchReport>;
  /**
   * One entry for each request, in their order, with its cost at the price of batches. After `expired` and `cancelled` the
   * rows that were not done are errors, and so are those of parts that failed as a whole.
   *
   * @throws LoomError `invalid-request`, while it is not done; `provider-failed`, when all of it failed as a whole
   */
  results(options?: BatchOptions): Promise<readonly BatchOutcome<R>[]>;
  /**
   * As `results`, each as it is read: in the vendors' order, every row exactly once, errors last. Only what is being read is
   * in memory. Whoever stops reading ends the download; without `timeoutMs` it may take as long as the reader does.
   */
  outcomes(options?: BatchOptions): AsyncGenerator<BatchRowOutcome<R>, void, undefined>;
}

/** What became of one row before it is made a result of. Its account is closed and priced. */
export interface RowAnswer {
  readonly ctx: Attempting;
  readonly outcome:
    | { readonly parts: readonly Part[]; readonly error?: undefined }
    | { readonly parts?: undefined; readonly error: LoomError };
}

/** A batch whose rows can also be had as the vendor's parts, for callers who make no results of them. */
export interface CallBatch extends BatchHandle {
  /** As `results`. */
  answers(options?: BatchOptions): Promise<readonly RowAnswer[]>;
}

/** Uploads and downloads of whole batches take a while. */
export const transferMs = 1_800_000;
/** The longest that a timer of this machine runs: 24.8 days, and no vendor takes more than 14. */
export const longestMs = 2_147_483_647;
