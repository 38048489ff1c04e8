/** Writes the state file of a batch, and changes what it says. */

import { readFile, rm } from "node:fs/promises";
import type { BatchStatus } from "../../contract/batch.ts";
import type { JsonObject } from "../../contract/json.ts";
import { loomError } from "../../errors/index.ts";
import { type BatchRecord, batchRecordSchema } from "../home/batch-record.ts";
import { writeRecord } from "../home/batch-records.ts";
import { fileUnreadable, fileUnwritable, systemCode } from "../home/file-fault.ts";
import type { LoomHome } from "../home/loom-home.ts";
import type { JobPart } from "./job-part.ts";
import type { SeenBatch } from "./seen-batches.ts";

type Home = Pick<LoomHome, "batches">;

export interface BatchChange {
  /** The vendor's id, when it has given one. */
  readonly id?: string;
  readonly status?: BatchStatus;
  readonly part?: Partial<JobPart>;
  /** What of the part is no longer so. */
  readonly without?: readonly (keyof JobPart)[];
}

/** @throws LoomError `file-unwritable` */
export async function writeBatch(home: Home, record: BatchRecord, part: JobPart): Promise<SeenBatch> {
  const path = await writeRecord(home, { ...record, loom: part as unknown as JsonObject });
  const { batch_id: id, provider, model, status, original_file_path: file, created_at: createdAt } = record;
  return {
    path,
    id,
    provider,
    model,
    status,
    file,
    rows: Object.keys(record.id_map).length,
    createdAt,
    part,
  };
}

/** @throws LoomError `file-unreadable`, when somebody has deleted its file meanwhile; `file-unwritable` */
export async function changeBatch(home: Home, seen: SeenBatch, change: BatchChange): Promise<SeenBatch> {
  const record = await recordOf(seen);
  const { id = seen.id, status = seen.status, part = {}, without = [] } = change;
  const next: JobPart = { ...seen.part, ...part };
  for (const name of without) delete (next as { [K in keyof JobPart]?: unknown })[name];
  const written = await writeBatch(home, { ...record, batch_id: id, status }, next);
  // From here on the new file counts, so that a crash between the two does no harm.
  if (written.path !== seen.path) await removeFile(seen.path);
  return written;
}

/** With its map of ids. @throws LoomError `file-unreadable` */
export async function recordOf({ path }: Pick<SeenBatch, "path">): Promise<BatchRecord> {
  const record = await recordAt(path);
  if (record !== undefined) return record;
  throw loomError("file-unreadable", `${path} is gone: somebody has deleted it meanwhile`, { file: path });
}

/** Whatever the file is called: people may have changed the id in it. `undefined`: it is not there, or broken. */
export async function recordAt(path: string): Promise<BatchRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileUnreadable(path, cause);
  }
  try {
    return batchRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // the list of all batches says what is wrong with it
  }
}

/** @throws LoomError `file-unwritable` */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw fileUnwritable(path, cause);
  }
}
