/** Sorts params into the places where Converse wants them. */

import { type Attempting, type Body, boundElsewhere, type Json, type Notice } from "../../../src/plugin.ts";
import { claudeOf } from "./claude.ts";
import { familyOf } from "./family.ts";
import { dropped } from "./invalid.ts";
import { writeThinking } from "./thinking.ts";

/** Fields of Converse itself; a param of such a name goes out as it is. */
const topLevel: ReadonlySet<string> = new Set([
  "guardrailConfig",
  "performanceConfig",
  "promptVariables",
  "additionalModelResponseFieldPaths",
  "requestMetadata",
  "serviceTier",
  "outputConfig",
]);

/** Portable name -> field of `inferenceConfig`. */
const inference: Readonly<Record<string, string>> = {
  max_tokens: "maxTokens",
  max_completion_tokens: "maxTokens",
  maxTokens: "maxTokens",
  temperature: "temperature",
  top_p: "topP",
  topP: "topP",
  stop: "stopSequences",
  stop_sequences: "stopSequences",
  stopSequences: "stopSequences",
};

/** Written elsewhere, or by Loom itself. */
const own: ReadonlySet<string> = new Set([
  "modelId",
  "model",
  "messages",
  "system",
  "stream",
  "toolConfig",
  "cache_system",
  "reasoning_effort",
  "inferenceConfig",
  "additionalModelRequestFields",
]);

/** What most makers' own formats do not have. */
const portableExtras: ReadonlySet<string> = new Set([
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "n",
  "parallel_tool_calls",
]);

/** Fills `body`. Whatever is not Converse's own is the model's own, and goes under `additionalModelRequestFields`. */
export function writeParams(ctx: Attempting, body: Body, notices: Notice[]): void {
  const { params } = ctx.target;
  const config: Record<string, Json> = {};
  const model: Record<string, Json> = {};
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || own.has(name)) continue;
    const field = inference[name];
    const foreign = boundElsewhere(name);
    if (foreign !== undefined) notices.push(foreign);
    else if (topLevel.has(name)) body[name] = value;
    else if (field !== undefined) {
      // Converse's own name says it more exactly than the portable one.
      if (field !== name && params[field] !== undefined) continue;
      config[field] = field === "stopSequences" && typeof value === "string" ? [value] : value;
    } else if (name === "top_k") writeTopK(ctx, value, model, notices);
    else if (portableExtras.has(name)) writeExtra(ctx, name, value, model, notices);
    else model[name] = value;
  }
  Object.assign(config, params["inferenceConfig"]);
  const given = params["additionalModelRequestFields"];
  dropSampling(ctx, config, notices);
  writeThinking(ctx, config, model, notices);
  const fields = typeof given === "object" && given !== null && !Array.isArray(given)
    ? { ...model, ...given }
    : model;
  if (Object.keys(config).length > 0) body["inferenceConfig"] = config;
  if (Object.keys(fields).length > 0) body["additionalModelRequestFields"] = fields as Json;
}

/** The newest models choose for themselves how they sample, and refuse to be told. */
function dropSampling(ctx: Attempting, config: Record<string, Json>, notices: Notice[]): void {
  const { upstreamModel } = ctx.target;
  const refused: string[] = [];
  switch (familyOf(upstreamModel)) {
    case "openai":
      refused.push("temperature", "topP", "stopSequences");
      break;
    case "anthropic": {
      const { temperature, bothSamplings } = claudeOf(upstreamModel);
      if (!temperature) refused.push("temperature", "topP");
      else if (!bothSamplings && config["temperature"] !== undefined) refused.push("topP");
    }
  }
  for (const name of refused) {
    if (config[name] === undefined) continue;
    delete config[name];
    notices.push(dropped(ctx, name));
  }
}

function writeTopK(ctx: Attempting, value: Json, model: Record<string, Json>, notices: Notice[]): void {
  switch (familyOf(ctx.target.upstreamModel)) {
    case "nova":
    case "nova-2":
      model["inferenceConfig"] = { topK: value };
      return;
    case "cohere":
      model["k"] = value;
      return;
    case "meta":
    case "titan":
    case "openai":
    case "gpt-oss":
      notices.push(dropped(ctx, "top_k"));
      return;
    default:
      model["top_k"] = value;
  }
}

/** Models with an OpenAI-like format of their own take these; others refuse what they do not know. */
function writeExtra(
  ctx: Attempting,
  name: string,
  value: Json,
  model: Record<string, Json>,
  notices: Notice[],
): void {
  const idle = value === null || (name === "n" && value === 1) ||
    (name === "parallel_tool_calls" && value === true);
  if (idle) return;
  const family = familyOf(ctx.target.upstreamModel);
  const takes = name !== "n" && name !== "parallel_tool_calls" &&
    (family === "gpt-oss" || family === "qwen" || family === "cohere");
  if (takes) model[name] = value;
  else notices.push(dropped(ctx, name));
}
