/** The rows that a job asks, with their prompts, in the order of the file, in bunches as they are read. */

import { LoomError } from "../../errors/index.ts";
import { promptOf } from "../ask/prompt-of.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { Job } from "../job.ts";
import { type FirstAsked, firstAsked } from "../live/first-asked.ts";
import { selectedRows } from "../live/selected-rows.ts";

export interface AskedRow {
  readonly row: DatasetRow;
  readonly prompt: string;
  /** The first row that asks the same; its answer is this one's, too. */
  readonly sameAs?: number;
}

/** A row that has no prompt. */
export interface UnaskedRow {
  readonly row: DatasetRow;
  readonly problem: LoomError;
}

export type AskedPart = Pick<Job, "ask" | "limit" | "sample" | "dedupe">;

/**
 * @param count rows of the dataset, which a sample needs
 * @throws LoomError, when the file cannot be read to its end
 */
export async function* askedRows(
  dataset: Pick<Dataset, "rows">,
  job: AskedPart,
  count: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly (AskedRow | UnaskedRow)[], void, undefined> {
  const { isSelected } = selectedRows(job, count);
  const prompt = promptOf(job.ask);
  const firsts = job.dedupe ? firstAsked() : undefined;
  const end = job.sample === undefined ? job.limit ?? Infinity : Infinity;
  for await (const rows of dataset.rows(signal)) {
    const asked = rows.filter(({ index }) => index < end && isSelected(index)).map((row) =>
      askedRow(row, prompt, firsts)
    );
    if (asked.length > 0) yield asked;
    // Whoever wants ten rows need not wait for the end of a large file.
    if ((rows.at(-1)?.index ?? 0) + 1 >= end) return;
  }
}

function askedRow(
  row: DatasetRow,
  promptOf: (row: DatasetRow) => string,
  firsts: FirstAsked | undefined,
): AskedRow | UnaskedRow {
  let prompt: string;
  try {
    prompt = promptOf(row);
  } catch (error) {
    if (!LoomError.is(error, "invalid-request")) throw error;
    return { row, problem: error };
  }
  const first = firsts?.of(prompt, row.index) ?? row.index;
  return first === row.index ? { row, prompt } : { row, prompt, sameAs: first };
}
