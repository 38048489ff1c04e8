/** Writes the output of a job from its dataset and its journal. */

import { access } from "node:fs/promises";
import { loomError } from "../../errors/index.ts";
import { addedColumns, additionsOf } from "../additions.ts";
import { failedRecord } from "../ask/record.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { systemCode } from "../home/file-fault.ts";
import type { Journal, RowRecord } from "../journal/journal.ts";
import { type FailureReasons, failureReasons } from "../live/failure-reasons.ts";
import type { RunServices } from "../run-services.ts";
import { askedRows } from "./asked-rows.ts";
import { unanswered } from "./collect-part.ts";
import { countFor, fileMark, rowsDigest } from "./plan-parts.ts";
import type { JobPart } from "./job-part.ts";
import { indexesOf } from "./row-ranges.ts";
import type { SeenBatch } from "./seen-batches.ts";

export interface MergeJob {
  readonly parts: readonly [SeenBatch, ...SeenBatch[]];
  readonly dataset: Dataset;
  readonly journal: Journal;
  readonly services: Pick<RunServices, "progress" | "abort">;
}

/**
 * Whether the output may be written.
 *
 * @throws LoomError `file-unwritable`, when there is one and nobody has given it up
 */
export async function checkOutput(
  { output, mayReplace }: JobPart,
  force: boolean,
  confirm: RunServices["confirm"],
): Promise<void> {
  if (mayReplace === true || force || !await exists(output)) return;
  if (await confirm?.(`Overwrite ${output}?`) === true) return;
  const message =
    `${output} exists already; loom fetch --force overwrites it. The results are kept until then`;
  throw loomError("file-unwritable", message, { file: output });
}

/**
 * The dataset must be the one that was handed in. A copy with another date is the same, when its ids and prompts are.
 *
 * @throws LoomError `file-unreadable`, naming the journal that keeps the results
 */
export async function checkInput({ parts, dataset, journal, services }: MergeJob): Promise<void> {
  const [{ part, file }] = parts;
  const { input } = part;
  if (input === undefined) return;
  const { bytes, modifiedMs } = await fileMark(file);
  if (bytes === input.bytes && modifiedMs === input.modifiedMs) return;
  const { progress, abort } = services;
  const digest = rowsDigest();
  for await (const rows of askedRows(dataset, part, await countFor(part, dataset, progress, abort), abort)) {
    for (const row of rows) digest.add(row);
  }
  if (digest.text() === input.digest) return;
  const message =
    `${file} has changed since it was handed in, so that nobody can tell which answer belongs where; ` +
    `put it back as it was and run loom fetch again. The results are kept in ${journal.path}`;
  throw loomError("file-unreadable", message, { file });
}

/** @returns why rows have no answer */
export async function mergeJob(work: MergeJob): Promise<FailureReasons> {
  const { parts, dataset, journal, services: { progress, abort } } = work;
  const [{ part }] = parts;
  progress.begin({ label: "Merging", passing: true });
  await recordOthers(work);
  const names = addedColumns(part.ask, part.withMeta, journal.totals);
  const failures = failureReasons();
  const additions = (record: RowRecord | undefined) => {
    if (record !== undefined) failures.add(record);
    return additionsOf(names, record);
  };
  // A file of another tool says nothing of rows that were left out: all of them stay.
  const isWhole = part.rows === undefined;
  await dataset.merge(part.output, names, (index) => {
    progress.row({ done: index + 1 });
    if (!journal.isDone(index) && !journal.isFailed(index)) return isWhole ? additions(undefined) : undefined;
    const record = journal.read(index);
    return record instanceof Promise ? record.then(additions) : additions(record);
  }, abort);
  progress.end();
  return failures;
}

/** Rows that no batch answers: those of batches that failed, those without a prompt, and those that ask what another asks. */
async function recordOthers({ parts, dataset, journal, services }: MergeJob): Promise<void> {
  const [{ part }] = parts;
  const { progress, abort } = services;
  const isSettled = (index: number) => journal.isDone(index) || journal.isFailed(index);
  for (const { part: { rows = [], problem }, status } of parts) {
    for (const index of indexesOf(rows)) {
      if (!isSettled(index)) await journal.append(unanswered(index, { status, problem }));
    }
  }
  // Without those, the file need not be read once more.
  if (part.rows === undefined || part.others === 0 && parts.length === part.parts) return;
  const count = await countFor(part, dataset, progress, abort);
  for await (const bunch of askedRows(dataset, part, count, abort)) {
    for (const asked of bunch) {
      const { index } = asked.row;
      if ("problem" in asked) {
        if (!isSettled(index)) await journal.append(failedRecord(index, asked.problem));
      } else if (asked.sameAs !== undefined && !journal.isDone(index)) {
        const first = await journal.read(asked.sameAs);
        if (first !== undefined) await journal.append(duplicateOf(first, index));
      } else if (!isSettled(index)) {
        await journal.append(unanswered(index, { status: "unknown", problem: "it was never handed in" }));
      }
    }
  }
}

/** Nothing was paid for it, and no token counted. */
function duplicateOf({ usage: _, ...record }: RowRecord, index: number): RowRecord {
  return { ...record, index, costUsd: 0, origin: "duplicate" };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (cause) {
    // Any other fault is met again, and told, when it is written.
    return !["ENOENT", "ENOTDIR"].includes(systemCode(cause) ?? "");
  }
}
