/** Opens a live run: everything that can be known to be wrong is said here, before the first row is asked. */

import { stat } from "node:fs/promises";
import { LoomError } from "../../errors/index.ts";
import { checkAsk } from "../ask/check-ask.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import { fileUnreadable } from "../home/file-fault.ts";
import type { LiveJob } from "../job.ts";
import type { Journal, JournalHeader } from "../journal/journal.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { RunServices } from "../run-services.ts";
import { checkOutput, journalPath } from "./check-output.ts";
import { lookThrough } from "./look-through.ts";
import { priceGuess } from "./price-guess.ts";
import { selectedRows } from "./selected-rows.ts";

export interface OpenRun {
  readonly dataset: Dataset;
  readonly journal: Journal;
  readonly isSelected: (index: number) => boolean;
  /** Rows that the job asks; `undefined`: nobody has counted them. */
  readonly total: number | undefined;
  /** Of these, the ones that have their record from an earlier run. */
  readonly done: number;
  readonly estimateUsd: (prompt: string) => number;
}

/**
 * @param asksHere whether this process needs the keys
 * @throws LoomError, naming the flag, file or row and what to do
 */
export async function openRun(
  job: LiveJob,
  services: RunServices,
  { asksHere }: { readonly asksHere: boolean },
): Promise<OpenRun> {
  const { loom, progress, signal, confirm } = services;
  await checkAsk(loom, job.ask, { keys: asksHere });
  const estimateUsd = job.maxCostUsd === undefined ? () => 0 : await priceGuess(loom, job.ask);
  const header = await headerOf(job);
  const dataset = await openDataset(job.file, { ids: "required" });
  const count = await lookThrough(dataset, job, progress, signal);
  const { isSelected, total } = selectedRows(job, count);
  await checkOutput(job, confirm);
  const journal = await journalOf(job, header);
  return {
    dataset,
    journal,
    isSelected,
    total,
    done: doneBefore(job, journal, count, isSelected),
    estimateUsd,
  };
}

/** What a journal of this job begins with. */
export async function headerOf({ file, ask }: LiveJob): Promise<JournalHeader> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { input: { path: file, bytes: size, modifiedMs: Math.floor(mtimeMs) }, job: canonicalJson(ask) };
  } catch (cause) {
    throw fileUnreadable(file, cause);
  }
}

/** The same text for the same questions, whatever the order in which a file has them. */
export function canonicalJson(ask: AskSpec): string {
  return JSON.stringify(
    ask,
    (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => one < other ? -1 : 1))
        : value,
  );
}

/** A forced run goes on, too, where it was killed; only what belongs to another job is thrown away. */
async function journalOf(job: LiveJob, header: JournalHeader): Promise<Journal> {
  const path = journalPath(job);
  try {
    return await openJournal(path, header, { fresh: false });
  } catch (error) {
    // What the system said has a cause, and may pass: answers that were paid for are not thrown away over it.
    const isAnothers = LoomError.is(error, "file-unwritable", "file-unreadable") && error.cause === undefined;
    if (!job.force || !isAnothers) throw error;
    return await openJournal(path, header, { fresh: true });
  }
}

function doneBefore(
  { retryFailed }: LiveJob,
  journal: Journal,
  count: number | undefined,
  isSelected: OpenRun["isSelected"],
): number {
  const { ok, failed } = journal.totals;
  if (count === undefined) return retryFailed ? ok : ok + failed;
  let done = 0;
  for (let index = 0; index < count; index++) {
    if (isSelected(index) && (journal.isDone(index) || !retryFailed && journal.isFailed(index))) done++;
  }
  return done;
}
