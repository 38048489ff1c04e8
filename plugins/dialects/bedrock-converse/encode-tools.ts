/** Encodes the tools of a call and the choice among them. */

import type { Attempting, Body, Json, JsonObject, Notice, Tool } from "../../../src/plugin.ts";
import { claudeOf } from "./claude.ts";
import { familyOf, takesSchema } from "./family.ts";
import { dropped, invalid } from "./invalid.ts";
import { isClosed } from "./schema.ts";

const noArguments: Json = { type: "object", properties: {} };

/** @throws LoomError, when a choice is made among no tools */
export function writeTools(ctx: Attempting, body: Body, notices: Notice[]): void {
  const { tools = [], toolChoice } = ctx.call;
  const given = ctx.target.params["toolConfig"];
  if (tools.length === 0) {
    if (given !== undefined) body["toolConfig"] = given;
    else if (toolChoice !== undefined && toolChoice !== "auto" && toolChoice !== "none") {
      throw invalid(ctx, "toolChoice", "there are no tools to choose from");
    } else rememberTools(ctx, body, notices);
    return;
  }
  const used = namesInTurns(ctx).size > 0;
  // Nothing says "never". Without tools there is nothing to call, but turns that hold calls need the tools beside them.
  if (toolChoice === "none" && !used) return;
  if (toolChoice === "none") {
    notices.push({
      code: "tool-choice-weakened",
      message:
        "Bedrock cannot be told to call no tool while the conversation holds calls; the model was left to decide",
    });
  }
  const config: Record<string, Json> = { tools: tools.flatMap((tool) => encodeTool(ctx, tool, notices)) };
  const choice = weakened(ctx, chosen(toolChoice), notices);
  if (choice !== undefined) config["toolChoice"] = choice;
  body["toolConfig"] = config;
}

/** Bedrock refuses turns with calls and results unless tools are described; when the caller offers none, these are. */
function rememberTools(ctx: Attempting, body: Body, notices: Notice[]): void {
  const names = namesInTurns(ctx);
  if (names.size === 0) return;
  body["toolConfig"] = {
    tools: [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: noArguments } } })),
  };
  notices.push({
    code: "tools-remembered",
    message: "Bedrock wants the tools of earlier turns described; they were, without their schemas",
  });
}

function namesInTurns({ call: { messages } }: Attempting): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { content } of messages) {
    if (typeof content === "string") continue;
    for (const part of content) if (part.type === "tool-call") names.add(part.name);
  }
  return names;
}

/** A cache mark stands behind what it marks. */
function encodeTool(ctx: Attempting, tool: Tool, notices: Notice[]): Json[] {
  const mark = tool.extra?.["cachePoint"];
  const encoded = tool.native ?? { toolSpec: specOf(ctx, tool, notices) };
  return mark === undefined ? [encoded] : [encoded, { cachePoint: mark }];
}

function specOf(ctx: Attempting, tool: Tool, notices: Notice[]): JsonObject {
  const strict = tool.strict === true && takesSchema(ctx.target.upstreamModel) &&
    isClosed(tool.parameters ?? noArguments);
  if (tool.strict === true && !strict) notices.push(dropped(ctx, "strict"));
  return {
    name: tool.name,
    ...(tool.description !== undefined && tool.description !== "" && { description: tool.description }),
    inputSchema: { json: tool.parameters ?? noArguments },
    ...(strict && { strict }),
  };
}

function chosen(choice: Attempting["call"]["toolChoice"]): JsonObject | undefined {
  if (choice === undefined || choice === "none") return undefined;
  if (typeof choice === "object") return { tool: { name: choice.tool } };
  return choice === "required" ? { any: {} } : { auto: {} };
}

/** The newest Claude cannot be made to call a tool. */
function weakened(
  { target }: Attempting,
  choice: JsonObject | undefined,
  notices: Notice[],
): Json | undefined {
  const forced = choice?.["any"] !== undefined || choice?.["tool"] !== undefined;
  const { upstreamModel, model } = target;
  if (!forced || familyOf(upstreamModel) !== "anthropic" || claudeOf(upstreamModel).forcedTools) {
    return choice;
  }
  const message = `${model} cannot be made to call a tool; it was left to decide`;
  notices.push({ code: "tool-choice-weakened", message });
  return { auto: {} };
}
