/** What is known of each row while a job runs: a byte, and where its last record lies. The records stay in the file. */

import type { JournalTotals } from "./journal.ts";
import type { RecordFigures } from "./journal-line.ts";

export interface JournalRows {
  /** The same object each time; it changes with every record. */
  readonly totals: JournalTotals;
  isDone(index: number): boolean;
  isFailed(index: number): boolean;
  /** Where the last record of a row begins in the file, in bytes. */
  offsetOf(index: number): number | undefined;
  take(figures: RecordFigures, offset: number): void;
}

const done = 1;
const failed = 2;
const cached = 4;
const duplicate = 8;
/** Stays once it is set: what the row cost cannot be known any more. */
const unpriced = 16;

/** Rows that have a page of the tables; a page is made when the first of its rows comes, and nothing is ever copied. */
const pageRows = 65_536;

interface Page {
  readonly states: Uint8Array;
  readonly offsets: Float64Array;
}

export function journalRows(): JournalRows {
  const pages: (Page | undefined)[] = [];
  const totals = {
    ok: 0,
    failed: 0,
    fromCache: 0,
    duplicates: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    unpriced: 0,
  };
  // In whole nano-dollars, so that the sum is the same in whatever order it is made.
  let costNano = 0;

  const count = (state: number, by: 1 | -1): void => {
    if ((state & done) !== 0) totals.ok += by;
    if ((state & failed) !== 0) totals.failed += by;
    if ((state & cached) !== 0) totals.fromCache += by;
    if ((state & duplicate) !== 0) totals.duplicates += by;
    if ((state & unpriced) !== 0) totals.unpriced += by;
  };

  const pageOf = (index: number): Page | undefined => pages[Math.floor(index / pageRows)];
  const stateAt = (index: number): number => pageOf(index)?.states[index % pageRows] ?? 0;
  const makePage = (index: number): Page => {
    const page = { states: new Uint8Array(pageRows), offsets: new Float64Array(pageRows) };
    const place = Math.floor(index / pageRows);
    // A list with holes would become a table of names.
    while (pages.length < place) pages.push(undefined);
    return pages[place] = page;
  };

  return {
    totals,
    isDone: (index) => (stateAt(index) & done) !== 0,
    isFailed: (index) => (stateAt(index) & failed) !== 0,
    // The header lies at 0, so no record does.
    offsetOf: (index) => pageOf(index)?.offsets[index % pageRows] || undefined,
    take: (figures, offset) => {
      const { index, inputTokens = 0, outputTokens = 0, costUsd, origin } = figures;
      const { states, offsets } = pageOf(index) ?? makePage(index);
      const at = index % pageRows;
      const before = states[at] ?? 0;
      const after = stateOf(figures) | (before & unpriced);
      count(before, -1);
      count(after, 1);
      states[at] = after;
      offsets[at] = offset;
      if (origin !== undefined) return;
      // What was spent on an earlier record of the row stays spent.
      totals.inputTokens += inputTokens;
      totals.outputTokens += outputTokens;
      costNano += Math.round((costUsd ?? 0) * 1e9);
      totals.costUsd = costNano / 1e9;
    },
  };
}

function stateOf({ status, origin, costUsd }: RecordFigures): number {
  return (status === "ok" ? done : failed) |
    (origin === "cache" ? cached : origin === "duplicate" ? duplicate : costUsd === null ? unpriced : 0);
}
