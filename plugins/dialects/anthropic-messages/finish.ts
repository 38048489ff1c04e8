/** Why a model stopped, from the vendor's words. */

import type { FinishReason, Manifest } from "../../../src/plugin.ts";

/** `error`: the answer is not one. */
export type FinishReader = (word: string, hasToolCalls: boolean) => FinishReason | "error";

/** `pause_turn` and `compaction` mean: send the turn back, and the model goes on. */
const words: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
  pause_turn: "other",
  compaction: "other",
};

export function finishReader(manifest: Manifest): FinishReader {
  const table = new Map(Object.entries({ ...words, ...manifest.finish }));
  return (word, hasToolCalls) => {
    const reason = table.get(word) ?? "other";
    // Some hosts end a turn with calls as if it were plain; what counts is that there are calls to run.
    return hasToolCalls && reason === "stop" ? "tool-calls" : reason;
  };
}
