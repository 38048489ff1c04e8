/** How much Claude shall think: an effort from 4.6 on, a number of tokens before. */

import type { Attempting, Json, Notice } from "../../../src/plugin.ts";
import { claudeOf } from "./claude.ts";
import { dropped } from "./invalid.ts";

/** Tokens of thinking for Claude before 4.6. Its own least is 1024. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};
const leastBudget = 1024;
/** What remains for the answer where nobody says how long it may be. */
const answerTokens = 8192;

export function claudeThinking(
  ctx: Attempting,
  effort: string,
  config: Record<string, Json>,
  model: Record<string, Json>,
  notices: Notice[],
): void {
  const { thinking, alwaysThinks, efforts } = claudeOf(ctx.target.upstreamModel);
  const leaveOut = () => notices.push(dropped(ctx, "reasoning_effort"));
  if (effort === "none") {
    if (alwaysThinks) leaveOut();
    else if (thinking !== "none") model["thinking"] = { type: "disabled" };
    return;
  }
  const budget = budgets[effort];
  if (thinking === "none" || budget === undefined) return void leaveOut();
  if (thinking === "adaptive") {
    model["thinking"] = { type: "adaptive" };
    model["output_config"] ??= { effort: nearest(effort, efforts) };
    return;
  }
  const { toolChoice } = ctx.call;
  // Thinking and a tool that must be called exclude each other; the call asks for the tool itself.
  if (toolChoice === "required" || typeof toolChoice === "object") return void leaveOut();
  const { maxTokens } = config;
  // Thinking is a part of what `maxTokens` bounds, and must leave room for an answer.
  if (typeof maxTokens === "number" && maxTokens <= leastBudget) return void leaveOut();
  if (typeof maxTokens !== "number") config["maxTokens"] = budget + answerTokens;
  const most = typeof maxTokens === "number"
    ? Math.max(leastBudget, Math.min(budget, maxTokens - 1))
    : budget;
  model["thinking"] = { type: "enabled", budget_tokens: most };
  plainSampling(ctx, config, model, notices);
}

/** While it thinks for a number of tokens, Claude takes no sampling params. */
function plainSampling(
  ctx: Attempting,
  config: Record<string, Json>,
  model: Record<string, Json>,
  notices: Notice[],
): void {
  for (const [fields, name] of [[config, "temperature"], [config, "topP"], [model, "top_k"]] as const) {
    if (fields[name] === undefined || (name === "temperature" && fields[name] === 1)) continue;
    delete fields[name];
    notices.push(dropped(ctx, name));
  }
}

const steps = ["minimal", "low", "medium", "high", "xhigh", "max"];

/** The same effort, or the next weaker one that there is. */
function nearest(effort: string, efforts: readonly string[]): string {
  for (let at = steps.indexOf(effort); at >= 0; at--) {
    const step = steps[at] as string;
    if (efforts.includes(step)) return step;
  }
  return efforts[0] ?? "low";
}
