/** Encodes the turns of a conversation as input items. */

import type {
  Attempting,
  Body,
  ContentPart,
  Json,
  Manifest,
  Message,
  Notice,
  Role,
  TextContent,
} from "../../../src/plugin.ts";
import { assistantItems } from "./encode-assistant.ts";
import { inputContent, invalid, type Place, unsupported } from "./encode-content.ts";

/**
 * Writes `input`, and `instructions` from the system turns at the beginning when those are not given as a param.
 * @throws LoomError, naming the part that cannot be sent
 */
export type InputWriter = (
  ctx: Attempting,
  writeInstructions: boolean,
  body: Body,
  notices: Notice[],
) => void;

export function inputWriter(manifest: Manifest): InputWriter {
  const names: Record<Role, string> = {
    system: "system",
    user: "user",
    assistant: "assistant",
    tool: "tool",
    ...manifest.roles,
  };

  return (ctx, writeInstructions, body, notices) => {
    const { messages } = ctx.call;
    const { target } = ctx;
    const freeText = freeTextCalls(messages);
    const instructions: string[] = [];
    const items: Json[] = [];
    let named = false;
    messages.forEach((message, index) => {
      const { role, content, extra } = message;
      const place = (part?: number): Place => {
        const path = `messages[${index}]${part === undefined ? "" : `.content[${part}]`}`;
        return { manifest, target, path };
      };
      named ||= message.name !== undefined;
      const parts: readonly ContentPart[] = typeof content === "string"
        ? [{ type: "text", text: content }]
        : content;
      if (role === "system") {
        const texts = textsOf(parts, place);
        const plain = extra === undefined && texts.every((part) => part.extra === undefined);
        // One place holds them all; what comes later, or is marked, stays where it is.
        if (writeInstructions && items.length === 0 && plain) {
          instructions.push(...texts.map(({ text }) => text));
        } else items.push({ role: names.system, content: inputContent(joined(texts), place), ...extra });
      } else if (role === "user") {
        items.push({ role: names.user, content: inputContent(parts, place), ...extra });
      } else if (role === "assistant") {
        items.push(...assistantItems(parts, { ctx, notices, place, extra }));
      } else items.push(toolResult(message, parts, freeText, place));
    });
    if (instructions.length > 0) body["instructions"] = instructions.join("\n\n");
    body["input"] = items;
    if (named) {
      const message = `${manifest.label} has no speakers' names in the Responses API; they were left out`;
      notices.push({ code: "param-dropped", message });
    }
  };
}

function textsOf(parts: readonly ContentPart[], place: (part: number) => Place): readonly TextContent[] {
  return parts.map((part, index) => {
    if (part.type === "text") return part;
    throw unsupported(place(index), `a ${part.type} part in a system turn`);
  });
}

function joined(texts: readonly TextContent[]): readonly TextContent[] {
  if (texts.some((part) => part.extra !== undefined)) return texts;
  return [{ type: "text", text: texts.map(({ text }) => text).join("\n\n") }];
}

/** Ids of the calls whose tool takes free text: their results go back under another name. */
function freeTextCalls(messages: readonly Message[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { role, content } of messages) {
    if (role !== "assistant" || typeof content === "string") continue;
    for (const part of content) {
      if (part.type !== "tool-call") continue;
      const type = part.extra?.["type"];
      if (type === "custom_tool_call" || type === "custom") ids.add(part.id);
    }
  }
  return ids;
}

/** A result is text, or a list with pictures and documents in it. That a tool failed has no field of its own here. */
function toolResult(
  { toolCallId, extra }: Message,
  parts: readonly ContentPart[],
  freeText: ReadonlySet<string>,
  place: (part?: number) => Place,
): Json {
  if (toolCallId === undefined || toolCallId === "") {
    const at = place();
    const path = `${at.path}.toolCallId`;
    throw invalid({ ...at, path }, "a turn of role `tool` names the call that it answers");
  }
  const plain = parts.every((part) => part.type === "text" && part.extra === undefined);
  const output = plain
    ? parts.map((part) => (part as TextContent).text).join("\n")
    : inputContent(parts, place);
  const type = freeText.has(toolCallId) ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: toolCallId, output, ...extra };
}
