/** How much the model is to think: `reasoning_effort` in the form that its generation takes. */

import type { Body, Json, JsonObject } from "../../../src/plugin.ts";
import { generationOf } from "./generation.ts";
import { type Encoding, notice } from "./place.ts";

/** Tokens to think with, for models that take a budget: what the vendor's examples give for such tasks. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};

/** The API takes no smaller budget. */
const leastBudget = 1024;
/** What an answer has when neither the call nor the catalog says. */
const defaultMaxTokens = 4096;

/**
 * Writes `max_tokens`, `thinking` and `output_config.effort`. `broken`: the turn to go on with was begun without thinking.
 */
export function writeThinking(body: Body, broken: boolean, at: Encoding): void {
  const { target } = at.ctx;
  const effort = target.params["reasoning_effort"];
  const known = typeof effort === "string" && (effort === "none" || budgets[effort] !== undefined);
  if (effort !== undefined && effort !== null && !known) {
    dropped(at, `does not know the reasoning_effort ${JSON.stringify(effort)}`);
  }
  // The vendor's own field says it more exactly.
  if (known && body["thinking"] === undefined) {
    const form = generationOf(target.upstreamModel).thinking;
    if (form === "adaptive") return adaptive(effort, body, at);
    if (form === "budget" && effort !== "none") return budget(effort, body, broken, at);
    if (effort !== "none") dropped(at, "does not think");
  }
  const given = (body["thinking"] as JsonObject | undefined)?.["budget_tokens"];
  // Room for the answer beside a budget that the call itself gives.
  const room = typeof given === "number" ? given + defaultMaxTokens : defaultMaxTokens;
  body["max_tokens"] ??= target.maxOutputTokens ?? room;
}

function adaptive(effort: string, body: Body, at: Encoding): void {
  const { target } = at.ctx;
  const { alwaysThinks, efforts } = generationOf(target.upstreamModel);
  body["max_tokens"] ??= target.maxOutputTokens ?? defaultMaxTokens;
  if (effort === "none" && !alwaysThinks) {
    body["thinking"] = { type: "disabled" };
    return;
  }
  const level = nearest(effort, efforts);
  if (level !== effort) {
    notice(
      at,
      "param-clamped",
      `${target.upstreamModel} has no reasoning_effort ${effort}; it became ${level}`,
    );
  }
  body["thinking"] = { type: "adaptive" };
  const config = (body["output_config"] ?? {}) as JsonObject;
  body["output_config"] = { effort: level, ...config } as Json;
}

const ladder = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The strongest level that is not above the one asked for, or else the weakest. */
function nearest(effort: string, efforts: readonly string[]): string {
  const rank = ladder.indexOf(effort);
  return efforts.findLast((level) => ladder.indexOf(level) <= rank) ?? efforts[0] as string;
}

/** Thinking counts as output: the budget is below `max_tokens`, and leaves something for the answer. */
function budget(effort: string, body: Body, broken: boolean, at: Encoding): void {
  const { target } = at.ctx;
  const wanted = budgets[effort] as number;
  const most = body["max_tokens"];
  if (broken) {
    dropped(at, "thinks only from the beginning of a turn, and this one goes on with results");
  } else if (most === undefined) {
    const max = target.maxOutputTokens ?? wanted + defaultMaxTokens;
    body["max_tokens"] = max;
    think(Math.min(wanted, max - leastBudget), body, at);
    return;
  } else if (typeof most === "number") {
    // A small answer gets the least thinking there is, as long as one token is left for itself.
    think(Math.min(wanted, Math.max(leastBudget, most - leastBudget), most - 1), body, at);
    return;
  }
  body["max_tokens"] ??= target.maxOutputTokens ?? defaultMaxTokens;
}

function think(tokens: number, body: Body, at: Encoding): void {
  if (tokens >= leastBudget) body["thinking"] = { type: "enabled", budget_tokens: tokens };
  else dropped(at, `needs max_tokens above ${leastBudget} to think`);
}

function dropped(at: Encoding, why: string): void {
  notice(at, "param-dropped", `${at.ctx.target.upstreamModel} ${why}; \`reasoning_effort\` was left out`);
}
