/** Decodes whole answers of Converse. */

import {
  asFields,
  asList,
  asText,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { citationPart } from "./citations.ts";
import type { BedrockErrors } from "./errors.ts";
import { finishReason } from "./finish.ts";
import { usageOf } from "./usage.ts";

/** @throws LoomError, when the body holds an error or no answer */
export function decodeAnswer(body: Json, head: WireReplyHead, errors: BedrockErrors): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  errors.refuse(fields, head);
  const message = asFields(asFields(fields["output"])?.["message"]);
  const word = asText(fields["stopReason"]);
  const content = asList(message?.["content"]) ?? [];
  if (message === undefined && word === undefined) {
    throw errors.notAnAnswer(head, "it has no `output.message`");
  }
  if (content.length === 0 && word === undefined) {
    throw errors.notAnAnswer(head, "it has neither content nor a reason for its end");
  }
  const reader = new BlockReader(head, (why) => errors.notAnAnswer(head, why));
  for (const entry of content) reader.read(entry);
  const { parts } = reader;
  const usage = usageOf(fields);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({
    type: "finish",
    reason: finishReason(word, reader.calls > 0),
    ...(word !== undefined && { raw: word }),
  });
  parts.push({ type: "raw", value: body });
  return parts;
}

/** Reads the blocks of one answer, in order. */
class BlockReader {
  readonly parts: Part[] = [];
  readonly #head: WireReplyHead;
  readonly #fault: (why: string) => Error;
  calls = 0;
  /** Characters of text so far, for the places of citations. */
  #length = 0;

  constructor(head: WireReplyHead, fault: (why: string) => Error) {
    this.#head = head;
    this.#fault = fault;
  }

  read(entry: unknown): void {
    const block = asFields(entry);
    if (block === undefined) return;
    const toolUse = asFields(block["toolUse"]);
    const reasoning = asFields(block["reasoningContent"]);
    const cited = asFields(block["citationsContent"]);
    const image = asFields(block["image"]);
    if (typeof block["text"] === "string") this.#text(block["text"]);
    else if (toolUse !== undefined && isOwnCall(toolUse)) this.#toolCall(toolUse);
    else if (reasoning !== undefined) this.#reasoning(reasoning, block);
    else if (cited !== undefined) this.#cited(cited);
    else if (image !== undefined && imagePart(image) !== undefined) this.parts.push(imagePart(image) as Part);
    // Tools that Amazon runs, their results, and kinds of blocks that are not known yet.
    else if (Object.keys(block).length > 0) this.parts.push({ type: "native", value: block as JsonObject });
  }

  #text(text: string): void {
    if (text === "") return;
    this.parts.push({ type: "text", text });
    this.#length += text.length;
  }

  #reasoning(reasoning: Fields, block: Fields): void {
    // Proxies leave out the level between.
    const said = asFields(reasoning["reasoningText"]) ??
      (asText(reasoning["text"]) === undefined ? undefined : reasoning);
    if (said === undefined) {
      this.parts.push({ type: "native", value: block as JsonObject });
      return;
    }
    const signature = asText(said["signature"]);
    const text = asText(said["text"]) ?? "";
    if (text === "" && signature === undefined) return;
    this.parts.push({ type: "reasoning", text, ...(signature !== undefined && { signature }) });
  }

  #cited(cited: Fields): void {
    const start = this.#length;
    for (const entry of asList(cited["content"]) ?? []) this.#text(asText(asFields(entry)?.["text"]) ?? "");
    for (const entry of asList(cited["citations"]) ?? []) {
      const part = citationPart(entry, { start, end: this.#length });
      if (part !== undefined) this.parts.push(part);
    }
  }

  #toolCall(toolUse: Fields): void {
    const name = toolName(toolUse);
    if (name === undefined) throw this.#fault("a tool call has no name");
    const index = this.calls++;
    const id = asText(toolUse["toolUseId"]) ?? madeUpId(this.#head.ctx, undefined, 0, index, name);
    const { input } = toolUse;
    const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
    this.parts.push({ type: "tool-call", index, id, name, arguments: text === "" ? "{}" : text });
  }
}

/** A call of the caller's tools, and not of one that Amazon runs (`server_tool_use`). */
export function isOwnCall({ type }: Fields): boolean {
  return (asText(type) ?? "tool_use") === "tool_use";
}

/** gpt-oss lets its own marks slip into names: `json<|channel|>commentary`. */
export function toolName(toolUse: Fields): string | undefined {
  return asText(asText(toolUse["name"])?.split("<|")[0]);
}

/** Pictures come as bytes; those in a bucket stay native. */
export function imagePart(image: Fields): Part | undefined {
  const dataB64 = asText(asFields(image["source"])?.["bytes"]);
  const format = asText(image["format"]);
  if (dataB64 === undefined) return undefined;
  return { type: "image", dataB64, ...(format !== undefined && { mimeType: `image/${format}` }) };
}
