/** Reads the lines of a file one after the other, since the whole may be longer than a text can be. */

import { createReadStream } from "node:fs";

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the line's end; `undefined`: it is longer than anybody may be. */
  readonly text: string | undefined;
}

const lineFeed = 0x0a;

/** Gives the lines that hold anything. @throws the disk's error */
export async function* linesOf(path: string, maxLineBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let size = 0;
  let pieces: Uint8Array[] = [];
  const line = (): Line | undefined => {
    number++;
    // A byte order mark counts as space, too.
    const text = size > maxLineBytes ? undefined : Buffer.concat(pieces).toString("utf8").trim();
    size = 0;
    pieces = [];
    if (text === "") return undefined;
    return { number, text };
  };
  const take = (piece: Uint8Array) => {
    size += piece.length;
    if (size > maxLineBytes) pieces = [];
    else pieces.push(piece);
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(lineFeed, from);
      if (to === -1) break;
      take(chunk.subarray(from, to));
      from = to + 1;
      const found = line();
      if (found !== undefined) yield found;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (size > 0) {
    const found = line();
    if (found !== undefined) yield found;
  }
}
