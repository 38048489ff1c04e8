/** Decodes whole chat answers. */

import {
  asFields,
  asList,
  asText,
  faultOfText,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type Block, readCitation } from "./citations.ts";
import type { CohereErrors } from "./errors.ts";
import { finishReason } from "./finish.ts";
import { chatUsage } from "./usage.ts";

/** @throws LoomError, when the body holds an error or no answer */
export function decodeChat(body: Json, head: WireReplyHead, errors: CohereErrors): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  errors.refuse(fields, head);
  const message = asFields(fields["message"]);
  if (message === undefined) throw errors.notAnAnswer(head, "it has no `message`");
  const id = asText(fields["id"]);
  const parts: Part[] = id === undefined ? [] : [{ type: "response", id }];
  const before = parts.length;
  const plan = asText(message["tool_plan"]);
  if (plan !== undefined) parts.push({ type: "reasoning", text: plan });
  const blocks = readContent(message["content"], parts);
  for (const citation of asList(message["citations"]) ?? []) readCitation(citation, blocks, parts);
  const calls = asList(message["tool_calls"]) ?? [];
  calls.forEach((call, index) => parts.push(toolCall(call, index, id, head, errors)));

  const word = asText(fields["finish_reason"]);
  const reason = finishReason(word, calls.length > 0);
  if (reason === "error") throw errors.fromFault(head, faultOfText(`the model stopped with ${word}`));
  if (word === undefined && parts.length === before) {
    throw errors.notAnAnswer(head, "it has neither content nor a reason for its end");
  }
  const usage = chatUsage(fields["usage"]);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "finish", reason, ...(word !== undefined && { raw: word }) });
  parts.push({ type: "raw", value: body });
  return parts;
}

/** Blocks of unknown kinds are kept whole, for the next turn. */
function readContent(content: unknown, parts: Part[]): ReadonlyMap<number, Block> {
  const blocks = new Map<number, Block>();
  const list = typeof content === "string" ? [{ type: "text", text: content }] : asList(content) ?? [];
  let base = 0;
  list.forEach((entry, index) => {
    const block = asFields(entry);
    if (block === undefined) return;
    const type = asText(block["type"]) ?? "text";
    const text = asText(block[type === "thinking" ? "thinking" : "text"]);
    if (type === "text" || type === "thinking") {
      if (text === undefined) return;
      parts.push({ type: type === "text" ? "text" : "reasoning", text });
      blocks.set(index, { type, text, base });
      if (type === "text") base += text.length;
    } else parts.push({ type: "native", value: block as JsonObject });
  });
  return blocks;
}

function toolCall(
  entry: unknown,
  index: number,
  responseId: string | undefined,
  head: WireReplyHead,
  errors: CohereErrors,
): Part {
  const call = asFields(entry);
  const named = asFields(call?.["function"]);
  const name = asText(named?.["name"]);
  if (name === undefined) throw errors.notAnAnswer(head, "a tool call has no name");
  const id = asText(call?.["id"]) ?? madeUpId(head.ctx, responseId, 0, index, name);
  return { type: "tool-call", index, id, name, arguments: argumentText(named as Fields) };
}

/** A tool without parameters is called with nothing, or with `null`. */
export function argumentText(named: Fields): string {
  const value = named["arguments"];
  const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  return noArguments(text) ? "{}" : text;
}

export function noArguments(text: string): boolean {
  const bare = text.trim();
  return bare === "" || bare === "null";
}
