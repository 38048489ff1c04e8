/** Encodes the tools of a call and the choice among them. */

import {
  type Body,
  type Call,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type Target,
  type Tool,
} from "../../../src/plugin.ts";

const noArguments: Json = { type: "object", properties: {} };

/** @throws LoomError, when tools cannot be sent or a choice is made among none */
export function writeTools(
  call: Call,
  body: Body,
  target: Target,
  manifest: Manifest,
  notices: Notice[],
): void {
  const { tools = [], toolChoice } = call;
  const details = { provider: target.provider, model: target.model };
  if (tools.length > 0) {
    if (manifest.capabilities?.tools === false) {
      throw loomError(
        "unsupported",
        `tools: ${manifest.label} does not take tools`,
        { feature: "tools" },
        details,
      );
    }
    body["tools"] = tools.map(encodeTool);
  }
  if (toolChoice === undefined) return;
  if (body["tools"] === undefined) {
    // Without tools, "as it likes" and "never" are what happens anyway; vendors refuse the field.
    if (toolChoice === "auto" || toolChoice === "none") return;
    throw loomError("invalid-request", "toolChoice: there are no tools to choose from", {
      path: "toolChoice",
    }, details);
  }
  const required = manifest.tools?.required ?? "required";
  if (required !== "auto") body["tool_choice"] = chosen(toolChoice, tools, required);
  else if (toolChoice === "none") delete body["tools"];
  else if (toolChoice !== "auto") {
    const message = `${manifest.label} cannot be made to call a tool; the model was left to decide`;
    notices.push({ code: "tool-choice-weakened", message });
  }
}

function encodeTool(tool: Tool): Json {
  if (tool.native !== undefined) return tool.native;
  const encoded: Body = { name: tool.name };
  if (tool.description !== undefined) encoded["description"] = tool.description;
  encoded["parameters"] = tool.parameters ?? noArguments;
  if (tool.strict !== undefined) encoded["strict"] = tool.strict;
  return { type: "function", function: encoded, ...tool.extra };
}

/** A tool for free text is chosen by another form than a function. */
function chosen(choice: NonNullable<Call["toolChoice"]>, tools: readonly Tool[], required: string): Json {
  if (typeof choice === "object") {
    const type = tools.find((tool) => tool.name === choice.tool)?.native?.["type"];
    if (type === "custom") return { type: "custom", custom: { name: choice.tool } };
    return { type: "function", function: { name: choice.tool } };
  }
  return choice === "required" ? required : choice;
}
