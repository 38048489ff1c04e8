/** One pass over the dataset, in bounded memory: which rows would be asked, and what that adds up to. */

import type { Target } from "../../contract/target.ts";
import { LoomError } from "../../errors/index.ts";
import { promptOf } from "../ask/prompt-of.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { Job } from "../job.ts";
import { firstAsked } from "../live/first-asked.ts";
import { lookThrough } from "../live/look-through.ts";
import { selectedRows } from "../live/selected-rows.ts";
import type { Progress } from "../progress.ts";
import { outputBound } from "./assumed-output.ts";
import type { BatchPacker } from "./batch-packer.ts";
import type { ContextForecast, NamedRow, RowCounts } from "./forecast.ts";
import type { RequestTokens } from "./request-tokens.ts";
import type { RowPrice } from "./row-price.ts";

export interface SurveyTools {
  readonly target: Target;
  readonly tokens: RequestTokens;
  readonly priceOf: (inputTokens: number) => RowPrice;
  readonly packer: BatchPacker | undefined;
  /** `undefined`: nobody looked. */
  readonly isAnswered: ((index: number) => boolean) | undefined;
  readonly isCached: ((prompt: string) => boolean) | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Survey {
  readonly rows: RowCounts;
  readonly problems: readonly string[];
  readonly inputTokens: number;
  /** Whole nano-USD; `null`: unknown. */
  readonly liveNanoUsd: number | null;
  readonly batchNanoUsd: number | null;
  readonly context: ContextForecast;
}

/** Distinct prompts that are remembered, at up to 60 bytes each: more duplicates than are found then may be there. */
const mostDistinct = 4_000_000;

/** How many rows of a kind are named; of the others people see the number. */
const mostNamed = 5;

/** @throws LoomError, when a column is missing or the file cannot be read to its end */
export async function survey(
  dataset: Dataset,
  job: Pick<Job, "ask" | "withMeta" | "limit" | "sample" | "dedupe">,
  tools: SurveyTools,
): Promise<Survey> {
  const { target, tokens, priceOf, packer, isAnswered, isCached, progress, signal } = tools;
  const prompt = promptOf(job.ask);
  const first = firstAsked();
  const reserved = outputBound(target.params) ?? 0;
  const fits = target.contextTokens ?? Infinity;
  const problems: string[] = [];
  const tooLongRows: NamedRow[] = [];
  let [total, selected, unusable, answered, cached, toAsk, inputTokens, tooLong] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [distinct, repeated] = [0, 0];
  let live: number | null = 0;
  let batch: number | null = 0;
  let longest: NamedRow | undefined;

  function isRepeated(text: string, index: number): boolean {
    if (distinct >= mostDistinct) return false;
    const again = first.of(text, index) !== index;
    if (again) repeated++;
    else distinct++;
    return again;
  }

  function take(row: DatasetRow): void {
    selected++;
    let text: string;
    try {
      text = prompt(row);
    } catch (error) {
      if (!LoomError.is(error, "invalid-request")) throw error;
      unusable++;
      if (problems.length < mostNamed) problems.push(error.message);
      return;
    }
    const again = isRepeated(text, row.index);
    if (isAnswered?.(row.index) === true) return void answered++;
    if (isCached?.(text) === true) return void cached++;
    if (again && job.dedupe) return;
    toAsk++;
    const input = tokens.of(text);
    inputTokens += input;
    const price = priceOf(input);
    live = live === null || price.live === null ? null : live + price.live;
    batch = batch === null || price.batch === null ? null : batch + price.batch;
    packer?.add(text);
    if (longest === undefined || input > longest.tokens) longest = named(row, input);
    if (input + reserved <= fits) return;
    tooLong++;
    if (tooLongRows.length < mostNamed) tooLongRows.push(named(row, input));
  }

  const { isSelected } = selectedRows(job, await lookThrough(dataset, job, progress, signal));
  progress.begin({ label: "Reading", passing: true });
  for await (const rows of dataset.rows(signal)) {
    for (const row of rows) {
      total++;
      if (isSelected(row.index)) take(row);
    }
    progress.row({ done: total, readBytes: dataset.readBytes, totalBytes: dataset.totalBytes });
  }
  progress.end();
  return {
    rows: {
      total,
      selected,
      unusable,
      duplicates: repeated,
      duplicatesAtLeast: distinct >= mostDistinct,
      answered: isAnswered === undefined ? null : answered,
      cached: isCached === undefined ? null : cached,
      toAsk,
    },
    problems,
    inputTokens,
    liveNanoUsd: live,
    batchNanoUsd: batch,
    context: { tokens: target.contextTokens ?? null, longest: longest ?? null, tooLong, tooLongRows },
  };
}

function named({ index, id, line }: DatasetRow, tokens: number): NamedRow {
  return { row: index + 1, id, line, tokens };
}
