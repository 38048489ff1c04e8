/** Encodes the turns of a conversation. */

import type { Attempting, Body, ContentPart, Json, Manifest, Notice, Role } from "../../../src/plugin.ts";
import { assistant } from "./encode-assistant.ts";
import { contentPart, invalid, joined, type Place, unsupported } from "./encode-content.ts";
import { mistral9 } from "./tool-ids.ts";

/** Encodes all turns. @throws LoomError, naming the part that cannot be sent */
export type MessageWriter = (ctx: Attempting, notices: Notice[]) => Json[];

export function messageWriter(manifest: Manifest): MessageWriter {
  const names: Record<Role, string> = {
    system: "system",
    user: "user",
    assistant: "assistant",
    tool: "tool",
    ...manifest.roles,
  };
  const toolId = manifest.tools?.toolCallIds === "mistral9" ? mistral9 : (id: string) => id;
  const sendsNames = manifest.params?.drop?.includes("name") !== true;
  const reasoningField = manifest.reasoning?.request;
  const thisTurnOnly = manifest.reasoning?.requestScope === "turn";

  return (ctx, notices) => {
    const { call: { messages }, target } = ctx;
    const thinkingFrom = reasoningField === undefined
      ? messages.length
      : thisTurnOnly
      ? messages.findLastIndex((message) => message.role === "user")
      : 0;
    return messages.map((message, index) => {
      const { content, extra } = message;
      const encoded: Body = { role: names[message.role] };
      if (extra !== undefined) Object.assign(encoded, extra, { role: encoded["role"] });
      if (message.name !== undefined && sendsNames) encoded["name"] = message.name;
      if (message.role === "tool") {
        if (message.toolCallId === undefined || message.toolCallId === "") {
          const path = `messages[${index}].toolCallId`;
          throw invalid({ manifest, target, path }, "a turn of role `tool` names the call that it answers");
        }
        encoded["tool_call_id"] = toolId(message.toolCallId);
      }
      if (typeof content === "string") {
        encoded["content"] = content;
        return encoded;
      }
      const place = (part: number): Place => ({
        manifest,
        target,
        path: `messages[${index}].content[${part}]`,
      });
      if (message.role === "assistant") {
        const field = index >= thinkingFrom ? reasoningField : undefined;
        assistant(content, { ctx, encoded, place, toolId, field, notices, label: manifest.label });
      } else if (message.role === "user") encoded["content"] = userContent(content, place);
      else encoded["content"] = textOnly(content, message.role === "system" ? "\n\n" : "\n", place);
      return encoded;
    });
  };
}

type Placed = (part: number) => Place;

/** One plain text stays a string: many vendors take nothing else. */
function userContent(content: readonly ContentPart[], place: Placed): Json {
  const [first] = content;
  if (content.length === 1 && first?.type === "text" && first.extra === undefined) return first.text;
  return content.map((part, index) => contentPart(part, place(index)));
}

/** System turns and tool results are text; as a list only where a part carries vendor fields. */
function textOnly(content: readonly ContentPart[], between: string, place: Placed): Json {
  const texts = content.map((part, index) => {
    if (part.type === "text") return part;
    throw unsupported(place(index), `a ${part.type} part in a turn that is not the user's`);
  });
  return joined(texts, between);
}
