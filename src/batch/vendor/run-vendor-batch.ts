/** `loom run` in its default mode: hands a dataset to its vendor's batches, which `loom fetch` collects. */

import { randomBytes } from "node:crypto";
import { loomError } from "../../errors/index.ts";
import { checkTarget } from "./check-target.ts";
import { checkAsk } from "../ask/check-ask.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import type { Job } from "../job.ts";
import type { RunServices } from "../run-services.ts";
import { priceCheck } from "./batch-price.ts";
import { earlierJob } from "./earlier-job.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { NewPart } from "./hand-in.ts";
import { handInParts } from "./hand-in-parts.ts";
import { lockJob } from "./job-files.ts";
import { type JobPlan, planParts } from "./plan-parts.ts";
import { seenBatches } from "./seen-batches.ts";
import { sweepStale } from "./sweep-stale.ts";
import { vendorOf } from "./vendor-of.ts";

/**
 * Hands in what is not there yet, and nothing that is.
 *
 * @throws LoomError `unsupported`, naming `--sync`, where the vendor has no batches; `invalid-request`, `file-unreadable`,
 * `file-unwritable`, `budget-exceeded`, and what the vendor says
 */
export async function runVendorBatch(job: Job, services: RunServices): Promise<void> {
  refuseLiveOptions(job);
  const { loom, home, progress, signal } = services;
  const vendor = await vendorOf(loom, job.ask);
  await checkAsk(loom, job.ask);
  await checkTarget(job);
  const fingerprint = fingerprintOf(job);
  const lock = await lockJob(home, { fingerprint });
  try {
    const seen = await seenBatches(home);
    await sweepStale(seen);
    const { batches } = seen;
    const earlier = earlierJob(batches.filter(({ part }) => part.fingerprint === fingerprint));
    if (earlier?.isWhole === true && !job.force) {
      const ids = earlier.parts.map(({ id }) => id);
      progress.note(pendingText(ids, job), { type: "pending", ids, provider: job.ask.provider });
      return;
    }
    const dataset = await openDataset(job.file, { ids: "required" });
    const price = job.maxCostUsd === undefined
      ? undefined
      : priceCheck(job.maxCostUsd, vendor.batches, vendor.calls);
    const plan = await planParts(dataset, job, {
      vendor: vendor.batches,
      calls: vendor.calls,
      progress,
      signal,
      heard: price && (({ prompt }) => price.add(prompt)),
    });
    checkPlan(plan);
    // What another run has handed in already is not asked about twice.
    const isSame = earlier !== undefined && !earlier.isWhole && earlier.isOf(plan);
    if (earlier !== undefined && !earlier.isWhole && !isSame && !job.force) {
      throw changed(job, earlier.parts.length);
    }
    if (!isSame) price?.check();
    const common: Omit<NewPart, "part" | "rows"> = {
      job: isSame ? earlier.job : randomBytes(8).toString("hex"),
      fingerprint,
      parts: plan.parts.length,
      others: plan.duplicates + plan.unasked,
      input: plan.input,
      output: job.output,
      ask: askOf(job),
      withMeta: job.withMeta,
      dedupe: job.dedupe,
      ...(job.limit !== undefined && { limit: job.limit }),
      ...(job.sample !== undefined && { sample: job.sample }),
    };
    await handInParts({
      job,
      plan,
      common,
      vendor,
      dataset,
      services,
      earlier: isSame ? earlier.parts : [],
      others: batches,
    });
  } finally {
    await lock.release();
  }
}

/** What only live calls can do. */
function refuseLiveOptions({ ask: { fallback = [] }, retryFailed }: Job): void {
  const flag = fallback.length > 0 ? "--fallback" : retryFailed ? "--retry-failed" : undefined;
  if (flag === undefined) return;
  const message =
    `${flag} belongs to live calls: a batch is answered by one model, once. Re-run with --sync.`;
  throw loomError("invalid-request", message, { path: flag.slice(2) });
}

/** Without what only live calls know. */
function askOf({ ask: { fallback: _, ...ask } }: Job): NewPart["ask"] {
  return ask;
}

function checkPlan({ parts, unasked, problem }: JobPlan): void {
  if (parts.length > 0) return;
  const message = problem === undefined
    ? "there are no rows to ask"
    : `none of the ${unasked} rows can be asked: ${problem}`;
  throw loomError("invalid-request", message, { path: "file" });
}

function pendingText(ids: readonly string[], { ask: { provider } }: Job): string {
  const which = ids.length === 1 ? `id=${ids[0]}` : `${ids.length} batches, the first with id=${ids[0]}`;
  return `Already submitted: ${which} provider=${provider}. Nothing was handed in again; ` +
    "loom fetch collects the results, and --force hands the dataset in once more.";
}

function changed({ file }: Job, parts: number): Error {
  const message =
    `${file} has changed since an interrupted run of this command handed in ${parts} of its batches; ` +
    "put the old file back to go on with those, or hand in all of it anew with --force";
  return loomError("invalid-request", message, { path: "file" });
}
