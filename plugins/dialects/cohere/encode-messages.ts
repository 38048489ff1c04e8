/** Encodes the turns of a conversation, and takes out the documents that go beside them. */

import {
  type Attempting,
  type Body,
  type ContentPart,
  type FileContent,
  type ImageContent,
  isForeign,
  type Json,
  type JsonObject,
  type Message,
  type Notice,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { thinks } from "./generation.ts";
import { missing, unsupported } from "./invalid.ts";

export interface Conversation {
  readonly messages: Json[];
  /** Texts that the caller sent as files; the model may cite them. */
  readonly documents: readonly Json[];
}

/** @throws LoomError, naming the part that cannot be sent */
export function encodeMessages(ctx: Attempting, notices: Notice[]): Conversation {
  const documents: Json[] = [];
  const messages = ctx.call.messages.map((message, index): Json => {
    const path = `messages[${index}]`;
    const { content, extra, role } = message;
    const encoded: Body = { ...extra, role };
    if (role === "tool") encoded["tool_call_id"] = toolCallId(ctx, message, path);
    if (typeof content === "string") encoded["content"] = content;
    else if (role === "assistant") assistant(ctx, content, encoded, path, notices);
    else if (role === "user") encoded["content"] = user(ctx, content, path, documents);
    else encoded["content"] = textOnly(ctx, content, role === "system" ? "\n\n" : "\n", path);
    return encoded as Json;
  });
  return { messages, documents };
}

function toolCallId(ctx: Attempting, { toolCallId: id }: Message, path: string): string {
  if (id !== undefined && id !== "") return id;
  throw missing(ctx, `${path}.toolCallId`, "a turn of role `tool` names the call that it answers");
}

/** One plain text stays a string. */
function user(ctx: Attempting, content: readonly ContentPart[], path: string, documents: Json[]): Json {
  const blocks: Json[] = [];
  content.forEach((part, index) => {
    const place = `${path}.content[${index}]`;
    if (part.type === "text") blocks.push({ type: "text", text: part.text, ...part.extra });
    else if (part.type === "image") blocks.push(image(ctx, part, place));
    else if (part.type === "file") documents.push(document(ctx, part, place, documents.length));
    else if (part.type === "audio") throw unsupported(ctx, place, "sound as input");
    else throw missing(ctx, place, `a ${part.type} part can only stand in a turn of the assistant`);
  });
  const [only] = blocks as JsonObject[];
  if (blocks.length === 1 && only?.["type"] === "text" && Object.keys(only).length === 2) {
    return only["text"] ?? "";
  }
  return blocks.length === 0 ? "" : blocks;
}

function image(ctx: Attempting, part: ImageContent, place: string): Json {
  if ((part.url === undefined) === (part.dataB64 === undefined)) {
    throw missing(ctx, place, "an image needs exactly one of `url` and `dataB64`");
  }
  if (part.dataB64 !== undefined && part.mimeType === undefined) {
    throw missing(ctx, place, "`dataB64` needs a `mimeType` beside it, such as image/png");
  }
  const url = part.url ?? `data:${part.mimeType};base64,${part.dataB64}`;
  const { detail } = part;
  return { type: "image_url", image_url: detail === undefined ? { url } : { url, detail }, ...part.extra };
}

/** Texts become documents beside the conversation, which is Cohere's way; other files it does not read. */
function document(ctx: Attempting, part: FileContent, place: string, number: number): Json {
  const { dataB64, mimeType = "" } = part;
  if (dataB64 === undefined || !/^text\/|^application\/json\b/.test(mimeType)) {
    throw unsupported(ctx, place, "files other than text (`dataB64` with a `mimeType` such as text/plain)");
  }
  const text = Buffer.from(dataB64, "base64").toString("utf8");
  const data: Body = { text };
  if (part.filename !== undefined) data["title"] = part.filename;
  return { id: `file:${number}`, data: data as Json, ...part.extra };
}

function textOnly(ctx: Attempting, content: readonly ContentPart[], between: string, path: string): Json {
  return content.map((part, index) => {
    if (part.type === "text") return part.text;
    throw unsupported(
      ctx,
      `${path}.content[${index}]`,
      `a ${part.type} part in a turn that is not the user's`,
    );
  }).join(between);
}

/** Thinking goes back as content to models that think, and as the plan of tool calls to those that plan. */
function assistant(
  ctx: Attempting,
  content: readonly ContentPart[],
  encoded: Body,
  path: string,
  notices: Notice[],
): void {
  const blocks: Json[] = [];
  const calls: Json[] = [];
  let thinking = "";
  const asContent = thinks(ctx.target.upstreamModel);
  content.forEach((part, index) => {
    if (part.type === "text") blocks.push({ type: "text", text: part.text });
    else if (part.type === "reasoning") {
      const { text } = unbound(part, ctx, notices);
      thinking += text;
      if (asContent && text !== "") blocks.push({ type: "thinking", thinking: text });
    } else if (part.type === "tool-call") {
      const { id, name, arguments: text, extra } = unbound(part, ctx, notices);
      calls.push({
        id,
        type: "function",
        function: { name, arguments: text === "" ? "{}" : text },
        ...extra,
      });
    } else if (part.type === "native") {
      if (isForeign(part, ctx)) notices.push(vendorBound("a native part", part));
      else blocks.push(part.value);
    } else {throw unsupported(
        ctx,
        `${path}.content[${index}]`,
        `a ${part.type} part in a turn of the assistant`,
      );}
  });
  if (calls.length > 0) encoded["tool_calls"] = calls;
  if (!asContent && thinking !== "") {
    if (calls.length > 0) encoded["tool_plan"] = thinking;
    else {
      notices.push({
        code: "reasoning-dropped",
        message: `${ctx.target.model} does not think; thinking of an earlier turn was left out`,
      });
    }
  }
  const plain = (blocks as JsonObject[]).every(({ type }) => type === "text");
  if (!plain) encoded["content"] = blocks;
  else if (blocks.length > 0 || calls.length === 0) {
    encoded["content"] = (blocks as JsonObject[]).map(({ text }) => text).join("");
  }
}
