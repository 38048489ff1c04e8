/** A row of a dataset, and what is added to it on the way out. */

import type { Json } from "../../contract/json.ts";

export interface DatasetRow {
  /** From 0, in the order of the file. */
  readonly index: number;
  /** The line of the uncompressed file on which it begins, from 1; for messages. */
  readonly line: number;
  /** Its `id` where it has one, or its number from 1. */
  readonly id: string;
  /** Columns by name; in a CSV file all are strings. */
  readonly fields: Readonly<Record<string, Json>>;
}

/** Columns to append to a row; the same names for every row of a file. */
export type Additions = Readonly<Record<string, Json>>;
