/** Encodes the turns of a conversation. */

import type {
  ContentPart,
  Json,
  Manifest,
  Message,
  Role,
  Target,
  TextContent,
  ToolCallContent,
} from "../../../src/plugin.ts";
import { contentPart, invalid, type Place, unsupported } from "./encode-content.ts";
import type { Body, Notice } from "./params.ts";
import { mistral9 } from "./tool-ids.ts";

/** Encodes all turns. @throws LoomError, naming the part that cannot be sent */
export type MessageWriter = (messages: readonly Message[], target: Target, notices: Notice[]) => Json[];

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

  return (messages, target, notices) => {
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
        assistant(content, { encoded, place, toolId, field, notices, label: manifest.label });
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

function joined(texts: readonly TextContent[], between: string): Json {
  if (texts.some((part) => part.extra !== undefined)) {
    return texts.map((part) => ({ type: "text", text: part.text, ...part.extra }));
  }
  return texts.map((part) => part.text).join(between);
}

interface AssistantTurn {
  readonly encoded: Body;
  readonly place: Placed;
  readonly toolId: (id: string) => string;
  /** Where thinking goes; `undefined`: it is left out. */
  readonly field: string | undefined;
  readonly notices: Notice[];
  readonly label: string;
}

function assistant(content: readonly ContentPart[], turn: AssistantTurn): void {
  const texts: TextContent[] = [];
  const calls: Json[] = [];
  let thinking = "";
  let signed = false;
  content.forEach((part, index) => {
    if (part.type === "text") texts.push(part);
    else if (part.type === "tool-call") calls.push(toolCall(part, turn.toolId));
    else if (part.type === "reasoning") {
      thinking += part.text;
      signed ||= part.signature !== undefined;
    } else throw unsupported(turn.place(index), `a ${part.type} part in a turn of the assistant`);
  });
  const { encoded, field } = turn;
  if (signed) {
    turn.notices.push({
      code: "signature-dropped",
      message:
        `${turn.label} has no place for signed thinking of an earlier turn; the signature was left out`,
    });
  }
  const text = joined(texts, "");
  encoded["content"] = text === "" && calls.length > 0 ? null : text;
  if (thinking !== "" && field === "content") {
    const chunk = { type: "thinking", thinking: [{ type: "text", text: thinking }] };
    const rest = typeof text === "string" ? text === "" ? [] : [{ type: "text", text }] : text as Json[];
    encoded["content"] = [chunk, ...rest];
  } else if (thinking !== "" && field !== undefined) encoded[field] = thinking;
  if (calls.length > 0) encoded["tool_calls"] = calls;
}

/** `extra` may carry the vendor's own form of a call that is not a function. */
function toolCall(part: ToolCallContent, toolId: (id: string) => string): Json {
  const id = toolId(part.id);
  if (part.extra?.["type"] !== undefined) return { id, ...part.extra };
  // An empty text is what a call without arguments streams as; sent back, vendors refuse it as broken JSON.
  const text = part.arguments === "" ? "{}" : part.arguments;
  return { id, type: "function", function: { name: part.name, arguments: text }, ...part.extra };
}
