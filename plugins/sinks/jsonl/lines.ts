/** Appends whole lines to a file that other processes append to as well, and puts it aside when it is full or of yesterday. */

import { type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type CallRecord, type Clock, loomError } from "../../../src/plugin.ts";
import { asideName } from "./aside.ts";

export interface LinesOptions {
  readonly path: string;
  readonly maxFileBytes: number;
  readonly clock: Pick<Clock, "now">;
  /** A file was put aside. */
  rotated(): void;
}

export interface Lines {
  /** @throws what the file system said; then nothing more of this batch is written */
  append(records: readonly CallRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Answers are nobody else's business. */
const ownerOnly = 0o600;
const dayMs = 86_400_000;

/** @throws LoomError `config-invalid`, when the file cannot be opened at all */
export async function openLines({ path, maxFileBytes, clock, rotated }: LinesOptions): Promise<Lines> {
  let file: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    file = await open(path, "a", ownerOnly);
  } catch (cause) {
    throw loomError("config-invalid", `sink jsonl: path ${path} cannot be written`, { path: "path" }, {
      cause,
    });
  }
  /** A line was cut off half-way, by a full disk. */
  let torn = false;
  /** Day of the first line that this process knows of in the file, and the file it was. */
  let day: { readonly ino: number; readonly index: number } | undefined;

  /** Of a file that somebody else put aside we hold the old one; lines belong into the new one. */
  async function freshen(): Promise<void> {
    const [named, held] = await Promise.all([stat(path).catch(ifMissing), file.stat()]);
    if (named?.ino === held.ino && named.dev === held.dev) return;
    await reopen();
  }

  async function reopen(): Promise<void> {
    const next = await open(path, "a", ownerOnly);
    const before = file;
    file = next;
    torn = false;
    await before.close();
  }

  async function rotateFor(bytes: number): Promise<void> {
    const { ino, size, birthtimeMs, mtimeMs } = await file.stat();
    const today = Math.floor(clock.now() / dayMs);
    if (day?.ino !== ino) {
      // Before this process knew it: as old as its last line, or just made.
      day = { ino, index: size > 0 ? Math.floor(Math.max(birthtimeMs, mtimeMs) / dayMs) : today };
    }
    if (size === 0) return;
    if (size + bytes <= maxFileBytes && day.index >= today) return;
    // Gone already: another process was faster.
    await rename(path, asideName(path, clock.now())).catch(ifMissing);
    await reopen();
    const { ino: made } = await file.stat();
    day = { ino: made, index: today };
    rotated();
  }

  async function append(records: readonly CallRecord[]): Promise<void> {
    const bytes = Buffer.from((torn ? "\n" : "") + textOf(records));
    await freshen();
    await rotateFor(bytes.length);
    // Opened for appending, so one write is one piece, whoever else writes.
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten === bytes.length) {
      torn = false;
      return;
    }
    torn = true;
    // Says why: what is left is written once more, and a full disk refuses it.
    const { bytesWritten: rest } = await file.write(bytes, bytesWritten);
    if (bytesWritten + rest < bytes.length) throw new Error(`only ${bytesWritten + rest} bytes were taken`);
    torn = false;
  }

  return { append, close: () => file.close() };
}

function textOf(records: readonly CallRecord[]): string {
  let text = "";
  for (const record of records) text += JSON.stringify(record) + "\n";
  return text;
}

function ifMissing(error: { readonly code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}
