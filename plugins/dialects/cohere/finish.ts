/** Why a model of Cohere's stopped. */

import type { FinishReason } from "../../../src/plugin.ts";

/** `error`: what came is not an answer. */
const words: Readonly<Record<string, FinishReason | "error">> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  TOOL_CALL: "tool-calls",
  ERROR: "error",
  TIMEOUT: "error",
  ERROR_TOXIC: "content-filter",
  ERROR_LIMIT: "length",
};

/** A forced call may end with `COMPLETE`; what counts is that there are calls to run. */
export function finishReason(word: string | undefined, hasToolCalls: boolean): FinishReason | "error" {
  const reason = word === undefined ? "other" : words[word.toUpperCase()] ?? "other";
  return hasToolCalls && (reason === "stop" || reason === "other") ? "tool-calls" : reason;
}
