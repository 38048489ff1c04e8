/** Reads single lines of a file by offset, through blocks that stay in memory for a while. */

import type { FileHandle } from "node:fs/promises";

export interface LineReader {
  /** The line that begins there, without its end. A promise only where its block must be read first. */
  line(offset: number): Buffer | Promise<Buffer>;
}

const blockBytes = 1024 * 1024;

/** Records lie roughly in the order of their rows, in as many stretches as there were runs. */
const blocksKept = 8;

export function lineReader(file: Pick<FileHandle, "read">): LineReader {
  // Oldest use first.
  const blocks = new Map<number, Buffer>();
  let latest = -1;

  const block = (number: number): Buffer | undefined => {
    const bytes = blocks.get(number);
    if (bytes !== undefined && number !== latest) keep(number, bytes);
    return bytes;
  };

  const keep = (number: number, bytes: Buffer): void => {
    blocks.delete(number);
    blocks.set(number, bytes);
    latest = number;
    if (blocks.size <= blocksKept) return;
    for (const oldest of blocks.keys()) return void blocks.delete(oldest);
  };

  const load = async (number: number): Promise<Buffer> => {
    const bytes = Buffer.allocUnsafeSlow(blockBytes);
    let filled = 0;
    while (filled < blockBytes) {
      const { bytesRead } = await file.read(bytes, filled, blockBytes - filled, number * blockBytes + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const whole = bytes.subarray(0, filled);
    keep(number, whole);
    return whole;
  };

  /** A line across blocks, or in one that must be read, again where the file has grown since. */
  const gather = async (offset: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    let number = Math.floor(offset / blockBytes);
    let start = offset - number * blockBytes;
    while (true) {
      const known = block(number);
      const ends = known !== undefined && (known.length === blockBytes || known.indexOf(10, start) >= 0);
      const bytes = ends ? known : await load(number);
      const end = bytes.indexOf(10, start);
      pieces.push(bytes.subarray(start, end < 0 ? bytes.length : end));
      if (end >= 0) return Buffer.concat(pieces);
      if (bytes.length < blockBytes) throw new Error("it ends in the middle of a line");
      start = 0;
      number++;
    }
  };

  return {
    line: (offset) => {
      const number = Math.floor(offset / blockBytes);
      const start = offset - number * blockBytes;
      const bytes = block(number);
      const end = bytes === undefined ? -1 : bytes.indexOf(10, start);
      return bytes === undefined || end < 0 ? gather(offset) : bytes.subarray(start, end);
    },
  };
}
