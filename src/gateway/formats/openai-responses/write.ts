/** Writes a whole answer. */

import type { FinishReason, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, Written } from "../../format.ts";
import { Output } from "./output.ts";
import { incompleteReason, responseObject, type Said } from "./response-object.ts";

export function writeAnswer(parts: readonly Part[], facts: AnswerFacts): Written {
  const output = new Output(facts);
  let said: Said = {};
  let usage: Usage | undefined;
  let finish: { readonly reason: FinishReason; readonly raw?: string } | undefined;
  for (const part of parts) {
    if (part.type === "response") said = part;
    else if (part.type === "usage") usage = part.usage;
    else if (part.type === "finish") finish = (part.choice ?? 0) === 0 ? part : finish;
    else output.take(part);
  }
  const reason = incompleteReason(finish?.reason, finish?.raw);
  const status = reason === undefined ? "completed" : "incomplete";
  output.close(status);
  const state = { status, output: output.items, usage: usage ?? facts.usage, reason } as const;
  return { json: responseObject(facts, said, state) };
}
