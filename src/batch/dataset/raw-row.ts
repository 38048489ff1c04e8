/** A row with its own text as it stands in the file, and what every format of files can do with rows. */

import { Buffer } from "node:buffer";
import type { Json } from "../../contract/json.ts";
import type { Additions } from "./row.ts";
import type { TextChunk } from "./strict-utf8.ts";

export interface RawRow {
  readonly index: number;
  readonly line: number;
  readonly id: string | undefined;
  readonly fields: Readonly<Record<string, Json>>;
  /** What stands between the row before and this one: a separator, blank lines. */
  readonly gap: string;
  readonly text: string;
  /** What ends its line; empty where rows are not lines. */
  readonly end: string;
}

/** Cuts a text into rows, and writes them again with columns added. Made anew for each reading. */
export interface RowFormat {
  /** Appends the rows that are complete; those before a bad one are there when it throws. @throws LoomError `invalid-request` */
  push(chunk: TextChunk, rows: RawRow[]): void;
  /** Appends what the end completes. @throws LoomError `invalid-request` */
  end(rows: RawRow[]): void;
  /** Of a CSV file, once they are known. */
  columns(): readonly string[] | undefined;
  /** What stands before the first row; known with that row, or at the end. */
  head(names: readonly string[]): string;
  /** @throws LoomError `invalid-request`, when the row has such a column */
  written(row: RawRow, names: readonly string[], additions: Additions, first: boolean): string;
  /** What stands after the last row; known at the end. */
  tail(): string;
}

export interface RowFormatOptions {
  readonly file: string;
  readonly maxRowBytes: number;
}

/** Whether a text takes more bytes than allowed. */
export function isLonger(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && (text.length > maxBytes || Buffer.byteLength(text) > maxBytes);
}

/** How many lines a text ends. */
export function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
