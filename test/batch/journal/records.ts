/** Journals of the tests: a header, records by row, and what a journal holds. */

import { openJournal } from "../../../src/batch/journal/open-journal.ts";
import type { Journal, JournalHeader, RowRecord } from "../../../src/batch/journal/journal.ts";

export const header: JournalHeader = {
  input: { path: "/data/rows.csv", bytes: 1234, modifiedMs: 1700000000000.25 },
  job: JSON.stringify({ model: "m", provider: "p" }),
};

/** A record whose text says which row it is, with everything that may confuse a reader of lines in it. */
export function okRecord(
  index: number,
  text = `row ${index}: "ä€😀\\n\n\r\u2028,"result":{}\u0000`,
): RowRecord {
  const usage = { inputTokens: 10, outputTokens: 2 };
  return { index, status: "ok", text, provider: "p", model: "m", usage, costUsd: 0.1 };
}

export function failedRecord(index: number): RowRecord {
  return { index, status: "failed", error: { code: "timeout", message: "took too long" } };
}

export function opened(path: string, fresh = false): Promise<Journal> {
  return openJournal(path, header, { fresh });
}

/** The records of the first rows, in their order. */
export async function recordsOf(journal: Journal, rows: number): Promise<(RowRecord | undefined)[]> {
  const records: (RowRecord | undefined)[] = [];
  for (let index = 0; index < rows; index++) records.push(await journal.read(index));
  return records;
}

/** What the program that is killed writes; some are long, so that a kill may tear them. */
export function textOf(row: number): string {
  return row % 17 === 0 ? `${row}`.repeat(20_000) : `${row}`;
}
