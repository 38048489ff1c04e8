/** Bytes to text, refusing what is not UTF-8, whatever borders the chunks have. */

import { unreadable } from "./faults.ts";

/** Text with the very bytes it was decoded from. */
export interface TextChunk {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface StrictUtf8 {
  /** The characters that are complete; the rest waits for the next chunk. @throws LoomError `file-unreadable` */
  push(chunk: Uint8Array): TextChunk;
  /** @throws LoomError `file-unreadable`, when the last character is cut off */
  end(): void;
}

export function strictUtf8(file: string): StrictUtf8 {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let carried = new Uint8Array(0);
  let offset = 0;
  let line = 1;

  function refuse(bytes: Uint8Array): never {
    const at = firstBadByte(bytes);
    throw unreadable(file, problemAt(bytes, at, offset + at, line + linesIn(bytes.subarray(0, at))));
  }

  return {
    push(chunk) {
      const whole = carried.length === 0 ? chunk : joined(carried, chunk);
      const end = completeLength(whole);
      const bytes = whole.subarray(0, end);
      let text: string;
      try {
        text = decoder.decode(bytes);
      } catch {
        return refuse(bytes);
      }
      carried = whole.slice(end);
      offset += end;
      line += linesIn(bytes);
      return { text, bytes };
    },
    end() {
      if (carried.length > 0) refuse(carried);
    },
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

/** Without a last character whose bytes have not all come yet. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Halves the chunk until the first prefix is found that does not begin any valid text. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPrefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return Math.min(good, bytes.length - 1);
}

function isPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function problemAt(bytes: Uint8Array, at: number, offset: number, line: number): string {
  if (offset === 0 && (bytes[0] === 0xff || bytes[0] === 0xfe)) {
    return "it is UTF-16; convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8";
  }
  if (offset === 1 && at === 1 && bytes[0] === 0x1f) {
    return "it holds gzip data where text is expected; its name must end in .gz, once for each time it was packed";
  }
  const where = `byte ${offset} (line ${line}) is not UTF-8`;
  return `${where}; convert it, for example with iconv -f WINDOWS-1252 -t UTF-8`;
}
