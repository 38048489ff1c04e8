/** Decodes whole answers. */

import {
  asFields,
  asList,
  asText,
  type ErrorDecoder,
  faultOfText,
  type Json,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Blocks, refusalPart, responsePart } from "./blocks.ts";
import { faultIn } from "./faults.ts";
import type { FinishReader } from "./finish.ts";
import { UsageCount } from "./usage.ts";

/** How one vendor's answers are read. */
export interface Reading {
  readonly errors: ErrorDecoder;
  readonly finish: FinishReader;
}

/** Decodes one body. @throws LoomError, when it holds an error or no answer */
export function decodeWhole(body: Json, head: WireReplyHead, { errors, finish }: Reading): readonly Part[] {
  const message = asFields(body);
  if (message === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  const fault = faultIn(message, head, errors);
  if (fault !== undefined) throw fault;
  const { content } = message;
  const word = asText(message["stop_reason"]);
  const list = asList(content) ??
    (typeof content === "string" ? [{ type: "text", text: content }] : undefined);
  if (list === undefined && word === undefined) throw errors.notAnAnswer(head, "it has no `content`");

  const parts: Part[] = [];
  const response = responsePart(message);
  if (response !== undefined) parts.push(response);
  const blocks = new Blocks(head.ctx, (why) => errors.notAnAnswer(head, why));
  blocks.id = asText(message["id"]);
  for (const entry of list ?? []) {
    const block = asFields(entry);
    if (block !== undefined) blocks.whole(block, parts);
  }
  const refusal = refusalPart(message["stop_details"]);
  if (refusal !== undefined) parts.push(refusal);
  const usage = new UsageCount();
  usage.add(message["usage"]);
  if (usage.usage !== undefined) parts.push({ type: "usage", usage: usage.usage });
  const reason = finish(word ?? "", blocks.calls > 0);
  if (reason === "error") throw errors.fromFault(head, faultOfText(`the model stopped with ${word}`));
  parts.push(
    word === undefined
      ? { type: "finish", reason: settled(blocks.calls) }
      : { type: "finish", reason, raw: word },
  );
  parts.push({ type: "raw", value: body });
  return parts;
}

/** Without a word from the vendor, calls speak for themselves. */
export function settled(calls: number): "tool-calls" | "other" {
  return calls > 0 ? "tool-calls" : "other";
}
