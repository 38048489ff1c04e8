/** Reads the items of an assistant's turn: its words, thinking and calls, and what only the vendor understands. */

import type { ContentPart, Json, JsonObject } from "../../../contract/index.ts";
import { invalid, isAbsent, listAt, nameAt, objectAt, textAt } from "./fields.ts";
import { carriedExtra, carriedIn, formatMaker, isOwnId } from "./own-items.ts";
import { readSpoken } from "./read-content.ts";

const madeBy = formatMaker;

/** A turn of the assistant while its items are read. */
export interface Turn {
  readonly parts: ContentPart[];
  /** Whether it holds what only vendors of this format understand: the messages after that are tied to it. */
  bound: boolean;
}

/** Adds what one item says to the turn that it belongs to. */
export function readAssistantItem(item: JsonObject, type: string, path: string, turn: Turn): void {
  switch (type) {
    case "message":
      return message(item, path, turn);
    case "reasoning":
      return reasoning(item, path, turn);
    case "function_call":
      turn.parts.push(functionCall(item, path));
      return;
    case "custom_tool_call":
      turn.parts.push(customCall(item, path));
      return;
    default:
      native(item, turn);
  }
}

/**
 * A message's id and phase go back with it where the vendor ties them to something: to thinking and searches before it.
 * Elsewhere they would only be one more thing that other vendors cannot take.
 */
function message(item: JsonObject, path: string, { parts, bound }: Turn): void {
  const { content, ...frame } = item;
  const texts = readSpoken(content, `${path}.content`);
  const tied = typeof frame["id"] === "string" && !isOwnId(frame["id"]) && bound;
  if (tied || !isAbsent(frame["phase"])) {
    const { id, ...unnamed } = frame;
    const kept = isOwnId(id) ? unnamed : frame;
    parts.push({ type: "native", value: { type: "message", ...kept }, madeBy });
  }
  for (const text of texts) parts.push({ type: "text", text });
}

/** Pictures that Loom wrote as items are no vendor's items. */
function native(item: JsonObject, turn: Turn): void {
  const own = isOwnId(item["id"]);
  turn.bound ||= !own;
  turn.parts.push({ type: "native", value: item, madeBy: own ? "loom" : madeBy });
}

/** Thinking that other vendors made is theirs again; that of this format's vendors is kept whole, and its text beside it. */
function reasoning(item: JsonObject, path: string, turn: Turn): void {
  const { parts } = turn;
  const text = summaryOf(item["summary"], `${path}.summary`);
  const { encrypted_content: encrypted, id } = item;
  if (!isAbsent(encrypted)) textAt(encrypted, `${path}.encrypted_content`);
  const carried = carriedIn(encrypted);
  if (carried?.native !== undefined) {
    parts.push({ type: "native", value: carried.native, madeBy: carried.madeBy });
  } else if (carried?.signature !== undefined) {
    parts.push({ type: "reasoning", text, signature: carried.signature, madeBy: carried.madeBy });
  } else if (isAbsent(id) && typeof encrypted === "string") {
    parts.push({ type: "reasoning", text, signature: encrypted, madeBy });
  } else {
    if (text !== "") parts.push({ type: "reasoning", text });
    if (!isOwnId(id)) native(item, turn);
  }
}

function summaryOf(value: Json | undefined, path: string): string {
  if (isAbsent(value)) return "";
  const texts = listAt(value, path).map((entry, index) => {
    const at = `${path}[${index}]`;
    return textAt(objectAt(entry, at)["text"], `${at}.text`);
  });
  return texts.join("\n\n");
}

function functionCall(item: JsonObject, path: string): ContentPart {
  const { type: _type, call_id, name, arguments: text, status: _status, ...rest } = item;
  return {
    type: "tool-call",
    id: nameAt(call_id, `${path}.call_id`),
    name: nameAt(name, `${path}.name`),
    arguments: textAt(text, `${path}.arguments`),
    ...boundFields(rest),
  };
}

function customCall(item: JsonObject, path: string): ContentPart {
  const { type: _type, call_id, name, input, status: _status, ...rest } = item;
  const id = nameAt(call_id, `${path}.call_id`);
  // xAI shows the searches that it runs itself as calls.
  if (id.startsWith("xs_call_")) return { type: "native", value: item, madeBy };
  const { extra } = boundFields(rest);
  return {
    type: "tool-call",
    id,
    name: nameAt(name, `${path}.name`),
    arguments: textAt(input, `${path}.input`),
    extra: { type: "custom_tool_call", ...extra },
    madeBy,
  };
}

/** What a call's item says beside the call. The SDK adds the arguments once more, parsed. */
function boundFields(
  { parsed_arguments: _, ...rest }: JsonObject,
): { readonly extra?: JsonObject; readonly madeBy?: string } {
  const theirs = carriedExtra(rest["extra_content"]);
  if (theirs !== undefined) return theirs;
  const said = Object.entries(rest).filter(([name, value]) =>
    !isAbsent(value) && !(name === "id" && isOwnId(value))
  );
  return said.length === 0 ? {} : { extra: Object.fromEntries(said), madeBy };
}

/** The type of an item that does not say it. */
export function typeOf(item: JsonObject, path: string): string {
  const { type } = item;
  if (typeof type === "string" && type !== "") return type;
  if (!isAbsent(type)) throw invalid(`${path}.type`, "must be the name of an item type, such as message");
  if (item["role"] !== undefined) return "message";
  if (typeof item["id"] === "string") return "item_reference";
  throw invalid(`${path}.type`, "an item needs a `type`, or a `role` and `content`");
}
