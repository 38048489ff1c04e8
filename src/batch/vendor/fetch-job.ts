/** Fetches one job: asks how far its batches are, collects those that are done, and writes the output with the last one. */

import { type LoomError, loomError, toLoomError } from "../../errors/index.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import type { Journal } from "../journal/journal.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { RunServices } from "../run-services.ts";
import { askPart } from "./ask-part.ts";
import { changeBatch, recordOf } from "./change-batch.ts";
import { collectPart, ownIndexes } from "./collect-part.ts";
import { forgetJob } from "./forget-job.ts";
import { foreignRows } from "./foreign-rows.ts";
import { journalPath } from "./job-files.ts";
import { checkInput, checkOutput, type MergeJob, mergeJob } from "./merge-job.ts";
import { indexesOf } from "./row-ranges.ts";
import type { SeenBatch } from "./seen-batches.ts";
import { completeText, endedText, shownPath, statusText, waitingText } from "./texts.ts";
import { disowned } from "./settle.ts";
import { type Vendor, vendorOf } from "./vendor-of.ts";

export interface FetchOptions {
  /** State files stay after their output is written. */
  readonly keep: boolean;
  readonly force: boolean;
  /** Rows that were done before a batch expired or was cancelled are written as well. */
  readonly partial: boolean;
  /** Somebody asked for this very batch. */
  readonly asked: boolean;
}

export interface FetchJob {
  /** All of a job that are there, in their order; read after its lock was taken. */
  readonly parts: readonly [SeenBatch, ...SeenBatch[]];
  /** All batches of this machine. */
  readonly others: readonly SeenBatch[];
  readonly options: FetchOptions;
  readonly services: RunServices;
}

/** What went wrong, all of which was told; none of it keeps other jobs from being fetched. */
export type Faults = readonly LoomError[];

export async function fetchJob(work: FetchJob): Promise<Faults> {
  const { parts: found, services, options } = work;
  const { home, progress } = services;
  if (found.some(({ part }) => part.state === "merged")) {
    await forgetJob(home, found, found.some(({ part }) => part.keep === true));
    return [];
  }
  const faults: LoomError[] = [];
  const parts: SeenBatch[] = [];
  const job = lazily(work);
  try {
    for (const seen of found) {
      const part = await fetchPart(seen, work, job, faults);
      parts.push(part);
      if (services.signal.aborted) throw loomError("aborted", "stopped; run loom fetch again to go on", {});
    }
    const [first, ...rest] = parts;
    if (first === undefined) return faults;
    if (!isOver(parts, options) || !parts.some(({ part }) => part.state === "collected")) {
      for (const seen of parts) if (isNewlyCollected(seen, found)) progress.note(...waitingText(seen));
      const handedIn = parts.length;
      if (handedIn < first.part.parts) faults.push(handedInByHalf(first, handedIn));
      return faults;
    }
    await write(job, [first, ...rest], work, faults);
  } catch (fault) {
    const error = toLoomError(fault, "fetching a batch");
    if (error.code === "aborted") throw error;
    faults.push(error);
  } finally {
    progress.end();
    await job.close();
  }
  return faults;
}

function isNewlyCollected({ part: { part, state } }: SeenBatch, before: readonly SeenBatch[]): boolean {
  return state === "collected" && before.find((one) => one.part.part === part)?.part.state !== "collected";
}

function handedInByHalf({ file, provider, part: { parts } }: SeenBatch, handedIn: number): LoomError {
  const message =
    `${handedIn} of the ${parts} batches of ${file} are handed in, because loom run was interrupted; ` +
    "run the same command again, or loom fetch --partial writes what there is";
  return loomError("provider-failed", message, {}, { provider, recovery: "never" });
}

/** All that can come of it has come. */
function isOver(parts: readonly SeenBatch[], { partial }: FetchOptions): boolean {
  const wanted = parts[0]?.part.parts ?? 0;
  if (parts.length < wanted && !partial) return false;
  const ended = parts.every(({ part, status }) =>
    part.state === "collected" || status === "failed" || status === "expired" || status === "cancelled"
  );
  // Where not one batch was completed, nothing is written unless somebody wants it.
  return ended && (partial || parts.some(({ status }) => status === "completed"));
}

async function fetchPart(
  seen: SeenBatch,
  { services, options, others }: FetchJob,
  job: LazyJob,
  faults: LoomError[],
): Promise<SeenBatch> {
  const { home, progress, abort } = services;
  const fail = async (now: SeenBatch, error: LoomError): Promise<SeenBatch> => {
    if (error.code === "aborted") throw error;
    faults.push(error);
    const isOther = now.part.found === true && error.code === "invalid-reply" && error.recovery === "never";
    const lost = isOther
      ? await disowned(home, now, error.message)
      : await changeBatch(home, now, { status: "unknown", part: { problem: error.message } });
    progress.note(...statusText(lost));
    return lost;
  };
  if (seen.part.state === "collected") return seen;
  let now = seen;
  try {
    const vendor = await job.vendor();
    const asked = await askPart(seen, { home, vendor, others, signal: abort });
    now = asked.seen;
    const { report } = asked;
    if (report === undefined) {
      progress.note(...statusText(now));
      faults.push(
        loomError("provider-failed", asked.problem, {}, { provider: seen.provider, recovery: "never" }),
      );
      return now;
    }
    if (!report.done) {
      progress.note(...statusText(now, report));
      return now;
    }
    const wanted = report.status === "completed" || options.partial || seen.part.parts > 1;
    if (!wanted || !report.hasResults && report.status !== "completed") {
      // Told once, and not with every fetch until the last batch of its job is done.
      if (seen.status === report.status && !options.asked) return now;
      progress.note(...endedText(now, report));
      const problem = report.problem === undefined ? "" : `: ${report.problem}`;
      faults.push(
        loomError("provider-failed", `the batch ${now.id} ${report.status}${problem}`, {}, {
          recovery: "never",
        }),
      );
      return now;
    }
    const indexes = await job.indexes(now);
    await collectPart({ seen: now, vendor, report, journal: await job.journal(), indexes, progress }, {
      signal: abort,
    });
    return await changeBatch(home, now, { part: { state: "collected" }, without: ["problem"] });
  } catch (fault) {
    const error = toLoomError(fault, "fetching a batch");
    // What is wrong with files here says nothing about the batch.
    if (error.code === "file-unreadable" || error.code === "file-unwritable") throw error;
    return await fail(now, error);
  }
}

async function write(
  job: LazyJob,
  parts: readonly [SeenBatch, ...SeenBatch[]],
  { options, services }: FetchJob,
  faults: LoomError[],
): Promise<void> {
  const { home, progress, confirm } = services;
  const [first, ...rest] = parts;
  const { part } = first;
  await checkOutput(part, options.force, confirm);
  const journal = await job.journal();
  const merge: MergeJob = { parts, dataset: await job.dataset(), journal, services };
  await checkInput(merge);
  // From here on an output that is there may be this job's own, of a fetch that was killed.
  let marked = first;
  if (part.mayReplace !== true) marked = await changeBatch(home, first, { part: { mayReplace: true } });
  const failures = await mergeJob(merge);
  const totals = journal.totals;
  marked = await changeBatch(home, marked, { part: { state: "merged", keep: options.keep } });
  for (const seen of parts) progress.note(...completeText(seen, totals));
  if (failures.failed > 0) {
    const { failed } = failures;
    const message = `${failed} ${failed === 1 ? "row has" : "rows have"} no answer, see llm_error in ` +
      `${shownPath(part.output)}: ${failures.text()}`;
    faults.push(loomError("rows-failed", message, { failed }));
  }
  await job.remove();
  await forgetJob(home, [marked, ...rest], options.keep);
}

/** What a job needs once one of its batches is done, and not before. */
interface LazyJob {
  vendor(): Promise<Vendor>;
  dataset(): Promise<Dataset>;
  journal(): Promise<Journal>;
  /** Row of the dataset by custom id. */
  indexes(seen: SeenBatch): Promise<ReadonlyMap<string, number>>;
  /** The journal goes. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

function lazily({ parts: [{ part, file }], services: { loom, home, abort } }: FetchJob): LazyJob {
  let vendor: Promise<Vendor> | undefined;
  let dataset: Promise<Dataset> | undefined;
  let journal: Promise<Journal> | undefined;
  const own: LazyJob = {
    vendor: () => vendor ??= vendorOf(loom, part.ask),
    dataset: () => dataset ??= openDataset(file),
    journal: () => journal ??= open(),
    async indexes(seen) {
      const { rows } = seen.part;
      if (rows !== undefined) return ownIndexes(indexesOf(rows));
      return await foreignRows(await recordOf(seen), await own.dataset(), abort);
    },
    remove: async () => await (await journal)?.remove(),
    close: async () => await (await journal?.catch(() => undefined))?.close(),
  };
  async function open(): Promise<Journal> {
    const { bytes = 0, modifiedMs = 0 } = part.input ?? {};
    const header = { input: { path: file, bytes, modifiedMs }, job: JSON.stringify({ job: part.job }) };
    return await openJournal(await journalPath(home, part), header, { fresh: false });
  }
  return own;
}
