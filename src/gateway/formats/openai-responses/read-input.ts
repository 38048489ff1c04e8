/** Reads `instructions` and `input` as the turns of a conversation. */

import type { Json, JsonObject, Message } from "../../../contract/index.ts";
import { invalid, isAbsent, isList, nameAt, objectAt, optionalText } from "./fields.ts";
import { readContent } from "./read-content.ts";
import { readAssistantItem, type Turn, typeOf } from "./read-items.ts";

/** @param elsewhere the vendor holds more of the conversation, so that there may be nothing new to say */
export function readInput(body: JsonObject, elsewhere: boolean): readonly Message[] {
  const messages: Message[] = [];
  const instructions = optionalText(body["instructions"], "instructions");
  if (instructions !== undefined && instructions !== "") {
    messages.push({ role: "system", content: instructions });
  }
  const { input } = body;
  if (typeof input === "string") messages.push({ role: "user", content: input });
  else if (isList(input)) readItems(input, messages);
  else if (!isAbsent(input)) throw invalid("input", "must be a string or a list of items");
  const empty = isAbsent(input) || (isList(input) && input.length === 0);
  if (empty && !elsewhere) throw invalid("input", "must say something: a string or a list of items");
  return messages;
}

/** Neighbouring items of the assistant are one turn. */
function readItems(items: readonly Json[], messages: Message[]): void {
  let turn: Turn = { parts: [], bound: false };
  const close = () => {
    const { parts } = turn;
    const [first] = parts;
    if (first === undefined) return;
    const plain = parts.length === 1 && first.type === "text";
    messages.push({ role: "assistant", content: plain ? first.text : parts });
    turn = { parts: [], bound: false };
  };
  items.forEach((value, index) => {
    const path = `input[${index}]`;
    const item = objectAt(value, path);
    const type = typeOf(item, path);
    const message = type === "message"
      ? spoken(item, path)
      : type === "function_call_output" || type === "custom_tool_call_output"
      ? result(item, path)
      : undefined;
    if (message === undefined) return readAssistantItem(item, type, path, turn);
    close();
    messages.push(message);
  });
  close();
}

/** A turn that is not the assistant's. */
function spoken(item: JsonObject, path: string): Message | undefined {
  switch (item["role"]) {
    case "assistant":
      return undefined;
    case "user":
      return { role: "user", content: readContent(item["content"], `${path}.content`) };
    case "system":
    case "developer":
      return { role: "system", content: readContent(item["content"], `${path}.content`) };
    default:
      throw invalid(`${path}.role`, "must be one of user, assistant, system and developer");
  }
}

function result(item: JsonObject, path: string): Message {
  return {
    role: "tool",
    toolCallId: nameAt(item["call_id"], `${path}.call_id`),
    content: readContent(item["output"], `${path}.output`),
  };
}
