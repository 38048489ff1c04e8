/** Guesses the tokens of a call: before it is made, for price limits, and after a stream broke before it was counted. */

import type { Call } from "../contract/call.ts";
import type { Message } from "../contract/message.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { estimateTokens } from "../util/estimate-tokens.ts";

/** Tokens that roles and separators add to each turn. */
const tokensPerMessage = 4;
/** What a picture or document is taken for; vendors count from some 85 to some 1,600. */
const tokensPerAttachment = 800;
/** Output that is assumed when neither the call nor the catalog bounds it. */
const assumedOutputTokens = 1_024;

/** Seconds of film that are assumed when the call names none: vendors make 4 to 8. */
const assumedVideoSeconds = 8;
/** The vendors' names for how many pictures, and how many seconds of film, are wanted. */
const pictureCounts = ["n", "num_images", "sampleCount", "numberOfImages"];
const durations = ["seconds", "duration", "durationSeconds", "duration_seconds"];

/** The usage of a call whose answer was `output`. */
export function estimateUsage(call: Call, output: string): Usage {
  return estimatedUsage(estimateInputTokens(call), estimateTokens(output));
}

/** The most that a call may use at a target. */
export function worstUsage(call: Call, target: Target): Usage {
  const usage = estimatedUsage(
    estimateInputTokens(call),
    call.modality === "text" ? estimateOutputTokens(target) : 0,
  );
  switch (call.modality) {
    case "image":
      return { ...usage, images: firstNumber(target.params, pictureCounts) ?? 1 };
    case "video":
      return { ...usage, seconds: firstNumber(target.params, durations) ?? assumedVideoSeconds };
    case "speech":
      return { ...usage, characters: (call.prompt ?? "").length };
    case "rerank":
      return { ...usage, queries: 1 };
    default:
      return usage;
  }
}

function estimatedUsage(inputTokens: number, outputTokens: number): Usage {
  return {
    inputTokens,
    outputTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens,
    estimated: true,
  };
}

/** Tokens that go in: turns, tools, prompt and inputs. */
function estimateInputTokens(call: Call): number {
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
function estimateOutputTokens(target: Target): number {
  for (const name of ["max_tokens", "max_completion_tokens", "max_output_tokens"]) {
    const value = target.params[name];
    if (typeof value === "number" && value > 0) return value;
  }
  return Math.min(target.maxOutputTokens ?? assumedOutputTokens, assumedOutputTokens);
}

/** The first of these params that is a number above 0, or the text of one: OpenAI takes seconds as "8". */
function firstNumber(params: Target["params"], names: readonly string[]): number | undefined {
  return names.map((name) => Number(params[name])).find((value) => value > 0 && value < Infinity);
}
