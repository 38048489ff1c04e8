/** Writes a whole plain completion: of an answer, its text. */

import type { FinishReason, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";
import { usageFields } from "../openai-chat/pieces.ts";
import type { UsageFields } from "../openai-chat/shapes.ts";
import { echoOf } from "./read.ts";

export type TextFinish = "stop" | "length" | "content_filter";

export type TextCompletion = {
  id: string;
  object: "text_completion";
  created: number;
  model: string;
  choices: { text: string; index: number; logprobs: null; finish_reason: TextFinish }[];
  usage?: UsageFields;
};

/** One alternative while it is put together. */
interface Alternative {
  text: string;
  finish: FinishReason | undefined;
}

export function writeCompletion(parts: readonly Part[], facts: AnswerFacts): TextCompletion {
  const alternatives = new Map<number, Alternative>();
  const echo = echoOf(facts);
  const at = (choice = 0): Alternative => {
    const found = alternatives.get(choice);
    if (found !== undefined) return found;
    const made: Alternative = { text: echo, finish: undefined };
    alternatives.set(choice, made);
    return made;
  };
  let { id, model } = { id: `cmpl-${facts.callId}`, model: facts.model };
  let usage: Usage | undefined;
  for (const part of parts) {
    if (part.type === "response") {
      id = part.id ?? id;
      model = part.model ?? model;
    } else if (part.type === "usage") usage = part.usage;
    else if (part.type === "finish") at(part.choice).finish ??= part.reason;
    // A refusal is text here too: there is no other place for it.
    else if (part.type === "text" || part.type === "refusal") at(part.choice).text += part.text;
  }
  usage ??= facts.usage;
  if (alternatives.size === 0) at();
  return {
    id,
    object: "text_completion",
    created: facts.createdAtS,
    model,
    choices: [...alternatives].sort(([one], [other]) => one - other).map(([index, { text, finish }]) => ({
      text,
      index,
      logprobs: null,
      finish_reason: textFinish(finish),
    })),
    ...(usage !== undefined && { usage: usageFields(usage) }),
  };
}

export function textFinish(reason: FinishReason | undefined): TextFinish {
  if (reason === "length") return "length";
  return reason === "content-filter" ? "content_filter" : "stop";
}
