/** Reads the results of a batch into the journal of its job, as they come. */

import type { BatchOptions } from "../../client/batch.ts";
import { customIdOf } from "../../client/batch-rows.ts";
import type { NamedOutcome, VendorReport } from "../../client/vendor-batches.ts";
import type { TextResult } from "../../index.ts";
import { failedRecord, recordOf } from "../ask/record.ts";
import type { Journal, RowRecord } from "../journal/journal.ts";
import type { Progress } from "../progress.ts";
import type { SeenBatch } from "./seen-batches.ts";
import type { Vendor } from "./vendor-of.ts";

export interface CollectPart {
  readonly seen: SeenBatch;
  readonly vendor: Vendor;
  readonly report: VendorReport;
  readonly journal: Journal;
  /** Which row of the dataset has this id in the batch. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly progress: Progress;
}

/**
 * Every row of the batch has a record afterwards, and all of them are on disk.
 *
 * @throws LoomError, when the vendor cannot be read; it is safe to begin anew
 */
export async function collectPart(work: CollectPart, options: BatchOptions): Promise<void> {
  const { seen, vendor, report, journal, indexes, progress } = work;
  const place = { id: seen.id, account: seen.part.account, label: seen.part.label };
  const told = new Set<number>();
  progress.begin({ label: "Downloading", total: seen.rows, passing: true });
  const take = async (rows: readonly NamedOutcome[]): Promise<void> => {
    for (const { customId, outcome } of rows) {
      const index = indexes.get(customId);
      if (index === undefined) continue;
      const record = outcome.error === undefined
        ? recordOf(index, outcome.result as TextResult)
        : failedRecord(index, outcome.error);
      // Vendors that tried twice tell of both; the answer counts.
      if (record.status === "failed" && journal.isDone(index)) continue;
      await journal.append(record);
      told.add(index);
    }
    progress.row({ done: told.size, ...figuresOf(journal) });
  };
  if (report.hasResults) await vendor.batches.results(place, take, options);
  for (const index of indexes.values()) {
    if (!journal.isDone(index) && !journal.isFailed(index)) await journal.append(unanswered(index, report));
  }
  await journal.flush();
  progress.end();
}

/** A row of which the vendor says nothing. */
export function unanswered(
  index: number,
  { status, problem }: { readonly status: string; readonly problem?: string | undefined },
): RowRecord {
  const why = problem === undefined ? "" : `: ${problem}`;
  const message = `the row has no answer, and its batch is ${status}${why}`;
  return { index, status: "failed", error: { code: "provider-failed", message } };
}

/** `row-0`, `row-1` … of a batch that Loom has handed in. */
export function ownIndexes(rows: Iterable<number>): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (const index of rows) indexes.set(customIdOf(indexes.size), index);
  return indexes;
}

function figuresOf({ totals: { ok, failed, costUsd, inputTokens } }: Journal) {
  return { ok, failed, costUsd, inputTokens };
}
