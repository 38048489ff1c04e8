/** Encodes what the model said in earlier turns, with the signatures it wants to see again. */

import {
  type Body,
  type ContentPart,
  isForeign,
  type Json,
  type JsonObject,
  type Message,
  type ToolCallContent,
  unbound,
  vendorBound,
} from "../../../src/plugin.ts";
import { inputPart, invalid, type Place } from "./encode-parts.ts";
import { isThird } from "./family.ts";
import type { CallNames } from "./function-response.ts";

/**
 * Google's word for calls that its model did not make: from generation 3 on, the first call of a step needs a signature, and
 * without this one the whole conversation is refused. https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const unsignedCall = "skip_thought_signature_validator";

/** Ids that were made up here, because Google gave none; it does not get them back. */
const madeUp = /^call_[0-9A-Za-z]{16}$/;

export function assistantParts(
  { content }: Message,
  names: CallNames,
  place: Place,
  messages: readonly Message[],
  index: number,
): Json[] {
  if (typeof content === "string") return content === "" ? [] : [{ text: content }];
  const parts: Json[] = [];
  let calls = 0;
  content.forEach((given, at) => {
    const part = encodePart(given, { ...place, path: `${place.path}.content[${at}]` }, names, calls);
    if (given.type === "tool-call") calls++;
    if (part !== undefined) parts.push(part);
  });
  if (calls > 0 && isThird(place.ctx.target.upstreamModel) && isThisTurn(messages, index)) sign(parts);
  return parts;
}

function encodePart(part: ContentPart, place: Place, names: CallNames, calls: number): Json | undefined {
  const { ctx, notices } = place;
  switch (part.type) {
    case "text": {
      const { text, signature, extra } = unbound(part, ctx, notices);
      if (text === "" && signature === undefined) return undefined;
      return { text, ...signed(signature), ...extra };
    }
    case "reasoning": {
      const { text, signature, extra } = unbound(part, ctx, notices);
      if (text === "" && signature === undefined) return undefined;
      return { text, thought: true, ...signed(signature), ...extra };
    }
    case "tool-call":
      return functionCall(part, place, names, calls);
    case "native":
      if (isForeign(part, ctx)) {
        notices.push(vendorBound("a block", part));
        return undefined;
      }
      return part.value;
    default:
      return inputPart(part, place);
  }
}

function functionCall(given: ToolCallContent, place: Place, names: CallNames, order: number): Json {
  const { id, name, arguments: text, extra } = unbound(given, place.ctx, place.notices);
  const sendsId = !isForeign(given, place.ctx) && !madeUp.test(id);
  names.set(id, { name, order, sendsId });
  const call: Body = { name, args: argumentsOf(text, place) };
  if (sendsId) call["id"] = id;
  return { functionCall: call, ...extra };
}

/** Google takes an object; a call whose arguments are none cannot be told to it in any other way. */
function argumentsOf(text: string, place: Place): JsonObject {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    throw invalid(place, "the arguments of an earlier tool call are not JSON, which Google cannot be told");
  }
  throw invalid(
    place,
    "the arguments of an earlier tool call are no JSON object, which Google cannot be told",
  );
}

function signed(signature: string | undefined): { readonly thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: signature };
}

/** Signatures are looked for behind the last turn of the user that is not a tool's result. */
function isThisTurn(messages: readonly Message[], index: number): boolean {
  return index > messages.findLastIndex(({ role }) => role === "user");
}

/** Only the first of parallel calls is signed. */
function sign(parts: Json[]): void {
  const at = parts.findIndex((part) => (part as JsonObject)["functionCall"] !== undefined);
  const first = parts[at] as JsonObject;
  if (first["thoughtSignature"] !== undefined) return;
  parts[at] = { ...first, thoughtSignature: unsignedCall };
}
