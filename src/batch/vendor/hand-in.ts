/** Hands in one part of a job. Its state file is there before the vendor is asked, so that a crash leaves a trace. */

import { randomBytes } from "node:crypto";
import { customIdOf } from "../../client/batch-rows.ts";
import { type LoomError, loomError, toLoomError } from "../../errors/index.ts";
import type { ErrorCode } from "../../index.ts";
import type { Job } from "../job.ts";
import type { RunServices } from "../run-services.ts";
import { removeFile, writeBatch } from "./change-batch.ts";
import type { JobPart } from "./job-part.ts";
import type { SeenBatch } from "./seen-batches.ts";
import { adopted, submissionId } from "./settle.ts";
import type { Vendor } from "./vendor-of.ts";

export type NewPart = Omit<JobPart, "state" | "label" | "submittedAtMs">;

/** All that is kept in memory of a row. */
export interface BatchedRow {
  readonly id: string;
  readonly prompt: string;
}

/** After these nobody can tell whether the vendor has taken it. */
const unclear: ReadonlySet<ErrorCode> = new Set([
  "connection-failed",
  "timed-out",
  "stream-broken",
  "provider-failed",
  "overloaded",
  "invalid-reply",
  "aborted",
  "closed",
  "internal",
]);

/**
 * @param before the submission that is made again, because the vendor has none of it
 * @throws LoomError, saying whether the vendor may have it
 */
export async function handIn(
  job: Job,
  part: NewPart,
  rows: readonly BatchedRow[],
  vendor: Vendor,
  { home, clock, abort }: Pick<RunServices, "home" | "clock" | "abort">,
  before?: SeenBatch,
): Promise<SeenBatch> {
  const label = before?.part.label ?? `loom-${randomBytes(12).toString("hex")}`;
  const now = before?.part.submittedAtMs ?? clock.now();
  const { ask, file, fileType } = job;
  const seen = await writeBatch(home, {
    batch_id: submissionId(label),
    provider: ask.provider,
    model: ask.model,
    original_file_path: file,
    file_type: fileType,
    prompt_column: ask.template === undefined ? ask.column : null,
    id_map: Object.fromEntries(rows.map(({ id }, index) => [customIdOf(index), id])),
    created_at: new Date(now).toISOString(),
    status: "unknown",
  }, { ...part, state: "submitting", label, submittedAtMs: now });
  try {
    const callAt = (index: number) => vendor.calls.of(rows[index]?.prompt ?? "");
    return await adopted(
      home,
      seen,
      await vendor.batches.submit(rows.length, callAt, label, { signal: abort }),
    );
  } catch (fault) {
    const error = toLoomError(fault, "handing in a batch");
    if (unclear.has(error.code)) throw mayHaveIt(error, part, vendor);
    // It was refused, or could not even be sent.
    if (!isFileFault(error)) await removeFile(seen.path);
    throw error;
  }
}

/** The vendor has it then, and only its id could not be written down. */
function isFileFault({ code }: LoomError): boolean {
  return code === "file-unwritable" || code === "file-unreadable";
}

function mayHaveIt(error: LoomError, { part, parts }: NewPart, { label, batches }: Vendor): LoomError {
  const what = parts === 1 ? "the batch" : `batch ${part + 1} of ${parts}`;
  const how = batches.canFind
    ? `run the same command again: it asks ${label} first, and hands in only what is not there`
    : howToTell(label);
  const message = `${error.message}; nobody can tell whether ${label} has taken ${what}. To go on, ${how}`;
  return loomError(error.code as "internal", message, error.data as object, error);
}

/** For vendors whose batches cannot be listed. */
export function howToTell(label: string): string {
  return `look at ${label}'s list of batches: if it is there, put its id into "batch_id" of the state file and change ` +
    `"state" to "submitted"; if it is not, run the same command with --force`;
}
