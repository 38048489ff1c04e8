/** Reads the conversation of a request. */

import type { ContentPart, Json, JsonObject, Message } from "../../../contract/index.ts";
import { functionId, type FunctionIds, readAssistant } from "./read-assistant.ts";
import { given, invalid, listAt, nameAt, objectAt, textAt } from "./checks.ts";
import { extraOf, readContent } from "./read-content.ts";

/** @throws LoomError, naming what in which turn cannot be understood */
export function readMessages(value: Json | undefined): readonly Message[] {
  const entries = listAt(value, "messages");
  if (entries.length === 0) throw invalid("messages", "must hold at least one message");
  const functions: FunctionIds = new Map();
  return entries.map((entry, index) => readMessage(entry, index, functions));
}

function readMessage(entry: Json, index: number, functions: FunctionIds): Message {
  const path = `messages[${index}]`;
  const message = objectAt(entry, path);
  const { role } = message;
  switch (role) {
    case "system":
    case "developer":
      return turn("system", message, readContent(message["content"], path), path);
    case "user":
      return turn("user", message, readContent(message["content"], path), path);
    case "assistant":
      return turn("assistant", message, readAssistant(message, index, functions), path);
    case "tool": {
      const toolCallId = nameAt(message["tool_call_id"], `${path}.tool_call_id`);
      return { ...turn("tool", message, readContent(message["content"], path), path), toolCallId };
    }
    case "function": {
      const name = nameAt(message["name"], `${path}.name`);
      const toolCallId = functions.get(name) ?? functionId(index);
      const content = readContent(given(message["content"]) ?? "", path);
      return { role: "tool", content, name, toolCallId, ...extraOf(message) };
    }
    default:
      throw invalid(
        `${path}.role`,
        "must be `system`, `developer`, `user`, `assistant`, `tool` or `function`",
      );
  }
}

function turn(
  role: Message["role"],
  message: JsonObject,
  content: string | readonly ContentPart[],
  path: string,
): Message {
  const name = given(message["name"]);
  if (name === undefined || name === "") return { role, content, ...extraOf(message) };
  return { role, content, name: textAt(name, `${path}.name`), ...extraOf(message) };
}
