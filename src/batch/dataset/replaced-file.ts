/** A file that is written as a stream and appears at once: beside its place, flushed to disk, then renamed. */

import { type FileHandle, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import { systemReason, unwritable } from "./faults.ts";

export interface ReplacedFile {
  /** Settles when the text is with the system. @throws LoomError `file-unwritable` */
  write(text: string): Promise<void>;
  /** Puts it in its place. @throws LoomError `file-unwritable` */
  commit(): Promise<void>;
  /** Leaves everything as it was; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/** A temporary file that nobody has written to for this long belongs to a process that was killed. */
const staleMs = 3_600_000;

const bufferBytes = 256 * 1024;

/** @throws LoomError `file-unwritable`, when its folder may not be written, or what is there is no file */
export async function replacedFile(path: string, nowMs: () => number): Promise<ReplacedFile> {
  const place = await placeOf(path);
  const folder = dirname(place);
  const prefix = `.${basename(place).slice(0, 40)}.loom-`;
  await removeStale(folder, prefix, nowMs());
  const temporary = join(folder, `${prefix}${randomUUID()}.tmp`);
  const handle = await tried(path, open(temporary, "wx"));
  let isOpen = true;
  let isPlaced = false;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  }

  return {
    write: textWriter(path, handle),
    async commit() {
      await tried(path, handle.sync());
      await tried(path, close());
      await tried(path, rename(temporary, place));
      isPlaced = true;
      await syncFolder(path, folder);
    },
    async discard() {
      if (isPlaced) return;
      try {
        await close();
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}

/** Writes texts through one buffer, all of each, however little the system takes at a time. */
export function textWriter(path: string, handle: FileHandle): (text: string) => Promise<void> {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(bufferBytes);
  return async (text) => {
    for (let at = 0; at < text.length;) {
      const { read, written } = encoder.encodeInto(at === 0 ? text : text.slice(at), buffer);
      for (let from = 0; from < written;) {
        const { bytesWritten } = await tried(path, handle.write(buffer, from, written - from, null));
        from += bytesWritten;
      }
      at += read;
    }
  };
}

/** Through links: what they point to is replaced, not the link. */
async function placeOf(path: string): Promise<string> {
  const place = await realpath(path).catch((error) => {
    if (codeOf(error) === "ENOENT") return path;
    throw fault(path, error);
  });
  const found = await stat(place).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw fault(path, error);
  });
  if (found === undefined || found.isFile()) return place;
  throw unwritable(path, found.isDirectory() ? "it is a folder" : "it is no regular file");
}

async function removeStale(folder: string, prefix: string, nowMs: number): Promise<void> {
  // A folder that may be written but not listed is none of our business.
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(prefix) && name.endsWith(".tmp"))) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > staleMs) await rm(join(folder, name), { force: true });
  }
}

/** So that the new name survives a power failure, too. Not every system lets folders be opened or flushed. */
async function syncFolder(path: string, folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EPERM", "ENOTSUP", "EISDIR", "EBADF"].includes(codeOf(error) ?? "")) {
      throw fault(path, error);
    }
  } finally {
    await handle.close();
  }
}

async function tried<T>(path: string, running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    throw fault(path, error);
  }
}

function fault(path: string, error: unknown): Error {
  return unwritable(path, systemReason(error) ?? "the system gave no reason", error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
