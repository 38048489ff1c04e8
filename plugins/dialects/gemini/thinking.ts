/** Thinking: the portable `reasoning_effort` as a budget (generation 2.5) or a level (from generation 3). */

import type { Body, Json, Notice, Target } from "../../../src/plugin.ts";
import { familyOf } from "./family.ts";

/** Tokens, as Google's own translation of OpenAI's efforts has them. https://ai.google.dev/gemini-api/docs/openai#thinking */
const budgets: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

const levels: Readonly<Record<string, string>> = {
  none: "MINIMAL",
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
};

/** Google's models from 2.5 pro on cannot stop to think; this is the least. */
const leastBudget = 128;
const mostBudget = 32_768;

/**
 * Writes `thinkingConfig`. What the call says of it in Google's words wins; then no level is set beside a budget, which is
 * refused.
 */
export function writeThinking(
  effort: Json | undefined,
  config: Body,
  target: Target,
  notices: Notice[],
): void {
  if (effort === undefined || effort === null) return;
  const given = (config["thinkingConfig"] ?? {}) as Body;
  if (given["thinkingBudget"] !== undefined || given["thinkingLevel"] !== undefined) return;
  const word = String(effort);
  const { generation, size } = familyOf(target.upstreamModel);
  if (!(word in levels) || generation === undefined || generation < 2.5) {
    const message = word in levels
      ? `${target.upstreamModel} does not take a reasoning effort; it was left out`
      : `\`reasoning_effort\`: ${word} is none that is known; it was left out`;
    notices.push({ code: "param-dropped", message });
    return;
  }
  const made: Body = generation >= 3 ? { thinkingLevel: levels[word] } : { thinkingBudget: budgets[word] };
  // Seen refused: MINIMAL by 3.1-pro and 3.7-flash (400, "Thinking level MINIMAL is not supported for this model").
  if (made["thinkingLevel"] === "MINIMAL" && (size === "pro" || size === undefined || generation >= 3.5)) {
    made["thinkingLevel"] = "LOW";
  }
  if (size === "pro" && generation < 3) {
    if (word === "none") made["thinkingBudget"] = leastBudget;
    if (word === "xhigh" || word === "max") made["thinkingBudget"] = mostBudget;
  }
  const became = made["thinkingLevel"] ?? made["thinkingBudget"];
  if (isLess(word, became)) {
    const message = `${target.upstreamModel} has no reasoning effort \`${word}\`; it became ${became}`;
    notices.push({ code: "param-clamped", message });
  }
  if (word !== "none" && given["includeThoughts"] === undefined) made["includeThoughts"] = true;
  config["thinkingConfig"] = { ...made, ...given };
}

/** Whether what is sent is not what was asked for. */
function isLess(word: string, became: Json | undefined): boolean {
  if (word === "none") return became !== 0;
  if (word === "minimal") return became === "LOW";
  return (word === "xhigh" || word === "max") && became !== mostBudget;
}
