/** How much a model shall think, in the words of its maker. */

import type { Attempting, Json, Notice } from "../../../src/plugin.ts";
import { claudeThinking } from "./claude-thinking.ts";
import { familyOf } from "./family.ts";
import { dropped } from "./invalid.ts";

const threeSteps: Readonly<Record<string, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

/** Writes the effort into the model's own fields; what the caller wrote there in the maker's words stays. */
export function writeThinking(
  ctx: Attempting,
  config: Record<string, Json>,
  model: Record<string, Json>,
  notices: Notice[],
): void {
  const effort = ctx.target.params["reasoning_effort"];
  if (typeof effort !== "string") return;
  const steps = threeSteps[effort];
  switch (familyOf(ctx.target.upstreamModel)) {
    case "anthropic":
      if (model["thinking"] === undefined) claudeThinking(ctx, effort, config, model, notices);
      return;
    case "gpt-oss":
      // It cannot stop thinking altogether.
      if (steps === undefined) notices.push(dropped(ctx, "reasoning_effort"));
      else model["reasoning_effort"] ??= steps;
      return;
    case "openai":
      model["reasoning"] ??= { effort };
      return;
    case "qwen":
      if (steps !== undefined) model["reasoning_config"] ??= steps;
      return;
    case "nova-2":
      if (model["reasoningConfig"] === undefined) nova(ctx, steps, config, model, notices);
      return;
    default:
      if (effort !== "none") notices.push(dropped(ctx, "reasoning_effort"));
  }
}

/** At `high`, Nova refuses to be told how long or how random the answer shall be. */
function nova(
  ctx: Attempting,
  effort: string | undefined,
  config: Record<string, Json>,
  model: Record<string, Json>,
  notices: Notice[],
): void {
  if (effort === undefined) {
    model["reasoningConfig"] = { type: "disabled" };
    return;
  }
  model["reasoningConfig"] = { type: "enabled", maxReasoningEffort: effort };
  if (effort !== "high") return;
  for (const name of ["maxTokens", "temperature", "topP"]) {
    if (config[name] === undefined) continue;
    delete config[name];
    notices.push(dropped(ctx, name, " at the highest effort"));
  }
}
