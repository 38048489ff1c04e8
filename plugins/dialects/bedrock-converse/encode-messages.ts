/** Encodes the turns of a conversation: system texts apart, turns of one side after the other joined. */

import {
  type Attempting,
  type ContentPart,
  isForeign,
  type Json,
  type JsonObject,
  letters,
  type Message,
  type Notice,
  type ReasoningContent,
  type ToolCallContent,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { documentBlock, imageBlock } from "./encode-content.ts";
import { invalid, unsupported } from "./invalid.ts";

export interface Conversation {
  readonly system: readonly Json[];
  readonly messages: readonly Json[];
}

type Side = "user" | "assistant";

/** @throws LoomError, naming the part that cannot be sent */
export function encodeMessages(ctx: Attempting, notices: Notice[]): Conversation {
  const system: Json[] = [];
  const turns: { readonly role: Side; readonly content: Json[] }[] = [];
  let documents = 0;
  ctx.call.messages.forEach((message, index) => {
    const path = `messages[${index}]`;
    if (message.role === "system") {
      for (const part of partsOf(message)) system.push(...systemBlocks(ctx, part, path));
      return;
    }
    const role: Side = message.role === "assistant" ? "assistant" : "user";
    const blocks: Json[] = [];
    if (message.role === "tool") blocks.push(...toolResult(ctx, message, path));
    else {
      partsOf(message).forEach((part, at) => {
        const place = `${path}.content[${at}]`;
        if (role === "assistant") blocks.push(...assistantBlocks(ctx, part, place, notices));
        else blocks.push(...userBlocks(ctx, part, place, part.type === "file" ? documents++ : documents));
      });
    }
    if (blocks.length === 0) return;
    // Bedrock refuses two turns of the same side in a row.
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  });
  return { system, messages: turns as Json[] };
}

function partsOf({ content }: Message): readonly ContentPart[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** A cache mark stands behind what it marks. Blank texts are refused, so they are left out. */
function marked(block: Json | undefined, extra: JsonObject | undefined): Json[] {
  const mark = extra?.["cachePoint"];
  return [...(block === undefined ? [] : [block]), ...(mark === undefined ? [] : [{ cachePoint: mark }])];
}

function textBlock(text: string): Json | undefined {
  return text.trim() === "" ? undefined : { text };
}

function systemBlocks(ctx: Attempting, part: ContentPart, path: string): Json[] {
  if (part.type === "text") return marked(textBlock(part.text), part.extra);
  if (part.type === "native") return [part.value];
  throw unsupported(ctx, path, `a ${part.type} part in a system turn`);
}

function userBlocks(ctx: Attempting, part: ContentPart, place: string, documents: number): Json[] {
  switch (part.type) {
    case "text":
      return marked(textBlock(part.text), part.extra);
    case "image":
      return marked(imageBlock(ctx, part, place), part.extra);
    case "file":
      return marked(documentBlock(ctx, part, place, documents), part.extra);
    case "native":
      return [part.value];
    case "audio": {
      const format =
        part.mimeType.split(";")[0]?.split("/").at(-1)?.replace(/^x-/, "").replace("mpeg", "mp3") ?? "";
      return marked({ audio: { format, source: { bytes: part.dataB64 } } }, part.extra);
    }
    default:
      throw invalid(ctx, place, `a ${part.type} part can only stand in a turn of the assistant`);
  }
}

function toolResult(ctx: Attempting, message: Message, path: string): Json[] {
  const { toolCallId, isError } = message;
  if (toolCallId === undefined || toolCallId === "") {
    throw invalid(ctx, `${path}.toolCallId`, "a turn of role `tool` names the call that it answers");
  }
  const marks: Json[] = [];
  const content = partsOf(message).flatMap((part, index): Json[] => {
    const place = `${path}.content[${index}]`;
    if ("extra" in part && part.extra?.["cachePoint"] !== undefined) {
      marks.push({ cachePoint: part.extra["cachePoint"] });
    }
    if (part.type === "text") return [{ text: part.text }];
    if (part.type === "image") return [imageBlock(ctx, part, place)];
    if (part.type === "file") return [documentBlock(ctx, part, place, index)];
    if (part.type === "native") return [part.value];
    throw unsupported(ctx, place, `a ${part.type} part in the result of a tool`);
  });
  const result = { toolUseId: toolUseId(toolCallId), content, ...(isError === true && { status: "error" }) };
  return [{ toolResult: result }, ...marks];
}

function assistantBlocks(ctx: Attempting, part: ContentPart, place: string, notices: Notice[]): Json[] {
  switch (part.type) {
    case "text": {
      const { text, extra } = unbound(part, ctx, notices);
      return marked(textBlock(text), extra);
    }
    case "reasoning":
      return reasoningBlocks(ctx, part, notices);
    case "tool-call":
      return [toolUse(unbound(part, ctx, notices), notices)];
    case "native":
      if (!isForeign(part, ctx)) return [part.value];
      notices.push(vendorBound("a native part", part));
      return [];
    default:
      throw unsupported(ctx, place, `a ${part.type} part in a turn of the assistant`);
  }
}

/** Thinking goes back where its maker signed it; without a signature Claude refuses it and others have no place for it. */
function reasoningBlocks(ctx: Attempting, part: ReasoningContent, notices: Notice[]): Json[] {
  const { text, signature } = unbound(part, ctx, notices);
  if (signature !== undefined) return [{ reasoningContent: { reasoningText: { text, signature } } }];
  if (text !== "" && part.signature === undefined) {
    notices.push({
      code: "reasoning-dropped",
      message: "thinking of an earlier turn that nobody signed was left out; Bedrock has no place for it",
    });
  }
  return [];
}

function toolUse({ id, name, arguments: text }: ToolCallContent, notices: Notice[]): Json {
  return { toolUse: { toolUseId: toolUseId(id), name, input: inputOf(text, name, notices) } };
}

/** Bedrock takes objects only. */
function inputOf(text: string, name: string, notices: Notice[]): Json {
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as Json;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // What the model wrote may not parse; it is wrapped below, with a word to the caller.
  }
  notices.push({
    code: "arguments-wrapped",
    message:
      `the arguments of an earlier call of ${name} are no JSON object; they were sent as the text that they are`,
  });
  return { arguments: text };
}

/** Ids that Bedrock would refuse become others, the same wherever they stand. */
function toolUseId(id: string): string {
  return /^[a-zA-Z0-9_.:-]{1,64}$/.test(id) ? id : `tooluse_${letters(id, 22)}`;
}
