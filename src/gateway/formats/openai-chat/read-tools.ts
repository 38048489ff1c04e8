/** Reads the tools of a request and the choice among them, in the newer form and the older one. */

import type { Json, JsonObject, Tool, ToolChoice } from "../../../contract/index.ts";
import { given, invalid, isObject, kindOf, listAt, nameAt, objectAt, textAt } from "./checks.ts";
import { extraOf } from "./read-content.ts";

export interface AskedTools {
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
}

/** Whether the request speaks of functions, as it was before tools: then the answer does so too. */
export function isOlderForm(body: JsonObject): boolean {
  return given(body["functions"]) !== undefined && given(body["tools"]) === undefined;
}

/** Names of the tools that take free text: their calls are written in another form. */
export function customTools(tools: readonly Tool[] | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, native } of tools ?? []) if (native?.["type"] === "custom") names.add(name);
  return names;
}

/** @throws LoomError, naming what cannot be understood */
export function readTools(body: JsonObject): AskedTools {
  const older = isOlderForm(body);
  const tools = older
    ? listAt(body["functions"], "functions").map((entry, index) =>
      readFunction(objectAt(entry, `functions[${index}]`), `functions[${index}]`)
    )
    : listAt(given(body["tools"]) ?? [], "tools").map(readTool);
  const field = older ? "function_call" : "tool_choice";
  const choice = given(body[field]);
  const asked = choice === undefined
    ? { tools }
    : older
    ? { tools, toolChoice: readFunctionCall(choice) }
    : readChoice(choice, tools);
  if (asked.tools.length > 0) return asked;
  if (choice === undefined || choice === "auto" || choice === "none") return {};
  throw invalid(field, "there are no tools to choose from");
}

function readTool(entry: Json, index: number): Tool {
  const path = `tools[${index}]`;
  const tool = objectAt(entry, path);
  const type = nameAt(tool["type"], `${path}.type`);
  if (type === "function") {
    return {
      ...readFunction(objectAt(tool["function"], `${path}.function`), `${path}.function`),
      ...extraOf(tool),
    };
  }
  const inner = tool[type];
  const name = isObject(inner) ? inner["name"] : tool["name"];
  return { name: typeof name === "string" && name !== "" ? name : type, native: tool };
}

function readFunction(named: JsonObject, path: string): Tool {
  const description = given(named["description"]);
  const parameters = given(named["parameters"]);
  const strict = given(named["strict"]);
  if (strict !== undefined && typeof strict !== "boolean") {
    throw invalid(`${path}.strict`, `must be true or false, not ${kindOf(strict)}`);
  }
  return {
    name: nameAt(named["name"], `${path}.name`),
    ...(description !== undefined && { description: textAt(description, `${path}.description`) }),
    ...(parameters !== undefined && { parameters: objectAt(parameters, `${path}.parameters`) }),
    ...(strict !== undefined && { strict }),
  };
}

interface Chosen {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
}

function readChoice(choice: Json, tools: readonly Tool[]): Chosen {
  const word = choiceWord(choice);
  if (word !== undefined) return { tools, toolChoice: word };
  if (!isObject(choice)) {
    throw invalid("tool_choice", "must be `none`, `auto`, `required`, or an object that names a tool");
  }
  const type = nameAt(choice["type"], "tool_choice.type");
  if (type === "allowed_tools") return allowed(choice, tools);
  const inner = choice[type];
  if (type === "function" || type === "custom") {
    const path = `tool_choice.${type}`;
    return { tools, toolChoice: { tool: nameAt(objectAt(inner, path)["name"], `${path}.name`) } };
  }
  const hosted = tools.find(({ native }) => native?.["type"] === type);
  if (hosted !== undefined) return { tools, toolChoice: { tool: hosted.name } };
  throw invalid("tool_choice.type", "must be `function`, `custom` or `allowed_tools`");
}

/** Mistral's `any` is what OpenAI calls `required`. */
function choiceWord(choice: Json): "auto" | "none" | "required" | undefined {
  if (choice === "any") return "required";
  return choice === "auto" || choice === "none" || choice === "required" ? choice : undefined;
}

/** Other vendors know no list of allowed tools: they are shown only these. */
function allowed(choice: JsonObject, tools: readonly Tool[]): Chosen {
  const path = "tool_choice.allowed_tools";
  const rule = objectAt(choice["allowed_tools"], path);
  const mode = given(rule["mode"]) ?? "auto";
  if (mode !== "auto" && mode !== "required") throw invalid(`${path}.mode`, "must be `auto` or `required`");
  const names = new Set<string>();
  listAt(rule["tools"], `${path}.tools`).forEach((entry, index) => {
    const at = `${path}.tools[${index}]`;
    const tool = objectAt(entry, at);
    const type = nameAt(tool["type"], `${at}.type`);
    const inner = tool[type];
    names.add(
      type === "function"
        ? nameAt(objectAt(inner, `${at}.function`)["name"], `${at}.function.name`)
        : isObject(inner) && typeof inner["name"] === "string"
        ? inner["name"]
        : type,
    );
  });
  const shown = tools.filter(({ name }) => names.has(name));
  if (shown.length === 0) throw invalid(`${path}.tools`, "must name at least one of `tools`");
  return { tools: shown, toolChoice: mode };
}

function readFunctionCall(choice: Json): ToolChoice {
  if (choice === "auto" || choice === "none") return choice;
  if (!isObject(choice)) {
    throw invalid("function_call", "must be `none`, `auto`, or an object that names a function");
  }
  return { tool: nameAt(choice["name"], "function_call.name") };
}
