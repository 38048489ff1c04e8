/** Why a model stopped, from Google's words to the five that mean the same everywhere. */

import type { FinishReason } from "../../../src/plugin.ts";

const words: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  MODEL_ARMOR: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
};

/** Words of an answer that went wrong half-way: what came of it is given, and a warning says that it is not all. */
const broken: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
  "MALFORMED_RESPONSE",
]);

/** Calls end with `STOP`; what counts is that there are calls to run. */
export function finishReason(word: string | undefined, hasToolCalls: boolean): FinishReason {
  const reason = words[word ?? ""] ?? "other";
  return hasToolCalls && (reason === "stop" || reason === "other") ? "tool-calls" : reason;
}

export function isBroken(word: string | undefined): boolean {
  return word !== undefined && broken.has(word);
}
