/** Reads content blocks of turns and tool results. Those that only Anthropic understands stay as they are. */

import type {
  ContentPart,
  FileContent,
  ImageContent,
  Json,
  JsonObject,
  TextContent,
} from "../../../contract/index.ts";
import { extraOf, isGiven, objectAt, textAt } from "./checks.ts";
import { anthropic, nativePart } from "./own-blocks.ts";
import { argumentsOf } from "./tool-input.ts";

/** The block and its type. */
export function blockAt(value: Json, path: string): JsonObject & { readonly type: string } {
  const block = objectAt(value, path);
  textAt(block["type"], `${path}.type`);
  return block as JsonObject & { readonly type: string };
}

/** A block of a user's turn or of a tool's result. */
export function inputPart(value: Json, path: string): ContentPart {
  const block = blockAt(value, path);
  switch (block.type) {
    case "text":
      return textPart(block, path);
    case "image":
      return imagePart(block, path) ?? nativePart(block);
    case "document":
      return documentPart(block, path) ?? nativePart(block);
    default:
      return nativePart(block);
  }
}

/** A block of the system prompt. */
export function systemPart(value: Json, path: string): ContentPart {
  const block = blockAt(value, path);
  return block.type === "text" ? textPart(block, path) : nativePart(block);
}

/** A block of an earlier answer. Its vendor fields are Anthropic's, so no other vendor is to see them. */
export function assistantPart(value: Json, path: string): ContentPart {
  const block = blockAt(value, path);
  switch (block.type) {
    case "text": {
      const part = textPart(block, path);
      return part.extra === undefined ? part : { ...part, madeBy: anthropic };
    }
    case "thinking":
      return thinkingPart(block, path);
    case "tool_use":
      return toolCallPart(block, path);
    default:
      return nativePart(block);
  }
}

function textPart(block: JsonObject, path: string): TextContent {
  const { type: _, text, ...rest } = block;
  const extra = extraOf(rest);
  const part: TextContent = { type: "text", text: textAt(text, `${path}.text`) };
  return extra === undefined ? part : { ...part, extra };
}

/** Whoever answered, this format has one form for its thinking; a signature goes back to the vendor that is asked. */
function thinkingPart(block: JsonObject, path: string): ContentPart {
  const { type: _, thinking, signature, ...rest } = block;
  const extra = extraOf(rest);
  const proof = isGiven(signature) ? textAt(signature, `${path}.signature`) : "";
  return {
    type: "reasoning",
    text: textAt(thinking, `${path}.thinking`),
    ...(proof !== "" && { signature: proof }),
    ...(extra !== undefined && { extra }),
  };
}

function toolCallPart(block: JsonObject, path: string): ContentPart {
  const { type: _, id, name, input, ...rest } = block;
  const extra = extraOf(rest);
  return {
    type: "tool-call",
    id: textAt(id, `${path}.id`),
    name: textAt(name, `${path}.name`),
    arguments: argumentsOf(input, `${path}.input`),
    ...(extra !== undefined && { extra, madeBy: anthropic }),
  };
}

/** `undefined`: it comes from where only Anthropic can fetch it in a way that no other vendor has. */
function imagePart(block: JsonObject, path: string): ImageContent | FileContent | undefined {
  const { type: _, source: given, ...rest } = block;
  const source = objectAt(given, `${path}.source`);
  const extra = extraOf(rest);
  const beside = extra === undefined ? {} : { extra };
  switch (source["type"]) {
    case "base64":
      return { type: "image", ...bytesOf(source, path), ...beside };
    case "url":
      return { type: "image", url: textAt(source["url"], `${path}.source.url`), ...beside };
    case "file":
      return {
        type: "file",
        fileId: textAt(source["file_id"], `${path}.source.file_id`),
        // Only the vendor knows what kind of picture it is.
        mimeType: "image/*",
        ...beside,
      };
    default:
      return undefined;
  }
}

function documentPart(block: JsonObject, path: string): FileContent | undefined {
  const { type: _, source: given, title, ...rest } = block;
  const source = objectAt(given, `${path}.source`);
  const extra = extraOf(rest);
  const beside = {
    ...(isGiven(title) && { filename: textAt(title, `${path}.title`) }),
    ...(extra !== undefined && { extra }),
  };
  switch (source["type"]) {
    case "base64":
      return { type: "file", ...bytesOf(source, path), ...beside };
    case "text": {
      const dataB64 = base64(textAt(source["data"], `${path}.source.data`));
      return { type: "file", dataB64, mimeType: "text/plain", ...beside };
    }
    case "url":
      return {
        type: "file",
        url: textAt(source["url"], `${path}.source.url`),
        mimeType: "application/pdf",
        ...beside,
      };
    case "file":
      return { type: "file", fileId: textAt(source["file_id"], `${path}.source.file_id`), ...beside };
    default:
      return undefined;
  }
}

function bytesOf(source: JsonObject, path: string): { readonly dataB64: string; readonly mimeType: string } {
  return {
    dataB64: textAt(source["data"], `${path}.source.data`),
    mimeType: textAt(source["media_type"], `${path}.source.media_type`),
  };
}

/** Bytes that are turned into a string at once: more arguments than this do not fit on every stack. */
const piece = 0x6000;

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let encoded = "";
  // Pieces of a multiple of three bytes join without padding.
  for (let at = 0; at < bytes.length; at += piece) {
    encoded += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return encoded;
}
