/** A dataset: a file of rows that are read as a stream, and written again with columns added. */

import type { Additions, DatasetRow } from "./row.ts";

/** What the rows are written as; `.gz` around it changes nothing. */
export type FileType = "csv" | "json" | "jsonl";

export interface Dataset {
  /** Absolute. */
  readonly path: string;
  readonly type: FileType;
  /** The columns of a CSV file in their order; `undefined` where each row names its own. */
  readonly columns: readonly string[] | undefined;
  /** Size of the file as it lies on disk, in bytes; `readBytes` counts up to it. */
  readonly totalBytes: number;
  /** How much of the file the last reading has consumed, for progress before the number of rows is known. */
  readonly readBytes: number;
  /**
   * Reads from the beginning, in bunches as they come, in bounded memory. May be asked again and again, one at a time.
   *
   * @throws LoomError `invalid-request` naming file, row and line: a bad row, a missing or repeated id; `file-unreadable`:
   * truncated gzip, no UTF-8
   */
  rows(signal?: AbortSignal): AsyncIterable<readonly DatasetRow[]>;
  /**
   * Writes all rows with additions to `output`, at once or not at all: a temporary file beside it, flushed to disk, renamed.
   * What the input had stays as it was, byte for byte.
   *
   * @param names the columns that are added, in their order
   * @param additionsOf in the order of the rows; `undefined`: the row is left out
   * @throws LoomError `invalid-request`, when the input has such a column; `file-unwritable`
   */
  merge(
    output: string,
    names: readonly string[],
    additionsOf: AdditionsOf,
    signal?: AbortSignal,
  ): Promise<void>;
}

export type AdditionsOf = (index: number) => Additions | undefined | Promise<Additions | undefined>;
