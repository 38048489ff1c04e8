/** Which targets a call is too large for, so that no request is wasted on them while another would take it. */

import type { Call } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import { estimateInputTokens, estimateOutputTokens } from "../util/estimate-input.ts";

/** More than any turn's separators, picture or document is taken for. */
const roughTokensPerPart = 1_000;

/**
 * Targets whose context is known and smaller than the call with its answer, by estimate. `undefined`: none, or all, so that
 * there is nothing to choose.
 */
export function tooSmall(call: Call, targets: readonly Target[]): ReadonlySet<Target> | undefined {
  if (call.modality !== "text") return undefined;
  let smallest = Infinity;
  for (const { contextTokens } of targets) {
    if (contextTokens !== undefined && contextTokens < smallest) smallest = contextTokens;
  }
  if (smallest === Infinity || fitsEasily(call, targets, smallest)) return undefined;
  const inputTokens = estimateInputTokens(call);
  const found = new Set(
    targets.filter((target) =>
      target.contextTokens !== undefined && inputTokens + estimateOutputTokens(target) > target.contextTokens
    ),
  );
  return found.size === 0 || found.size === targets.length ? undefined : found;
}

/** By lengths alone, which cost nothing: no text has more tokens than characters. */
function fitsEasily(call: Call, targets: readonly Target[], smallest: number): boolean {
  if (call.tools !== undefined) return false;
  let tokens = (call.prompt ?? "").length;
  for (const { content } of call.messages) {
    tokens += roughTokensPerPart;
    if (typeof content === "string") tokens += content.length;
    else {
      for (const part of content) {
        tokens += roughTokensPerPart;
        if ("text" in part) tokens += part.text.length;
        else if (part.type === "tool-call") tokens += part.name.length + part.arguments.length;
      }
    }
    if (tokens > smallest) return false;
  }
  return targets.every((target) => tokens + estimateOutputTokens(target) <= smallest);
}
