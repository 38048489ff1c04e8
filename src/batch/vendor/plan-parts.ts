/** How a job is cut into its vendor's batches: the dataset is read to its end once before anything is handed in. */

import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { VendorBatches } from "../../client/vendor-batches.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { addedColumns, checkAdded } from "../additions.ts";
import { checkColumns } from "../ask/prompt-of.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { fileUnreadable } from "../home/file-fault.ts";
import type { Job } from "../job.ts";
import { rowCount } from "../plan/row-count.ts";
import type { Progress } from "../progress.ts";
import { type AskedPart, type AskedRow, askedRows, type UnaskedRow } from "./asked-rows.ts";
import type { InputMark } from "./job-part.ts";
import type { RowCalls } from "./row-calls.ts";
import { rangeWriter, type RowRanges } from "./row-ranges.ts";

export interface JobPlan {
  readonly parts: readonly RowRanges[];
  /** Rows that are asked. */
  readonly rows: number;
  /** Rows that take the answer of an equal one. */
  readonly duplicates: number;
  /** Rows that have no prompt: they fail without being asked. */
  readonly unasked: number;
  /** What is wrong with the first of those. */
  readonly problem?: string;
  readonly input: InputMark;
  /** Rows of the dataset, where a sample had to know. */
  readonly count: number | undefined;
}

export type PlannedJob = AskedPart & Pick<Job, "withMeta">;

export interface PlanTools {
  readonly vendor: Pick<VendorBatches, "limits" | "sizeOf" | "target">;
  readonly calls: RowCalls;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Hears of every row that is asked. */
  readonly heard?: ((row: AskedRow) => void) | undefined;
}

/** Some vendors take half a gigabyte at once; what is sent lies in memory, more than once while it is written. */
const longestPartBytes = 200_000_000;

/** @throws LoomError `invalid-request`, naming the first row that the vendor would refuse */
export async function planParts(dataset: Dataset, job: PlannedJob, tools: PlanTools): Promise<JobPlan> {
  const { vendor: { limits, sizeOf, target }, calls, progress, signal, heard } = tools;
  const mostBytes = Math.min(limits.maxBytes, longestPartBytes);
  const mark = await fileMark(dataset.path);
  const count = await countFor(job, dataset, progress, signal);
  const digest = rowsDigest();
  const parts: RowRanges[] = [];
  let part = rangeWriter();
  let [bytes, rows, duplicates, unasked] = [0, 0, 0, 0];
  let problem: string | undefined;
  if (dataset.columns !== undefined) checkNames(job, dataset.columns);
  let isFirst = dataset.columns === undefined;
  progress.begin({ label: "Reading", passing: true });
  for await (const bunch of askedRows(dataset, job, count, signal)) {
    if (isFirst) checkNames(job, Object.keys(bunch[0]?.row.fields ?? {}));
    isFirst = false;
    for (const asked of bunch) {
      digest.add(asked);
      if ("problem" in asked) {
        unasked++;
        problem ??= asked.problem.message;
        continue;
      }
      if (asked.sameAs !== undefined) {
        duplicates++;
        continue;
      }
      const size = rowSize(asked, () => sizeOf(calls.of(asked.prompt)));
      if (size > limits.maxBytes) {
        const most = `${target.provider} takes ${limits.maxBytes} bytes in one batch`;
        throw refused(asked, `the row has ${size} bytes, and ${most}; shorten it`);
      }
      if (part.rows > 0 && (part.rows >= limits.maxRows || bytes + size > mostBytes)) {
        parts.push(part.ranges);
        part = rangeWriter();
        bytes = 0;
      }
      part.add(asked.row.index);
      bytes += size;
      rows++;
      heard?.(asked);
    }
    const { readBytes, totalBytes } = dataset;
    progress.row({ done: rows + duplicates + unasked, readBytes, totalBytes });
  }
  progress.end();
  if (part.rows > 0) parts.push(part.ranges);
  const input = { ...mark, digest: digest.text() };
  return { parts, rows, duplicates, unasked, ...(problem !== undefined && { problem }), input, count };
}

/** Rows of the dataset, where a sample must know. */
export async function countFor(
  { sample }: Pick<Job, "sample">,
  dataset: Dataset,
  progress: Progress,
  signal: AbortSignal,
): Promise<number | undefined> {
  return sample === undefined ? undefined : await rowCount(dataset, progress, signal);
}

function checkNames({ ask, withMeta }: PlannedJob, columns: readonly string[]): void {
  checkColumns(ask, columns);
  // Rows may fail, so their reasons must have a place.
  checkAdded(addedColumns(ask, withMeta, { failed: 1 }), columns);
}

/** Ids and prompts in one digest: the same, whatever the file is called and dated. */
export function rowsDigest(): { add(row: AskedRow | UnaskedRow): void; text(): string } {
  const hash = createHash("sha256");
  return {
    add(asked) {
      const { row: { index, id } } = asked;
      const prompt = "problem" in asked ? "" : asked.prompt;
      hash.update(`${index}\n${id}\n${prompt.length}\n${prompt}\n`);
    },
    text: () => hash.digest("base64url"),
  };
}

/** @throws LoomError `file-unreadable` */
export async function fileMark(path: string): Promise<Omit<InputMark, "digest">> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, modifiedMs: Math.floor(mtimeMs) };
  } catch (cause) {
    throw fileUnreadable(path, cause);
  }
}

function rowSize(asked: AskedRow, size: () => number): number {
  try {
    return size();
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    throw refused(asked, error.message, error);
  }
}

function refused({ row: { index, id, line } }: AskedRow, problem: string, cause?: LoomError): LoomError {
  const message = `row ${index + 1} (id ${id}, line ${line}): ${problem}`;
  return loomError("invalid-request", message, {}, { cause });
}
