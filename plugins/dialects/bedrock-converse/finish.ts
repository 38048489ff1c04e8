/** Why a model on Bedrock stopped. */

import type { FinishReason } from "../../../src/plugin.ts";

const words: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool-calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  guardrail_intervened: "content-filter",
  content_filtered: "content-filter",
  refusal: "content-filter",
};

/** Some models end a turn with calls like any other; what counts is that there are calls to run. */
export function finishReason(word: string | undefined, hasToolCalls: boolean): FinishReason {
  const reason = (word === undefined ? undefined : words[word]) ?? "other";
  return hasToolCalls && (reason === "stop" || reason === "other") ? "tool-calls" : reason;
}
