/** About how much memory parts take: texts by their length, everything else a little. */

import type { Part } from "../contract/part.ts";

/** For the object itself and its short fields. */
const overheadBytes = 64;

/** Estimates one part. JavaScript keeps most texts at one byte per character, so that is what a character counts. */
export function partBytes(part: Part): number {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
    case "transcript":
    case "tool-call-delta":
      return overheadBytes + part.text.length;
    case "tool-call":
      return overheadBytes + part.arguments.length;
    case "image":
    case "video":
    case "audio":
      return overheadBytes + (part.dataB64?.length ?? 0) + (part.url?.length ?? 0);
    case "embedding":
      return overheadBytes + 8 * part.vector.length;
    case "citation":
      return overheadBytes + (part.citation.text?.length ?? 0) + (part.citation.url?.length ?? 0);
    default:
      return overheadBytes;
  }
}

export function batchBytes(batch: readonly Part[]): number {
  let bytes = 0;
  for (const part of batch) bytes += partBytes(part);
  return bytes;
}
