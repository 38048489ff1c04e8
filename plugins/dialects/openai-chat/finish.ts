/** Why a model stopped, from each vendor's word to the five that mean the same everywhere. */

import { asText, type Fields, type FinishReason, type Manifest } from "../../../src/plugin.ts";

/** `error`: the answer is not one. */
export type FinishReader = (word: string) => FinishReason | "error";

/** Words of vendors that speak this dialect, beside those their manifests add. */
const words: Readonly<Record<string, FinishReason | "error">> = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  model_context_window_exceeded: "length",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  refusal: "content-filter",
  safety: "content-filter",
  error: "error",
  network_error: "error",
};

export function finishReader(manifest: Manifest): FinishReader {
  const table = new Map(Object.entries({ ...words, ...manifest.finish }));
  return (word) => table.get(word) ?? table.get(word.toLowerCase()) ?? "other";
}

/** The word that counts. OpenRouter calls it `stop` when the connection to the vendor behind it broke. */
export function finishWord(choice: Fields): string | undefined {
  return choice["native_finish_reason"] === "network_error"
    ? "network_error"
    : asText(choice["finish_reason"]);
}

/** A forced tool ends with `stop` at several vendors; what counts is that there are calls to run. */
export function settled(reason: FinishReason, hasToolCalls: boolean): FinishReason {
  return hasToolCalls && (reason === "stop" || reason === "other") ? "tool-calls" : reason;
}
