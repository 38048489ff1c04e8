/** Encodes the tools of a call and the choice among them. */

import type { Body, Json, JsonObject, Tool } from "../../../src/plugin.ts";
import { generationOf } from "./generation.ts";
import { type Encoding, invalid, notice, unsupported } from "./place.ts";

const noArguments: Json = { type: "object", properties: {} };

/**
 * Writes `tools` and `tool_choice`. Comes after thinking, which rules out demanding a call.
 *
 * @throws LoomError, when tools cannot be sent or a choice is made among none
 */
export function writeTools(body: Body, at: Encoding): void {
  const { ctx: { call, target }, manifest } = at;
  const { tools = [], toolChoice } = call;
  if (tools.length > 0) {
    if (manifest.capabilities?.tools === false) throw unsupported(at, "tools", "tools");
    body["tools"] = tools.map((tool) => encodeTool(tool, at));
  }
  const serial = target.params["parallel_tool_calls"] === false;
  if (body["tools"] === undefined) {
    // Without tools, "as it likes" and "never" are what happens anyway.
    if (toolChoice === undefined || toolChoice === "auto" || toolChoice === "none") return;
    throw invalid(at, "toolChoice", "there are no tools to choose from");
  }
  if (body["tool_choice"] !== undefined || (toolChoice === undefined && !serial)) return;
  const choice = chosen(toolChoice ?? "auto", body, at);
  body["tool_choice"] = serial && choice["type"] !== "none"
    ? { ...choice, disable_parallel_tool_use: true }
    : choice;
}

/** A tool of the vendor's own goes as it is. */
function encodeTool(tool: Tool, at: Encoding): Json {
  if (tool.native !== undefined) return { ...tool.native, ...tool.extra };
  const encoded: Record<string, Json> = { name: tool.name };
  if (tool.description !== undefined) encoded["description"] = tool.description;
  encoded["input_schema"] = objectSchema(tool.parameters);
  if (tool.strict === true) {
    const { upstreamModel } = at.ctx.target;
    if (generationOf(upstreamModel).schemas) encoded["strict"] = true;
    else notice(at, "param-dropped", `${upstreamModel} has no strict tools; \`strict\` was left out`);
  }
  return { ...encoded, ...tool.extra };
}

/** The root has to say that it is an object. */
function objectSchema(parameters: JsonObject | undefined): Json {
  if (parameters === undefined) return noArguments;
  return parameters["type"] === undefined ? { type: "object", ...parameters } : parameters;
}

type Choice = NonNullable<Encoding["ctx"]["call"]["toolChoice"]>;

function chosen(choice: Choice, body: Body, at: Encoding): JsonObject {
  if (choice === "auto" || choice === "none") return { type: choice };
  const { upstreamModel } = at.ctx.target;
  const thinking = body["thinking"] as JsonObject | undefined;
  const refused = !generationOf(upstreamModel).forcedTools
    ? upstreamModel
    : thinking?.["type"] === "enabled"
    ? `${upstreamModel} while it thinks`
    : undefined;
  if (refused !== undefined) {
    notice(
      at,
      "tool-choice-weakened",
      `${refused} cannot be made to call a tool; the model was left to decide`,
    );
    return { type: "auto" };
  }
  return choice === "required" ? { type: "any" } : { type: "tool", name: choice.tool };
}
