/** Encodes the tools of a call and the choice among them. Tools are flat here. */

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
  { tools = [], toolChoice }: Call,
  body: Body,
  target: Target,
  manifest: Manifest,
  notices: Notice[],
): void {
  const details = { provider: target.provider, model: target.model };
  if (tools.length > 0) {
    if (manifest.capabilities?.tools === false) {
      const message = `tools: ${manifest.label} does not take tools`;
      throw loomError("unsupported", message, { feature: "tools" }, details);
    }
    body["tools"] = tools.map(encodeTool);
  }
  if (toolChoice === undefined) return;
  if (body["tools"] === undefined) {
    // Without tools, "as it likes" and "never" are what happens anyway.
    if (toolChoice === "auto" || toolChoice === "none") return;
    const message = "toolChoice: there are no tools to choose from";
    throw loomError("invalid-request", message, { path: "toolChoice" }, details);
  }
  const required = manifest.tools?.required ?? "required";
  if (required !== "auto") body["tool_choice"] = chosen(toolChoice, tools, required);
  else if (toolChoice === "none") delete body["tools"];
  else if (toolChoice !== "auto") {
    const message = `${manifest.label} cannot be made to call a tool; the model was left to decide`;
    notices.push({ code: "tool-choice-weakened", message });
  }
}

/** `strict` must be said: where it is missing, the API closes the schema and makes every field required. */
function encodeTool({ name, description, parameters, strict, native, extra }: Tool): Json {
  if (native !== undefined) return native;
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    parameters: parameters ?? noArguments,
    strict: strict ?? false,
    ...extra,
  };
}

/** A hosted tool is chosen by its type, one for free text by type and name. */
function chosen(choice: NonNullable<Call["toolChoice"]>, tools: readonly Tool[], required: string): Json {
  if (typeof choice !== "object") return choice === "required" ? required : choice;
  const native = tools.find((tool) => tool.name === choice.tool)?.native;
  const type = native?.["type"];
  if (typeof type !== "string" || type === "function") return { type: "function", name: choice.tool };
  if (type === "custom") return { type: "custom", name: native?.["name"] ?? choice.tool };
  if (type === "mcp") return { type: "mcp", server_label: native?.["server_label"] ?? choice.tool };
  return { type };
}
