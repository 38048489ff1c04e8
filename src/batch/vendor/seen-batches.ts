/** What is known of batches on this machine: their state files, without the maps of ids, which may be large. */

import type { BatchStatus } from "../../contract/batch.ts";
import { type ListedRecord, listRecords } from "../home/batch-records.ts";
import type { LoomHome } from "../home/loom-home.ts";
import { otherTools } from "./other-tools.ts";
import { type JobPart, jobPartOf } from "./job-part.ts";
import { isOpen } from "./statuses.ts";

export interface SeenBatch {
  /** Its state file. */
  readonly path: string;
  /** The vendor's id; until there is one, the name of its submission. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly status: BatchStatus;
  /** The dataset. */
  readonly file: string;
  readonly rows: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly part: JobPart;
}

export interface BrokenBatch {
  readonly path: string;
  readonly problem: string;
}

export interface SeenBatches {
  readonly batches: readonly SeenBatch[];
  readonly broken: readonly BrokenBatch[];
  /** Files that a crash has left beside newer ones of the same batches. */
  readonly stale: readonly string[];
}

/** @throws LoomError `file-unreadable`, when the folder cannot be read */
export async function seenBatches(home: Pick<LoomHome, "batches">): Promise<SeenBatches> {
  const batches: SeenBatch[] = [];
  const broken: BrokenBatch[] = [];
  for await (const listed of listRecords(home)) {
    const seen = seenBatch(listed);
    if ("problem" in seen) broken.push(seen);
    else batches.push(seen);
  }
  const stale = batches.filter((seen) => isStale(seen, batches));
  return {
    batches: batches.filter((seen) => !stale.includes(seen)),
    broken,
    stale: stale.map(({ path }) => path),
  };
}

export function seenBatch(listed: ListedRecord): SeenBatch | BrokenBatch {
  if ("problem" in listed) return { path: listed.file, problem: listed.problem.message };
  const { file: path, record } = listed;
  const part = jobPartOf(record) ?? otherTools(record);
  if ("broken" in part) {
    return { path, problem: `${path} is not the state of a batch: ${part.broken}; mend or delete it` };
  }
  const { batch_id: id, provider, model, status, original_file_path: file, created_at: createdAt } = record;
  const rows = Object.keys(record.id_map).length;
  return { path, id, provider, model, status, file, rows, createdAt, part };
}

/** Whether the next fetch has something to do with it. */
export function isPending({ part: { state }, status }: Pick<SeenBatch, "part" | "status">): boolean {
  if (state === "merged" || state === "submitting") return state === "submitting";
  // Rows of a batch that ended early are written with those of its job, or not at all.
  return isOpen(status) || status === "completed";
}

/**
 * A batch that has got its id keeps the file of its submission for a moment: of two files of one part, the one that says
 * more counts.
 */
function isStale(seen: SeenBatch, batches: readonly SeenBatch[]): boolean {
  const { job, part, state } = seen.part;
  return state === "submitting" &&
    batches.some((one) => one !== seen && one.part.job === job && one.part.part === part);
}
