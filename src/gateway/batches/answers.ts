/** The answers of a batch, each written down as it comes: what is there is not asked again after a restart. */

import { type FileHandle, mkdir, open, stat, truncate } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Counts } from "./batch.ts";

export interface Answers {
  readonly counts: Omit<Counts, "total">;
  has(customId: string): boolean;
  /**
   * Writes a row's answer down. False: it has one already, or the batch is another process's by now.
   * @param isGood which of the two files it goes to
   */
  add(customId: string, isGood: boolean, line: string): Promise<boolean>;
  /** Settles when all is on disk. */
  close(): Promise<void>;
}

const lineFeed = 0x0a;

export function outputPath(folder: string): string {
  return join(folder, "output.jsonl");
}

export function errorPath(folder: string): string {
  return join(folder, "errors.jsonl");
}

/** @param isOurs asked before each line, since another process may have taken the batch over meanwhile */
export async function openAnswers(folder: string, isOurs: () => boolean): Promise<Answers> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const seen = new Set<string>();
  let completed = await reread(outputPath(folder), seen);
  let failed = await reread(errorPath(folder), seen);
  const output = await open(outputPath(folder), "a", 0o600);
  const errors = await open(errorPath(folder), "a", 0o600).catch(async (error) => {
    await output.close();
    throw error;
  });
  /** One after the other, so that no two lines get into each other. */
  let writing: Promise<void> = Promise.resolve();

  async function append(file: FileHandle, line: string): Promise<void> {
    await file.appendFile(`${line}\n`);
  }

  return {
    get counts() {
      return { completed, failed };
    },
    has: (customId) => seen.has(customId),
    async add(customId, isGood, line) {
      if (seen.has(customId) || !isOurs()) return false;
      seen.add(customId);
      writing = writing.then(() => append(isGood ? output : errors, line));
      await writing;
      if (isGood) completed++;
      else failed++;
      return true;
    },
    async close() {
      try {
        await writing;
        await Promise.all([output.sync(), errors.sync()]);
      } finally {
        await Promise.all([output.close(), errors.close()]);
      }
    },
  };
}

/** Reads whose answers are there. A last line that was cut short by the end of a process is no answer. */
async function reread(path: string, seen: Set<string>): Promise<number> {
  const size = await stat(path).then((found) => found.size, () => 0);
  if (size === 0) return 0;
  let rows = 0;
  let position = 0;
  let wholeBytes = 0;
  let pieces: Uint8Array[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    let from = 0;
    for (let to = chunk.indexOf(lineFeed); to !== -1; to = chunk.indexOf(lineFeed, from)) {
      pieces.push(chunk.subarray(from, to));
      const line = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { readonly custom_id: string };
      seen.add(line.custom_id);
      rows++;
      pieces = [];
      from = to + 1;
      wholeBytes = position + from;
    }
    pieces.push(chunk.subarray(from));
    position += chunk.length;
  }
  if (wholeBytes < size) await truncate(path, wholeBytes);
  return rows;
}
