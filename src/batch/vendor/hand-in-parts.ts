/** Hands in one part of a job after the other, with the rows of one part in memory, and leaves out what is there already. */

import { LoomError, loomError, toLoomError } from "../../errors/index.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Job } from "../job.ts";
import type { RunServices } from "../run-services.ts";
import { askedRows } from "./asked-rows.ts";
import { type BatchedRow, handIn, howToTell, type NewPart } from "./hand-in.ts";
import type { JobPlan } from "./plan-parts.ts";
import { type RowRanges, rowsIn } from "./row-ranges.ts";
import type { SeenBatch } from "./seen-batches.ts";
import { settle } from "./settle.ts";
import type { Vendor } from "./vendor-of.ts";

export interface HandInParts {
  readonly job: Job;
  readonly plan: JobPlan;
  readonly common: Omit<NewPart, "part" | "rows">;
  readonly vendor: Vendor;
  readonly dataset: Dataset;
  readonly services: RunServices;
  /** Parts of this job that a run before has handed in, or may have. */
  readonly earlier: readonly SeenBatch[];
  /** All batches of this machine. */
  readonly others: readonly SeenBatch[];
}

/** @throws LoomError, saying how many parts are handed in and how to go on */
export async function handInParts(work: HandInParts): Promise<void> {
  const { plan, job, services: { progress, signal }, earlier } = work;
  const there = new Map(earlier.map((seen) => [seen.part.part, seen]));
  const { provider } = job.ask;
  let done = 0;
  const tell = (seen: SeenBatch, isNew: boolean) => {
    done++;
    if (isNew) progress.note(`Batch submitted. id=${seen.id} provider=${provider}`, submitted(seen));
  };
  try {
    // All those that are in doubt first: nothing new is handed in while an answer may be missing.
    for (const seen of earlier) {
      const found = seen.part.state === "submitting" ? await inDoubt(work, seen) : seen;
      if (found === undefined) continue;
      there.set(seen.part.part, found);
      tell(found, found !== seen);
    }
    const missing = plan.parts.map((rows, number) => ({ rows, number })).filter(({ number }) =>
      (there.get(number)?.part.state ?? "submitting") === "submitting"
    );
    for await (const { number, rows } of rowsOf(work, missing)) {
      signal.throwIfAborted();
      const part = { ...work.common, part: number, rows: plan.parts[number] ?? [] };
      tell(await handIn(job, part, rows, work.vendor, work.services, there.get(number)), true);
    }
  } catch (fault) {
    throw told(fault, done, plan, signal);
  }
  if (plan.parts.length > 1) {
    const text = `${plan.parts.length} batches submitted with ${plan.rows} rows; ` +
      "loom fetch writes the output when the last one is done.";
    progress.note(text, { type: "job", batches: plan.parts.length, rows: plan.rows });
  }
  if (plan.unasked > 0) {
    const text =
      `${plan.unasked} rows were not handed in and will have their reason in llm_error: ${plan.problem}`;
    progress.note(text, { type: "unasked", rows: plan.unasked });
  }
}

/** @returns `undefined`: the vendor has it not, and it is to be handed in */
async function inDoubt(work: HandInParts, seen: SeenBatch): Promise<SeenBatch | undefined> {
  const { job, services: { home, abort }, vendor, others } = work;
  const found = await settle(home, vendor, seen, others, { signal: abort });
  if (typeof found !== "string") return found;
  if (found === "absent" || job.force) return undefined;
  const { label } = vendor;
  const message =
    `a run before was interrupted while it handed in ${seen.path}, and ${label} cannot be asked whether ` +
    `it has it: ${howToTell(label)}`;
  throw loomError("provider-failed", message, {}, { provider: seen.provider, recovery: "never" });
}

/** The rows of those parts, read again from the file. */
async function* rowsOf(
  { dataset, job, plan, services: { signal } }: HandInParts,
  parts: readonly { readonly rows: RowRanges; readonly number: number }[],
): AsyncGenerator<{ readonly number: number; readonly rows: readonly BatchedRow[] }, void, undefined> {
  const left = parts.map(({ rows, number }) => ({ number, ranges: rows, count: rowsIn(rows) }));
  let part = left.shift();
  let rows: BatchedRow[] = [];
  if (part === undefined) return;
  for await (const bunch of askedRows(dataset, job, plan.count, signal)) {
    for (const asked of bunch) {
      if (part === undefined) return;
      if ("problem" in asked || asked.sameAs !== undefined) continue;
      if (asked.row.index < (part.ranges[0]?.[0] ?? 0)) continue;
      rows.push({ id: asked.row.id, prompt: asked.prompt });
      if (rows.length < part.count) continue;
      yield { number: part.number, rows };
      rows = [];
      part = left.shift();
    }
  }
  if (part !== undefined) {
    throw loomError("file-unreadable", `${job.file} has changed while it was read`, { file: job.file });
  }
}

function submitted({ id, provider, model, rows, part, path }: SeenBatch) {
  return { type: "submitted", id, provider, model, rows, part: part.part + 1, parts: part.parts, file: path };
}

function told(fault: unknown, done: number, { parts }: JobPlan, signal: AbortSignal): LoomError {
  const error = signal.aborted && !LoomError.is(fault)
    ? loomError("aborted", "stopped", {})
    : toLoomError(fault, "handing in a dataset");
  if (parts.length === 1 && error.code !== "aborted") return error;
  const message = `${error.message}; ${done} of ${parts.length} batches are handed in. ` +
    "Run the same command again to go on with the others";
  return loomError(error.code as "internal", message, error.data as object, error);
}
