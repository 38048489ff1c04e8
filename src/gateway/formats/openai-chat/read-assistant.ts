/** Reads an earlier turn of the assistant: what it thought, said, and asked its tools. */

import type { ContentPart, Json, JsonObject, ToolCallContent } from "../../../contract/index.ts";
import { given, invalid, isObject, listAt, nameAt, objectAt, textAt } from "./checks.ts";
import { readContent } from "./read-content.ts";

/** Name of a function -> the id that its last call was given: the older form of calls has none. */
export type FunctionIds = Map<string, string>;

/** An id for a call of the older form, told by its turn. */
export function functionId(index: number): string {
  return `call_function_${index}`;
}

export function readAssistant(
  message: JsonObject,
  index: number,
  functions: FunctionIds,
): string | readonly ContentPart[] {
  const path = `messages[${index}]`;
  const said = readSaid(message, path);
  const thought = textOf(message["reasoning_content"]) ?? textOf(message["reasoning"]);
  const calls = readCalls(message, path, index, functions);
  if (thought === undefined && calls.length === 0) return said;
  const parts: ContentPart[] = [];
  if (thought !== undefined) parts.push({ type: "reasoning", text: thought });
  if (typeof said !== "string") { for (const part of said) parts.push(part); }
  else if (said !== "") parts.push({ type: "text", text: said });
  for (const call of calls) parts.push(call);
  return parts;
}

/** A refusal stands in place of content. */
function readSaid(message: JsonObject, path: string): string | readonly ContentPart[] {
  const content = given(message["content"]);
  return content === undefined ? textOf(message["refusal"]) ?? "" : readContent(content, path);
}

function readCalls(
  message: JsonObject,
  path: string,
  index: number,
  functions: FunctionIds,
): readonly ToolCallContent[] {
  const list = given(message["tool_calls"]);
  if (list !== undefined) {
    return listAt(list, `${path}.tool_calls`).map((entry, at) =>
      readCall(entry, `${path}.tool_calls[${at}]`)
    );
  }
  const single = given(message["function_call"]);
  if (single === undefined) return [];
  const call = readFunction(single, `${path}.function_call`);
  const id = functionId(index);
  functions.set(call.name, id);
  return [{ type: "tool-call", id, ...call }];
}

function readCall(entry: Json, path: string): ToolCallContent {
  const call = objectAt(entry, path);
  const id = nameAt(call["id"], `${path}.id`);
  const type = given(call["type"]) ?? "function";
  if (type === "custom") {
    const custom = objectAt(call["custom"], `${path}.custom`);
    const name = nameAt(custom["name"], `${path}.custom.name`);
    const input = textAt(custom["input"], `${path}.custom.input`);
    const extra = { type: "custom", custom: { name, input } };
    return { type: "tool-call", id, name, arguments: input, extra };
  }
  if (type !== "function") throw invalid(`${path}.type`, "must be `function` or `custom`");
  return {
    type: "tool-call",
    id,
    ...readFunction(call["function"], `${path}.function`),
    ...ownedExtra(call),
  };
}

function readFunction(
  value: Json | undefined,
  path: string,
): { readonly name: string; readonly arguments: string } {
  const named = objectAt(value, path);
  const name = nameAt(named["name"], `${path}.name`);
  return { name, arguments: textAt(given(named["arguments"]) ?? "", `${path}.arguments`) };
}

/** What `extraContent` wrote into an earlier answer: it goes back to the provider that made the call, and nowhere else. */
function ownedExtra(call: JsonObject): { readonly madeBy?: string; readonly extra?: JsonObject } {
  const content = call["extra_content"];
  const ours = isObject(content) ? content["loom"] : undefined;
  if (!isObject(ours) || typeof ours["provider"] !== "string" || !isObject(ours["extra"])) return {};
  return { madeBy: ours["provider"], extra: ours["extra"] };
}

/** Fields with which a vendor ties a call to its next turn, in a place where clients keep what they do not know. */
export function extraContent(provider: string, extra: JsonObject): JsonObject {
  return { loom: { provider, extra } };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
