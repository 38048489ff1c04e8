/** What was recorded, as the page gets it: money in USD, no prompt and no answer in lists. */

import type { CallRecord, CallRow, CallTotals } from "../../contract/index.ts";

export function shownTotals({ costNanoUsd, savedNanoUsd, ...rest }: CallTotals): object {
  return { ...rest, costUsd: costNanoUsd / 1e9, savedUsd: savedNanoUsd / 1e9 };
}

/** A row of the log. Content, where it was captured, comes with the one call that somebody opens. */
export function shownRow(row: CallRow | CallRecord): object {
  const { receipt: _, content: __, ...rest } = row as CallRecord;
  return rest;
}
