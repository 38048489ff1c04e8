/** Reads the tools of a request and the choice among them. */

import type { Json, JsonObject, Tool, ToolChoice } from "../../../contract/index.ts";
import {
  invalid,
  isAbsent,
  listAt,
  nameAt,
  objectAt,
  optionalFlag,
  optionalObject,
  optionalText,
} from "./fields.ts";

export interface AskedTools {
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
}

export function readTools(body: JsonObject): AskedTools {
  const { tools: listed, tool_choice: choice } = body;
  const all = isAbsent(listed) ? undefined : listAt(listed, "tools").map(readTool);
  if (isAbsent(choice)) return all === undefined ? {} : { tools: all };
  const { toolChoice, tools = all } = readChoice(choice, all ?? []);
  return { ...(tools !== undefined && { tools }), toolChoice };
}

/** A tool that is no function is the vendor's own, in its own words. */
function readTool(value: Json, index: number): Tool {
  const path = `tools[${index}]`;
  const tool = objectAt(value, path);
  const type = nameAt(tool["type"], `${path}.type`);
  if (type !== "function") return { name: nameOf(tool, type), native: tool };
  const { type: _, name, description, parameters, strict, ...rest } = tool;
  const told = optionalText(description, `${path}.description`);
  const schema = optionalObject(parameters, `${path}.parameters`);
  const held = optionalFlag(strict, `${path}.strict`);
  // What is off is the same as what is not said.
  const said = Object.entries(rest).filter(([, field]) => !isAbsent(field) && field !== false);
  return {
    name: nameAt(name, `${path}.name`),
    ...(told !== undefined && { description: told }),
    ...(schema !== undefined && { parameters: schema }),
    ...(held !== undefined && { strict: held }),
    ...(said.length > 0 && { extra: Object.fromEntries(said) }),
  };
}

function nameOf({ name, server_label: label }: JsonObject, type: string): string {
  if (typeof name === "string" && name !== "") return name;
  return typeof label === "string" && label !== "" ? label : type;
}

interface Choice {
  readonly toolChoice: ToolChoice;
  /** The tools that are left to choose from, when the choice narrows them. */
  readonly tools?: readonly Tool[];
}

function readChoice(choice: Json, tools: readonly Tool[]): Choice {
  if (choice === "auto" || choice === "none" || choice === "required") return { toolChoice: choice };
  if (typeof choice === "string") {
    throw invalid("tool_choice", "must be auto, none, required, or an object that names a tool");
  }
  const named = objectAt(choice, "tool_choice");
  const type = nameAt(named["type"], "tool_choice.type");
  if (type === "allowed_tools") return allowed(named, tools);
  if (type === "function" || type === "custom") {
    return { toolChoice: { tool: nameAt(named["name"], "tool_choice.name") } };
  }
  if (type === "mcp") {
    return { toolChoice: { tool: nameAt(named["server_label"], "tool_choice.server_label") } };
  }
  return { toolChoice: { tool: tools.find(({ native }) => native?.["type"] === type)?.name ?? type } };
}

/** A choice among some of the tools is a choice among those alone. */
function allowed({ mode, tools: listed }: JsonObject, tools: readonly Tool[]): Choice {
  if (mode !== "auto" && mode !== "required") throw invalid("tool_choice.mode", "must be auto or required");
  const names = new Set(
    listAt(listed, "tool_choice.tools").map((value, index) => {
      const path = `tool_choice.tools[${index}]`;
      const tool = objectAt(value, path);
      return nameOf(tool, nameAt(tool["type"], `${path}.type`));
    }),
  );
  return { toolChoice: mode, tools: tools.filter(({ name }) => names.has(name)) };
}
