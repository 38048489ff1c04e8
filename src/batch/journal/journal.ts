/** The journal of a job: what became of each row, appended as it happens, so that a killed run goes on where it was. */

import type { Usage } from "../../contract/usage.ts";
import type { Json } from "../../contract/json.ts";

/** What became of one row. */
export interface RowRecord {
  /** Of the row, from 0. */
  readonly index: number;
  readonly status: "ok" | "failed";
  /** The answer's text; absent where it failed. */
  readonly text?: string;
  /** The answer as an object, where a schema was asked for. */
  readonly output?: Json;
  readonly error?: { readonly code: string; readonly message: string };
  /** Who answered. */
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: Pick<Usage, "inputTokens" | "outputTokens">;
  /** `null`: no price is known. */
  readonly costUsd?: number | null;
  /** Answered from the cache on disk, or by an equal row: nothing was paid. */
  readonly origin?: "cache" | "duplicate";
}

/** What a journal belongs to. Another input, model or prompt makes it another job's. */
export interface JournalHeader {
  /** The path is for people: a dataset of the same size and time under another name is the same dataset. */
  readonly input: { readonly path: string; readonly bytes: number; readonly modifiedMs: number };
  /** Everything that shapes what is asked, in canonical JSON. */
  readonly job: string;
}

/**
 * Counts are of rows, each by its last record; tokens and money are of all records, since what was spent on a failure that a
 * later record replaced stays spent. Records with an `origin` cost nothing.
 */
export interface JournalTotals {
  readonly ok: number;
  readonly failed: number;
  readonly fromCache: number;
  readonly duplicates: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of rows whose price is known. */
  readonly costUsd: number;
  /** Rows that were asked at least once without a known price. */
  readonly unpriced: number;
}

export interface Journal {
  readonly path: string;
  /** The same object each time; it changes with every record. */
  readonly totals: JournalTotals;
  /** Whether the row has an answer; failed ones have none. */
  isDone(index: number): boolean;
  isFailed(index: number): boolean;
  /**
   * Takes a record; it is on its way to the file when this returns. A later record of a row replaces an earlier one.
   *
   * @returns a promise only when the file is behind by more than a bounded buffer: wait for it before starting another row
   * @throws LoomError `file-unwritable`, when an earlier write failed, such as on a full disk
   */
  append(record: RowRecord): Promise<void> | undefined;
  /** The last record of a row. Cheap in ascending order. */
  read(index: number): RowRecord | undefined | Promise<RowRecord | undefined>;
  /** Settles when what was appended by now is in the file, and so outlives this process. @throws as `append` does */
  drained(): Promise<void>;
  /** Settles when everything appended is on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Closes it and removes its file. */
  remove(): Promise<void>;
}
