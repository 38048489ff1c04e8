/** Counts and deletes the files of the response cache, a million of them in bounded memory. */

import type { Dirent } from "node:fs";
import { lstat, opendir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { fileUnreadable, fileUnwritable, systemCode } from "./file-fault.ts";
import type { LoomHome } from "./loom-home.ts";

export interface CacheSize {
  /** Answers; what a crash left half-written is not one. */
  readonly files: number;
  /** Of all that is or would be deleted. */
  readonly bytes: number;
}

const answerName = /^[0-9a-f]{64}\.json$/;
const temporaryName = /^[0-9a-f]{64}\.[0-9a-f-]{36}-\d+\.tmp$/;

/** Files in hand at a time. */
const bunchSize = 256;

const mostRounds = 4;

/** What clearing would delete. @throws LoomError `file-unreadable` */
export async function measureCache(home: Pick<LoomHome, "cache">): Promise<CacheSize> {
  const { files, bytes } = await walk(home.cache, sizeOf);
  return { files, bytes };
}

/** Deletes answers and nothing else. @throws LoomError `file-unwritable`, naming the file that cannot be deleted */
export async function clearCache(home: Pick<LoomHome, "cache">): Promise<CacheSize> {
  let [files, bytes] = [0, 0];
  // Some file systems skip entries of a folder from which files are being deleted; a run beside this one may add new ones.
  for (let round = 0; round < mostRounds; round++) {
    const walked = await walk(home.cache, removed);
    files += walked.files;
    bytes += walked.bytes;
    if (walked.seen === 0) break;
  }
  return { files, bytes };
}

interface Walked extends CacheSize {
  readonly seen: number;
}

/** @param visit gives the size of a file, or `undefined` when it is gone */
async function walk(folder: string, visit: (path: string) => Promise<number | undefined>): Promise<Walked> {
  let [files, bytes, seen] = [0, 0, 0];
  let bunch: string[] = [];
  const visitBunch = async (): Promise<void> => {
    const sizes = await Promise.all(bunch.map((name) => visit(join(folder, name))));
    sizes.forEach((size, at) => {
      if (size === undefined) return;
      seen++;
      bytes += size;
      if (bunch[at]?.endsWith(".json") === true) files++;
    });
    bunch = [];
  };
  for await (const entry of entriesOf(folder)) {
    if (!isOurs(entry)) continue;
    bunch.push(entry.name);
    if (bunch.length === bunchSize) await visitBunch();
  }
  await visitBunch();
  return { files, bytes, seen };
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: bunchSize });
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") throw fileUnreadable(folder, cause);
  }
}

function isOurs(entry: Dirent): boolean {
  return !entry.isDirectory() && (answerName.test(entry.name) || temporaryName.test(entry.name));
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size;
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileUnreadable(path, cause);
  }
}

async function removed(path: string): Promise<number | undefined> {
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  try {
    await unlink(path);
    return size;
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileUnwritable(path, cause);
  }
}
