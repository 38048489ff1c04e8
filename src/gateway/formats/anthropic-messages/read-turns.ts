/** Reads the conversation: system prompt and turns, with a turn of the tools for every result that a user's turn holds. */

import type { ContentPart, Json, JsonObject, Message } from "../../../contract/index.ts";
import { booleanAt, extraOf, invalid, isGiven, isObject, listAt, objectAt, textAt, wrong } from "./checks.ts";
import { assistantPart, inputPart, systemPart } from "./read-blocks.ts";

/** @throws LoomError, naming the field as the caller wrote it */
export function readTurns({ system, messages: given }: JsonObject): readonly Message[] {
  const messages: Message[] = [];
  if (isGiven(system)) {
    messages.push({ role: "system", content: contentAt(system, "system", systemPart) });
  }
  const list = listAt(given, "messages");
  if (list.length === 0) throw invalid("messages", "at least one message is required");
  list.forEach((entry, index) => readTurn(entry, `messages.${index}`, messages));
  return messages;
}

function readTurn(value: Json, path: string, messages: Message[]): void {
  const { role, content, ...rest } = objectAt(value, path);
  const extra = extraOf(rest);
  const beside = extra === undefined ? {} : { extra };
  const at = `${path}.content`;
  switch (role) {
    case "user": {
      const said = userContent(content, at, messages);
      if (said !== undefined) messages.push({ role, content: said, ...beside });
      return;
    }
    case "assistant":
      messages.push({ role, content: contentAt(content, at, assistantPart), ...beside });
      return;
    case "system":
      messages.push({ role, content: contentAt(content, at, systemPart), ...beside });
      return;
    default:
      throw wrong(role, `${path}.role`, "'user', 'assistant' or 'system'");
  }
}

function contentAt(
  content: Json | undefined,
  path: string,
  read: (block: Json, path: string) => ContentPart,
): string | readonly ContentPart[] {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw wrong(content, path, "a valid string or list");
  return (content as readonly Json[]).map((block, index) => read(block, `${path}.${index}`));
}

/**
 * What a user says. Results of tools become turns of their own, before it: other vendors want them right after the calls.
 * `undefined`: there was nothing else.
 */
function userContent(
  content: Json | undefined,
  path: string,
  messages: Message[],
): string | readonly ContentPart[] | undefined {
  if (!Array.isArray(content)) return contentAt(content, path, inputPart);
  const parts: ContentPart[] = [];
  (content as readonly Json[]).forEach((block, index) => {
    const at = `${path}.${index}`;
    if (isObject(block) && block["type"] === "tool_result") messages.push(toolTurn(block, at));
    else parts.push(inputPart(block, at));
  });
  return parts.length === 0 && content.length > 0 ? undefined : parts;
}

function toolTurn(block: JsonObject, path: string): Message {
  const { type: _, tool_use_id: id, content, is_error: failed, ...rest } = block;
  const extra = extraOf(rest);
  return {
    role: "tool",
    toolCallId: textAt(id, `${path}.tool_use_id`),
    content: isGiven(content) ? contentAt(content, `${path}.content`, inputPart) : "",
    ...(isGiven(failed) && booleanAt(failed, `${path}.is_error`) && { isError: true }),
    ...(extra !== undefined && { extra }),
  };
}
