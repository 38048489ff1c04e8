/** `--dry-run`: what a run would ask, cost and take, before anything is sent or spent. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDataset } from "../dataset/open-dataset.ts";
import { cacheKey } from "../home/cache-key.ts";
import type { LiveJob } from "../job.ts";
import type { Journal } from "../journal/journal.ts";
import type { RunServices } from "../run-services.ts";
import { assumedOutput, assumedRowMs } from "./assumed-output.ts";
import { batchPacker } from "./batch-packer.ts";
import { earlierRun } from "./earlier-run.ts";
import { batchWindowMs, type Forecast } from "./forecast.ts";
import { snakeCased } from "./forecast-json.ts";
import { forecastTable } from "./forecast-table.ts";
import { liveMs } from "./live-time.ts";
import { requestTokens } from "./request-tokens.ts";
import { rowPrices } from "./row-price.ts";
import { survey } from "./survey.ts";

/** What is known beside the job. */
export interface Known {
  /** It would run live: then what an earlier run has answered, and what is in the cache, is not asked again. */
  readonly live?: boolean | undefined;
  /** What the caller expects of an answer, in place of a guess. */
  readonly outputTokensPerRow?: number | undefined;
  readonly rowMs?: number | undefined;
}

type PlanServices = Pick<RunServices, "loom" | "home" | "progress" | "signal">;

/** Letters that are counted: some seconds of work. Beyond them tokens are estimated by length, at the rate seen until then. */
const mostLetters = 16_000_000;

/** Says on `progress` what a run would do. @throws LoomError, as the run would before its first row */
export async function dryRun(job: LiveJob, services: PlanServices, known: Known = {}): Promise<void> {
  const found = await forecast(job, services, known);
  services.progress.note(forecastTable(found), snakeCased(found));
}

/** @throws LoomError, as the run would before its first row */
export async function forecast(job: LiveJob, services: PlanServices, known: Known = {}): Promise<Forecast> {
  const journal = known.live === true ? await earlierRun(job, services.progress) : undefined;
  try {
    return await forecastWith(job, services, known, journal);
  } finally {
    await journal?.close();
  }
}

async function forecastWith(
  job: LiveJob,
  { loom, home, progress, signal }: PlanServices,
  { live = false, outputTokensPerRow, rowMs }: Known,
  journal: Journal | undefined,
): Promise<Forecast> {
  const { workers, useCache, ask: { provider, model, params = {}, ...shape } } = job;
  const { findTarget } = (await loom.engine()).opened;
  const target = await findTarget({ provider, model }, { modality: "text", params });
  const dataset = await openDataset(job.file, { ids: "required" });
  const tokens = await requestTokens(shape, target.upstreamModel, mostLetters);
  const output = assumedOutput(target, outputTokensPerRow, answeredIn(journal));
  const packer = await batchPacker(loom, job.ask);
  const found = await survey(dataset, job, {
    target,
    tokens,
    priceOf: rowPrices(target, output.outputPerRow),
    packer,
    isAnswered: journal === undefined ? undefined : (index) => journal.isDone(index),
    isCached: live && useCache ? cachedIn(home, job) : undefined,
    progress,
    signal,
  });
  const { rows, problems, inputTokens, liveNanoUsd, batchNanoUsd, context } = found;
  const timePerRow = rowMs ?? assumedRowMs(output.outputPerRow);
  return {
    file: job.file,
    provider,
    model,
    output: { path: job.output, exists: existsSync(job.output) },
    rows,
    problems,
    tokens: {
      input: inputTokens,
      exact: tokens.exact,
      encoding: tokens.encoding,
      ...output,
      output: rows.toAsk * output.outputPerRow,
    },
    cost: {
      liveUsd: usd(liveNanoUsd),
      batchUsd: packer === undefined ? null : usd(batchNanoUsd),
      batchIsCheaper: packer !== undefined && batchNanoUsd !== null && liveNanoUsd !== null &&
        batchNanoUsd < liveNanoUsd,
    },
    time: {
      workers,
      rowMs: timePerRow,
      rowMsFrom: rowMs === undefined ? "assumed" : "given",
      liveMs: liveMs(rows.toAsk, timePerRow, workers),
      batchMs: packer === undefined ? null : batchWindowMs,
    },
    context,
    batch: packer?.forecast() ?? null,
  };
}

function answeredIn(journal: Journal | undefined) {
  if (journal === undefined) return undefined;
  const { ok, fromCache, duplicates, outputTokens } = journal.totals;
  return { ok: ok - fromCache - duplicates, outputTokens };
}

/** A look at the folder costs microseconds, an answer in it is not read. */
function cachedIn({ cache: folder }: RunServices["home"], { ask }: LiveJob): (prompt: string) => boolean {
  if (!existsSync(folder)) return () => false;
  return (prompt) => existsSync(join(folder, `${cacheKey(ask, prompt)}.json`));
}

function usd(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}
