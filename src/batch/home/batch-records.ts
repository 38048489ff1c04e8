/** The state files of batches: written whole, found by id, listed one by one. */

import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LoomError, loomError } from "../../errors/index.ts";
import { safeName } from "../output-path.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { type BatchRecord, batchRecordSchema } from "./batch-record.ts";
import { fileUnreadable, fileUnwritable, systemCode } from "./file-fault.ts";
import { ensureFolder, type LoomHome } from "./loom-home.ts";

/** A state file: what it holds, or what is wrong with it. */
export type ListedRecord =
  | { readonly file: string; readonly record: BatchRecord }
  | { readonly file: string; readonly problem: LoomError<"file-unreadable"> };

type Home = Pick<LoomHome, "batches">;

/** A name of a file may have 255 bytes, and the temporary one needs some more. */
const longestName = 180;

/**
 * Writes or replaces the file of a batch.
 *
 * @returns its path
 * @throws LoomError `file-unwritable`
 */
export async function writeRecord(home: Home, record: BatchRecord): Promise<string> {
  await ensureFolder(home.batches);
  const path = await pathFor(home, record);
  await writeFileAtomic(path, JSON.stringify(record, null, 2) + "\n");
  return path;
}

/** The batch of this id; `undefined`: there is no file of it. @throws LoomError `file-unreadable`, when its file is broken */
export async function readRecord(home: Home, id: string): Promise<BatchRecord | undefined> {
  const found = await find(home, ({ batch_id }) => batch_id === id, endingsOf(id));
  if (found !== undefined && "problem" in found) throw found.problem;
  return found?.record;
}

/** All of them, by name; each is read when it is asked for, since its map of ids may be large. */
export async function* listRecords(home: Home): AsyncGenerator<ListedRecord> {
  for (const name of await namesIn(home)) {
    const listed = await load(join(home.batches, name));
    if (listed !== undefined) yield listed;
  }
}

/** Deletes the file of a batch; none there is fine. @throws LoomError `file-unwritable` */
export async function removeRecord(home: Home, named: Named): Promise<void> {
  const found = await find(home, (one) => isOf(one, named), endingsOf(named.batch_id));
  if (found === undefined || "problem" in found) return;
  try {
    await rm(found.file, { force: true });
  } catch (cause) {
    throw fileUnwritable(found.file, cause);
  }
}

/** `<provider>_<safe_id>.json`; where another batch has that name already (`a/b` and `a_b`), with a digest behind it. */
async function pathFor({ batches }: Home, { provider, batch_id }: BatchRecord): Promise<string> {
  const [plain = "", digested = ""] = endingsOf(batch_id).map((ending) =>
    join(batches, safeName(provider) + ending)
  );
  for (const path of [plain, digested]) {
    const there = await load(path);
    if (there !== undefined && "record" in there && isOf(there.record, { provider, batch_id })) return path;
  }
  const namesake = await load(plain);
  return namesake !== undefined && "record" in namesake ? digested : plain;
}

type Named = Pick<BatchRecord, "provider" | "batch_id">;

function isOf(record: BatchRecord, { provider, batch_id }: Named): boolean {
  return record.batch_id === batch_id && record.provider === provider;
}

/** How the name of a batch's file may end; the usual way first. */
function endingsOf(id: string): readonly string[] {
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 16);
  const safe = safeName(id);
  const digested = `_${shortened(safe)}_${digest}.json`;
  return Buffer.byteLength(safe) > longestName ? [digested, digested] : [`_${safe}.json`, digested];
}

function shortened(safe: string): string {
  let text = safe.slice(0, longestName);
  while (Buffer.byteLength(text) > longestName) text = text.slice(0, -1);
  return text;
}

/** The fitting one among the files whose names end so; a broken one only where no other fits. */
async function find(
  home: Home,
  fits: (record: BatchRecord) => boolean,
  endings: readonly string[],
): Promise<ListedRecord | undefined> {
  let broken: ListedRecord | undefined;
  for (const name of await namesIn(home)) {
    if (!endings.some((ending) => name.endsWith(ending))) continue;
    const listed = await load(join(home.batches, name));
    if (listed === undefined) continue;
    if ("problem" in listed) broken ??= listed;
    else if (fits(listed.record)) return listed;
  }
  return broken;
}

async function namesIn({ batches }: Home): Promise<readonly string[]> {
  try {
    return (await readdir(batches)).filter((name) => name.endsWith(".json")).sort();
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw fileUnreadable(batches, cause);
  }
}

/** `undefined`: it is not there, or not any more. */
async function load(file: string): Promise<ListedRecord | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    return systemCode(cause) === "ENOENT" ? undefined : { file, problem: fileUnreadable(file, cause) };
  }
  try {
    return { file, record: batchRecordSchema.parse(JSON.parse(text)) };
  } catch (cause) {
    const message = `${file} is not the state of a batch: ${problemOf(cause)}; mend or delete it`;
    return { file, problem: loomError("file-unreadable", message, { file }, { cause }) };
  }
}

function problemOf(cause: unknown): string {
  const issue = (cause as { readonly issues?: readonly Issue[] }).issues?.[0];
  // JSON.parse quotes what it read; ids of rows are not for messages.
  return issue === undefined ? "it is no JSON" : `${issue.path.join(".")}: ${issue.message}`;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
