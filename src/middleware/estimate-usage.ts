/** Guesses the tokens of a call: before it is made, for price limits, and after a stream broke before it was counted. */

import type { Call } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { estimateInputTokens, estimateOutputTokens } from "../util/estimate-input.ts";
import { estimateTokens } from "../util/estimate-tokens.ts";

/** Seconds of film that are assumed when the call names none: vendors make 4 to 8. */
const assumedVideoSeconds = 8;
/** The vendors' names for how many pictures, and how many seconds of film, are wanted. */
const pictureCounts = ["n", "num_images", "sampleCount", "numberOfImages"];
const durations = ["seconds", "duration", "durationSeconds", "duration_seconds"];

/** The usage of a call whose answer was `output`. */
export function estimateUsage(call: Call, output: string): Usage {
  return estimatedUsage(estimateInputTokens(call), estimateTokens(output));
}

/** The most that a call may use at a target; with other tokens than those of the estimate, where they are given. */
export function worstUsage(
  call: Call,
  target: Target,
  inputTokens: number = estimateInputTokens(call),
  outputTokens: number = call.modality === "text" ? estimateOutputTokens(target) : 0,
): Usage {
  const usage = estimatedUsage(inputTokens, outputTokens);
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

/** The first of these params that is a number above 0, or the text of one: OpenAI takes seconds as "8". */
function firstNumber(params: Target["params"], names: readonly string[]): number | undefined {
  return names.map((name) => Number(params[name])).find((value) => value > 0 && value < Infinity);
}
