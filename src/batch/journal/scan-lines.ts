/** Goes through a file line by line, in bytes and in bounded memory, and says where its last whole line ends. */

import type { FileHandle } from "node:fs/promises";
import { longestLineBytes } from "./journal-line.ts";

const blockBytes = 1024 * 1024;

/**
 * @param take is given a line without its end, valid only during the call, and where it begins
 * @returns the length of the file without a torn last line
 */
export async function scanLines(
  file: Pick<FileHandle, "read">,
  take: (line: Buffer, offset: number) => void,
): Promise<number> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  // Where the block begins in the file.
  let offset = 0;
  while (true) {
    const { bytesRead } = await file.read(block, filled, block.length - filled, offset + filled);
    if (bytesRead === 0) return offset;
    let start = 0;
    let end = block.subarray(0, filled + bytesRead).indexOf(10, filled);
    filled += bytesRead;
    const whole = block.subarray(0, filled);
    while (end >= 0) {
      take(whole.subarray(start, end), offset + start);
      start = end + 1;
      end = whole.indexOf(10, start);
    }
    block.copyWithin(0, start, filled);
    offset += start;
    filled -= start;
    if (filled < block.length) continue;
    if (filled >= longestLineBytes) return offset;
    const larger = Buffer.allocUnsafe(block.length * 2);
    block.copy(larger, 0, 0, filled);
    block = larger;
  }
}
