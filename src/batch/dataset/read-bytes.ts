/** The bytes of a file in chunks, out of gzip where it is in gzip. */

import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { aborted, systemReason, unreadable } from "./faults.ts";

/** A file as it was when it was opened first; the answers belong to its rows as they were then. */
export interface SourceFile {
  readonly path: string;
  readonly gzip: boolean;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** How far a reading is, in bytes of the file as it lies on disk. */
export interface ReadingProgress {
  bytes: number;
}

const chunkBytes = 64 * 1024;

/** @throws LoomError `file-unreadable` */
export async function sourceFile(path: string, gzip: boolean): Promise<SourceFile> {
  const handle = await opened(path);
  try {
    const { size, mtimeMs } = await regular(path, handle);
    return { path, gzip, bytes: size, modifiedMs: mtimeMs };
  } finally {
    await handle.close();
  }
}

/**
 * Reads from the beginning. A chunk is good until the next one is asked for.
 *
 * @throws LoomError `file-unreadable`: gone, changed since it was opened, broken gzip; `aborted`
 */
export async function* readBytes(
  source: SourceFile,
  progress: ReadingProgress,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  progress.bytes = 0;
  const handle = await opened(source.path);
  try {
    const { size, mtimeMs } = await regular(source.path, handle);
    if (size !== source.bytes || mtimeMs !== source.modifiedMs) throw changed(source);
    const chunks = source.gzip ? gunzipped(source, handle, progress) : plain(source, handle, progress);
    for await (const chunk of chunks) {
      if (signal?.aborted) throw aborted(signal);
      yield chunk;
      if (signal?.aborted) throw aborted(signal);
    }
    if (progress.bytes !== source.bytes) throw changed(source);
  } finally {
    await handle.close();
  }
}

async function* plain(
  { path }: SourceFile,
  handle: FileHandle,
  progress: ReadingProgress,
): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(chunkBytes);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null).catch((error) => {
      throw unreadable(path, systemReason(error) ?? "it could not be read", error);
    });
    if (bytesRead === 0) return;
    progress.bytes += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Several members in one file are read on; the runtimes' own decoder does that, and tells a truncated one. */
async function* gunzipped(
  source: SourceFile,
  handle: FileHandle,
  progress: ReadingProgress,
): AsyncGenerator<Uint8Array, void> {
  const packed = createReadStream("", { fd: handle, autoClose: false, highWaterMark: chunkBytes });
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  packed.on("data", (chunk) => progress.bytes += chunk.length);
  packed.on("error", (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    throw unreadable(source.path, gzipProblem(error), error);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
  // The decoder leaves zeros that pad the end unread.
  progress.bytes = source.bytes;
}

function gzipProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") return "the gzip data is truncated; get the whole file";
  if (code === "Z_DATA_ERROR") return "the gzip data is broken, or this is no gzip; check it with gzip -t";
  return systemReason(error) ?? "it could not be read";
}

function changed({ path }: SourceFile): Error {
  return unreadable(path, "it has changed since the work on it began; put it back, or begin anew");
}

async function opened(path: string): Promise<FileHandle> {
  try {
    // A pipe would wait for its writer forever.
    if (!(await stat(path)).isFIFO()) return await open(path, "r");
  } catch (error) {
    throw unreadable(path, systemReason(error) ?? "it could not be opened", error);
  }
  throw noFile(path);
}

async function regular(path: string, handle: FileHandle): Promise<{ size: number; mtimeMs: number }> {
  const found = await handle.stat();
  if (found.isDirectory()) throw unreadable(path, "it is a folder");
  if (!found.isFile()) throw noFile(path);
  return found;
}

function noFile(path: string): Error {
  return unreadable(path, "it is no regular file; a dataset is read more than once, so save it as one");
}
