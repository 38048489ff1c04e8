/** Encodes an earlier turn of the assistant, with what it thought and what its tools were asked. */

import {
  type ContentPart,
  isForeign,
  type Json,
  type JsonObject,
  type NativeContent,
  type ReasoningContent,
  type ToolCallContent,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { textBlock } from "./encode-content.ts";
import { type Encoding, invalid, notice } from "./place.ts";
import { toolUseId } from "./tool-ids.ts";

export function assistantBlocks(
  content: string | readonly ContentPart[],
  at: Encoding,
  path: string,
): JsonObject[] {
  if (typeof content === "string") content = [{ type: "text", text: content }];
  const blocks: JsonObject[] = [];
  content.forEach((part, index) => {
    const block = assistantBlock(part, at, `${path}.content[${index}]`);
    if (block !== undefined) blocks.push(block);
  });
  return blocks;
}

function assistantBlock(part: ContentPart, at: Encoding, path: string): JsonObject | undefined {
  const { ctx, notices } = at;
  switch (part.type) {
    case "text": {
      const { text, extra } = unbound(part, ctx, notices);
      return textBlock(text, extra);
    }
    case "reasoning":
      return thinkingBlock(unbound(part, ctx, notices), at);
    case "tool-call":
      return toolUse(unbound(part, ctx, notices));
    case "native":
      return nativeBlock(part, at);
    default:
      throw invalid(at, path, `a ${part.type} part can only stand in a turn of the user`);
  }
}

/** Thinking that the API did not sign is refused. */
function thinkingBlock({ text, signature, extra }: ReasoningContent, at: Encoding): JsonObject | undefined {
  if (signature !== undefined) return { type: "thinking", thinking: text, signature, ...extra };
  notice(
    at,
    "reasoning-dropped",
    `${at.manifest.label} takes back only thinking that it signed; other thinking was left out`,
  );
  return undefined;
}

function toolUse({ id, name, arguments: text, extra }: ToolCallContent): JsonObject {
  return { type: "tool_use", id: toolUseId(id), name, input: inputOf(text), ...extra };
}

/** The API wants an object. What the model wrote wrongly goes back as it was, in the form that the vendor's guide proposes. */
function inputOf(text: string): Json {
  if (text.trim() === "") return {};
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Json;
  } catch {
    // Sent back as text, like JSON of another kind.
  }
  return { INVALID_JSON: text };
}

function nativeBlock(part: NativeContent, at: Encoding): JsonObject | undefined {
  const { ctx, notices } = at;
  const { value } = part;
  if (isForeign(part, ctx)) {
    notices.push(vendorBound(`a ${String(value["type"] ?? "native")} block`, part));
    return undefined;
  }
  // The mark of a model that stood in for another; the API takes it back only from those who asked for that.
  const betas = JSON.stringify(ctx.target.params["anthropic_beta"] ?? "");
  if (value["type"] === "fallback" && !betas.includes("server-side-fallback")) return undefined;
  return value;
}
