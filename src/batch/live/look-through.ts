/** Reads a dataset once before anything is spent: its columns must be there, its rows well-formed, and then it is known how many. */

import { addedColumns, checkAdded } from "../additions.ts";
import { checkColumns } from "../ask/prompt-of.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Job } from "../job.ts";
import type { Progress } from "../progress.ts";

/** Larger files are not read twice for it: what is wrong in them is told when the run gets there. */
const mostBytes = 512 * 1024 * 1024;
/** Smaller ones are through before anybody could read a word about it. */
const tellFromBytes = 64 * 1024 * 1024;

/**
 * @returns how many rows there are; `undefined`, where the file is too large to count for its own sake
 * @throws LoomError `invalid-request`, naming the columns there are, or row and line; `file-unreadable`
 */
export async function lookThrough(
  dataset: Dataset,
  job: Pick<Job, "ask" | "withMeta" | "sample">,
  progress: Progress,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (dataset.columns !== undefined) checkNames(job, dataset.columns);
  const all = job.sample !== undefined || dataset.totalBytes <= mostBytes;
  const tell = all && dataset.totalBytes >= tellFromBytes;
  if (tell) progress.begin({ label: "Reading", passing: true });
  let count = 0;
  for await (const rows of dataset.rows(signal)) {
    const [first] = rows;
    if (count === 0 && dataset.columns === undefined && first !== undefined) {
      checkNames(job, Object.keys(first.fields));
    }
    count += rows.length;
    if (!all) return undefined;
    if (tell) progress.row({ done: count, readBytes: dataset.readBytes, totalBytes: dataset.totalBytes });
  }
  if (tell) progress.end();
  return count;
}

function checkNames({ ask, withMeta }: Pick<Job, "ask" | "withMeta">, columns: readonly string[]): void {
  checkColumns(ask, columns);
  // Rows may fail, so their reasons must have a place.
  checkAdded(addedColumns(ask, withMeta, { failed: 1 }), columns);
}
