/** Encodes the tools of a call and the choice among them. */

import type { Attempting, Body, Json, Notice, Tool } from "../../../src/plugin.ts";
import { missing } from "./invalid.ts";

/** @throws LoomError, when a choice is made among no tools or a tool is chosen that is not there */
export function writeTools(ctx: Attempting, body: Body, notices: Notice[]): void {
  const { tools = [], toolChoice } = ctx.call;
  if (tools.length > 0) body["tools"] = tools.map(encodeTool);
  if (body["tools"] === undefined) {
    // Without tools, "as it likes" and "never" are what happens anyway.
    if (toolChoice === undefined || toolChoice === "auto" || toolChoice === "none") return;
    throw missing(ctx, "toolChoice", "there are no tools to choose from");
  }
  writeStrict(tools, body, notices);
  if (toolChoice === "none") body["tool_choice"] = "NONE";
  else if (toolChoice === "required") body["tool_choice"] = "REQUIRED";
  else if (typeof toolChoice === "object") {
    // No tool can be named, but one that must be called and has no others beside it is as good as named.
    const named = tools.filter((tool) => tool.name === toolChoice.tool);
    if (named.length === 0) throw missing(ctx, "toolChoice", `there is no tool "${toolChoice.tool}"`);
    body["tools"] = named.map(encodeTool);
    body["tool_choice"] = "REQUIRED";
  }
}

/** Cohere holds the model to the schemas of all tools or of none. */
function writeStrict(tools: readonly Tool[], body: Body, notices: Notice[]): void {
  const strict = tools.filter((tool) => tool.strict === true).length;
  if (strict === 0 || body["strict_tools"] !== undefined) return;
  if (strict === tools.length) body["strict_tools"] = true;
  else {
    notices.push({
      code: "param-dropped",
      message: "Cohere is strict about all tools or about none; `strict` of some was left out",
    });
  }
}

function encodeTool(tool: Tool): Json {
  if (tool.native !== undefined) return tool.native;
  const named: Body = { name: tool.name };
  if (tool.description !== undefined) named["description"] = tool.description;
  named["parameters"] = tool.parameters ?? { type: "object", properties: {} };
  return { type: "function", function: named as Json, ...tool.extra };
}
