/** `loom fetch`: asks for every batch that is under way, one job after another, and writes what is done. */

import { LoomError, loomError } from "../../errors/index.ts";
import type { LoomHome } from "../home/loom-home.ts";
import type { JournalLock } from "../journal/journal-lock.ts";
import type { RunServices } from "../run-services.ts";
import { changeBatch, recordAt } from "./change-batch.ts";
import { fetchJob, type FetchOptions } from "./fetch-job.ts";
import { lockJob } from "./job-files.ts";
import { isPending, type SeenBatch, seenBatch, type SeenBatches, seenBatches } from "./seen-batches.ts";
import { sweepStale } from "./sweep-stale.ts";

export interface FetchRequest extends Omit<FetchOptions, "asked"> {
  /** The vendor's id of one batch. Absent: all that are under way. */
  readonly id?: string | undefined;
}

/** The batches that a request is about. @throws LoomError `invalid-request`, when there is none of that id */
export function chosenBatches(
  { batches }: SeenBatches,
  { id, partial }: Pick<FetchRequest, "id" | "partial">,
): readonly SeenBatch[] {
  if (id === undefined) {
    return batches.filter((seen) => isPending(seen) || partial && seen.part.state !== "merged");
  }
  const chosen = batches.filter((seen) => seen.id === id);
  if (chosen.length > 0) return chosen;
  const known = batches.length === 0 ? "there are none" : "loom list shows those there are";
  throw loomError("invalid-request", `there is no batch with the id ${id} on this machine; ${known}`, {
    path: "id",
  });
}

/**
 * One batch that cannot be asked for keeps no other from being fetched.
 *
 * @param seen what was there a moment ago
 * @throws LoomError after all were tried: that of the first one that could not be asked for or ended without results, that of
 * an output that could not be written, or `rows-failed`
 */
export async function fetchBatches(
  request: FetchRequest,
  seen: SeenBatches,
  services: RunServices,
): Promise<void> {
  const { progress, signal } = services;
  const chosen = chosenBatches(seen, request);
  await sweepStale(seen);
  const faults: LoomError[] = request.id === undefined
    ? seen.broken.map(({ path, problem }) => loomError("file-unreadable", problem, { file: path }))
    : [];
  const jobs = new Set(chosen.map(({ part }) => part.job));
  if (jobs.size === 0) progress.note("No pending batches.", { type: "none" });
  for (const job of jobs) {
    if (signal.aborted) throw loomError("aborted", "stopped; run loom fetch again to go on", {});
    const known = seen.batches.filter(({ part }) => part.job === job);
    faults.push(...await fetchOne(known, request, seen.batches, services));
  }
  if (faults.length > 0) throw worst(faults);
}

async function fetchOne(
  known: readonly SeenBatch[],
  { id, ...options }: FetchRequest,
  others: readonly SeenBatch[],
  services: RunServices,
): Promise<readonly LoomError[]> {
  const { home, progress } = services;
  const [any] = known;
  if (any === undefined) return [];
  let lock: JournalLock;
  try {
    lock = await lockJob(home, any.part);
  } catch (error) {
    if (!LoomError.is(error, "file-unwritable") || !error.message.includes("being used")) throw error;
    const text =
      `id=${any.id} provider=${any.provider} is left alone: another loom is working on it (${error.message})`;
    progress.note(text, { type: "busy", id: any.id, provider: any.provider });
    return [];
  }
  try {
    const fresh = await refreshed(home, known, id !== undefined);
    const [first, ...rest] = fresh;
    // Somebody else was faster.
    if (first === undefined) return [];
    const asked = id !== undefined;
    return await fetchJob({ parts: [first, ...rest], others, options: { ...options, asked }, services });
  } finally {
    await lock.release();
  }
}

/** The job as it is now that nobody else works on it, its parts in their order. */
async function refreshed(
  home: LoomHome,
  known: readonly SeenBatch[],
  again: boolean,
): Promise<readonly SeenBatch[]> {
  const job = known[0]?.part.job;
  let now: SeenBatch[] = [];
  for (const { path } of known) {
    const record = await recordAt(path);
    const seen = record === undefined ? undefined : seenBatch({ file: path, record });
    if (seen !== undefined && !("problem" in seen)) now.push(seen);
  }
  if (now.length < known.length) {
    now = (await seenBatches(home)).batches.filter(({ part }) => part.job === job);
  }
  now.sort((one, other) => one.part.part - other.part.part);
  if (!again || now.some(({ part }) => part.state !== "merged" || part.keep !== true)) return now;
  // Its output was written, and its file was kept so that it can be fetched once more.
  const reset: SeenBatch[] = [];
  for (const seen of now) {
    reset.push(
      await changeBatch(home, seen, { part: { state: "submitted" }, without: ["keep", "mayReplace"] }),
    );
  }
  return reset;
}

/** What scripts should hear of first: that it must be tried again, then what a person must mend, then rows. */
function worst(faults: readonly LoomError[]): LoomError {
  const rank = ({ code }: LoomError) =>
    code === "rows-failed" ? 2 : code === "file-unwritable" || code === "file-unreadable" ? 1 : 0;
  const [first, ...rest] = faults.toSorted((one, other) => rank(one) - rank(other)) as [
    LoomError,
    ...LoomError[],
  ];
  if (rest.length === 0) return first;
  const messages = [...new Set([first, ...rest].map(({ message }) => message))];
  const told = messages.slice(0, 3).join("\n");
  const more = messages.length > 3 ? `\nand ${messages.length - 3} more` : "";
  return loomError(first.code as "internal", told + more, first.data as object, first);
}
