/** How many tokens a row's answer is taken to have, and how long it takes: what nobody can know before. */

import type { Params } from "../../contract/message.ts";
import type { Target } from "../../contract/target.ts";
import { estimateOutputTokens } from "../../util/estimate-input.ts";
import type { TokenForecast } from "./forecast.ts";

/** What each vendor calls the bound, at the top of the params. */
const bounds = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"];

/** Until the answer begins, and for each token of it: round figures of middling models at the end of 2026. */
const firstTokenMs = 800;
const tokenMs = 15;

export type AssumedOutput = Pick<TokenForecast, "outputPerRow" | "outputFrom">;

/**
 * @param given the caller's own expectation, which wins
 * @param answered rows that were answered before, and their tokens
 */
export function assumedOutput(
  target: Target,
  given: number | undefined,
  answered: { readonly ok: number; readonly outputTokens: number } | undefined,
): AssumedOutput {
  if (given !== undefined) return { outputPerRow: given, outputFrom: "given" };
  if (answered !== undefined && answered.ok > 0 && answered.outputTokens > 0) {
    return { outputPerRow: Math.ceil(answered.outputTokens / answered.ok), outputFrom: "answers" };
  }
  const bound = outputBound(target.params);
  if (bound !== undefined) return { outputPerRow: bound, outputFrom: "params" };
  return { outputPerRow: estimateOutputTokens(target), outputFrom: "guess" };
}

/** The most tokens that an answer may have, where params say so. */
export function outputBound(params: Params): number | undefined {
  for (const name of bounds) {
    const value = params[name];
    if (typeof value === "number" && value > 0) return Math.ceil(value);
  }
  return undefined;
}

/** How long one row is taken to need, answered live. */
export function assumedRowMs(outputTokens: number): number {
  return firstTokenMs + outputTokens * tokenMs;
}
