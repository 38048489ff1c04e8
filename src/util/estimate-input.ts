/** Guesses how many tokens a call has before it is made: for prices, for limits, and for whether it fits a model. */

import type { Call } from "../contract/call.ts";
import type { Message } from "../contract/message.ts";
import type { Target } from "../contract/target.ts";
import { estimateTokens } from "./estimate-tokens.ts";

/** Tokens that roles and separators add to each turn. */
const tokensPerMessage = 4;
/** What a picture or document is taken for; vendors count from some 85 to some 1,600. */
const tokensPerAttachment = 800;
/** Output that is assumed when neither the call nor the catalog bounds it. */
const assumedOutputTokens = 1_024;

/** Tokens that go in: turns, tools, prompt and inputs. Reads every text, so it is asked once per call at most. */
export function estimateInputTokens(call: Call): number {
  let tokens = estimateTokens(call.prompt ?? "");
  for (const message of call.messages) tokens += tokensPerMessage + messageTokens(message);
  for (const text of call.input ?? []) tokens += estimateTokens(text);
  for (const tool of call.tools ?? []) tokens += estimateTokens(JSON.stringify(tool));
  return tokens;
}

function messageTokens({ content }: Message): number {
  if (typeof content === "string") return estimateTokens(content);
  let tokens = 0;
  for (const part of content) {
    if ("text" in part) tokens += estimateTokens(part.text);
    else if (part.type === "tool-call") tokens += estimateTokens(part.name + part.arguments);
    else tokens += tokensPerAttachment;
  }
  return tokens;
}

/** Tokens that may come out at most: what the call allows, or a modest guess within the model's bound. */
export function estimateOutputTokens({ params, maxOutputTokens }: Target): number {
  for (const name of ["max_tokens", "max_completion_tokens", "max_output_tokens"]) {
    const value = params[name];
    if (typeof value === "number" && value > 0) return value;
  }
  return Math.min(maxOutputTokens ?? assumedOutputTokens, assumedOutputTokens);
}
