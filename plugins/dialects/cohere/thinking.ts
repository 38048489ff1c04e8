/** How much a model shall think. */

import type { Attempting, Body, Json, Notice } from "../../../src/plugin.ts";
import { thinks } from "./generation.ts";

/**
 * Most tokens of thinking. Cohere's own advice is to set no bound, so only the lower efforts have one; it ends the thinking
 * there and lets the answer follow (docs.cohere.com/docs/reasoning).
 */
const budgets: Readonly<Record<string, number | undefined>> = {
  minimal: 512,
  low: 1024,
  medium: 4096,
  high: undefined,
  xhigh: undefined,
  max: undefined,
};

/** Cohere's own `thinking`, when the caller gave it, is there already and wins. */
export function writeThinking({ target }: Attempting, body: Body, notices: Notice[]): void {
  const effort = target.params["reasoning_effort"];
  if (effort === undefined || effort === null || body["thinking"] !== undefined) return;
  if (!thinks(target.upstreamModel)) {
    if (effort === "none") return;
    notices.push({
      code: "param-dropped",
      message: `${target.model} does not think; \`reasoning_effort\` was left out`,
    });
    return;
  }
  const word = String(effort);
  if (word !== "none" && !(word in budgets)) {
    notices.push({
      code: "param-dropped",
      message: `\`reasoning_effort\` has no value ${word}; it was left out`,
    });
    return;
  }
  body["thinking"] = word === "none" ? { type: "disabled" } : enabled(budgets[word]);
}

function enabled(budget: number | undefined): Json {
  return budget === undefined ? { type: "enabled" } : { type: "enabled", token_budget: budget };
}
