/** Reads tools and the choice among them. */

import type { Json, JsonObject, Tool, ToolChoice } from "../../../contract/index.ts";
import { booleanAt, extraOf, isGiven, listAt, objectAt, textAt, wrong } from "./checks.ts";

export function readTools({ tools }: JsonObject): readonly Tool[] | undefined {
  if (!isGiven(tools)) return undefined;
  return listAt(tools, "tools").map((tool, index) => readTool(tool, `tools.${index}`));
}

/** A tool of the caller's, or one of Anthropic's (`web_search_20250305`, `bash_20250124` …) in its own words. */
function readTool(value: Json, path: string): Tool {
  const tool = objectAt(value, path);
  const { type, name, description, input_schema: schema, strict, ...rest } = tool;
  if (isGiven(type) && textAt(type, `${path}.type`) !== "custom") {
    return { name: typeof name === "string" ? name : type as string, native: tool };
  }
  const extra = extraOf(rest);
  return {
    name: textAt(name, `${path}.name`),
    ...(isGiven(description) && { description: textAt(description, `${path}.description`) }),
    parameters: objectAt(schema, `${path}.input_schema`),
    ...(isGiven(strict) && booleanAt(strict, `${path}.strict`) && { strict: true }),
    ...(extra !== undefined && { extra }),
  };
}

export interface Choice {
  readonly toolChoice: ToolChoice;
  /** One call at a time. */
  readonly serial: boolean;
}

export function readChoice({ tool_choice: given }: JsonObject): Choice | undefined {
  if (!isGiven(given)) return undefined;
  const choice = objectAt(given, "tool_choice");
  const disabled = choice["disable_parallel_tool_use"];
  return {
    toolChoice: chosen(choice),
    serial: isGiven(disabled) && booleanAt(disabled, "tool_choice.disable_parallel_tool_use"),
  };
}

function chosen({ type, name }: JsonObject): ToolChoice {
  switch (type) {
    case "auto":
    case "none":
      return type;
    case "any":
      return "required";
    case "tool":
      return { tool: textAt(name, "tool_choice.name") };
    default:
      throw wrong(type, "tool_choice.type", "'auto', 'any', 'tool' or 'none'");
  }
}
