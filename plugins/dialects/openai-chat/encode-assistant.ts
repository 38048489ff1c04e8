/** Encodes a turn of the assistant: its text, its calls, and the thinking that its vendor wants to see again. */

import {
  type Attempting,
  type Body,
  type ContentPart,
  isForeign,
  type Json,
  type NativeContent,
  type Notice,
  type TextContent,
  type ToolCallContent,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { joined, type Place, unsupported } from "./encode-content.ts";
import { detailsOfBlock } from "./reasoning-details.ts";

export interface AssistantTurn {
  readonly ctx: Attempting;
  readonly encoded: Body;
  readonly place: (part: number) => Place;
  readonly toolId: (id: string) => string;
  /** Where thinking goes; `undefined`: it is left out. */
  readonly field: string | undefined;
  readonly notices: Notice[];
  readonly label: string;
}

export function assistant(content: readonly ContentPart[], turn: AssistantTurn): void {
  const { ctx, encoded, field, notices } = turn;
  const texts: TextContent[] = [];
  const calls: Json[] = [];
  const details: Json[] = [];
  let thinking = "";
  let signature: string | undefined;
  content.forEach((given, index) => {
    if (given.type === "text") texts.push(unbound(given, ctx, notices));
    else if (given.type === "tool-call") calls.push(toolCall(unbound(given, ctx, notices), turn.toolId));
    else if (given.type === "reasoning") {
      const part = unbound(given, ctx, notices);
      thinking += part.text;
      signature = part.signature ?? signature;
    } else if (given.type === "native") details.push(...nativeDetails(given, turn));
    else throw unsupported(turn.place(index), `a ${given.type} part in a turn of the assistant`);
  });
  const text = joined(texts, "");
  encoded["content"] = text === "" && calls.length > 0 ? null : text;
  // Whole blocks say what their text says, and more.
  if (details.length > 0) encoded["reasoning_details"] = details;
  else if (thinking !== "" && field === "content") {
    const chunk = { type: "thinking", thinking: [{ type: "text", text: thinking }] };
    const signed = signature === undefined ? chunk : { ...chunk, signature };
    const rest = typeof text === "string" ? text === "" ? [] : [{ type: "text", text }] : text as Json[];
    encoded["content"] = [signed, ...rest];
  } else {
    if (thinking !== "" && field !== undefined) encoded[field] = thinking;
    if (signature !== undefined) tellSignature(turn);
  }
  if (calls.length > 0) encoded["tool_calls"] = calls;
}

/** Only `reasoning_details` have a place in this format. */
function nativeDetails(part: NativeContent, { ctx, field, notices, label }: AssistantTurn): readonly Json[] {
  const { type } = part.value;
  const what = typeof type === "string" ? `a \`${type}\` block` : "a block";
  if (isForeign(part, ctx)) {
    notices.push(vendorBound(what, part));
    return [];
  }
  const details = detailsOfBlock(part.value);
  if (details !== undefined && field !== undefined) return details;
  if (details === undefined) {
    const message = `${label} has no place for ${what} of an earlier turn; it was left out`;
    notices.push({ code: "native-dropped", message });
  }
  return [];
}

function tellSignature({ label, notices }: AssistantTurn): void {
  const message = `${label} has no place for signed thinking of an earlier turn; the signature was left out`;
  notices.push({ code: "signature-dropped", message });
}

/** `extra` may carry the vendor's own form of a call that is not a function. */
function toolCall(part: ToolCallContent, toolId: (id: string) => string): Json {
  const id = toolId(part.id);
  if (part.extra?.["type"] === "custom_tool_call") {
    return { id, type: "custom", custom: { name: part.name, input: part.arguments } };
  }
  if (part.extra?.["type"] !== undefined) return { id, ...part.extra };
  // An empty text is what a call without arguments streams as; sent back, vendors refuse it as broken JSON.
  const text = part.arguments === "" ? "{}" : part.arguments;
  return { id, type: "function", function: { name: part.name, arguments: text }, ...part.extra };
}
