/** How many rows a dataset has: read once, before anything is sent, so that a broken file is told at once. */

import type { Dataset } from "../dataset/dataset.ts";
import type { Progress } from "../progress.ts";

/** Smaller files are through before anybody could read a word about it. */
const tellFromBytes = 64 * 1024 * 1024;

/** @throws LoomError, naming file, row and line, when the file cannot be read to its end */
export async function rowCount(dataset: Dataset, progress: Progress, signal: AbortSignal): Promise<number> {
  const tell = dataset.totalBytes >= tellFromBytes;
  if (tell) progress.begin({ label: "Reading", passing: true });
  let count = 0;
  for await (const rows of dataset.rows(signal)) {
    count += rows.length;
    if (tell) progress.row({ done: count, readBytes: dataset.readBytes, totalBytes: dataset.totalBytes });
  }
  if (tell) progress.end();
  return count;
}
