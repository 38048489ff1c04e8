/** Puts the blocks of a stream together. Text and thinking are told as they come; everything else once it is whole. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
} from "../../../src/plugin.ts";
import { citationPart } from "./citations.ts";
import { imagePart, isOwnCall, toolName } from "./decode.ts";

/** Bounds of one answer, against vendors that never stop. */
const maxBlocks = 4096;
const maxBlockChars = 64 * 1024 * 1024;

/** A call of the caller's tools while it arrives. */
interface Call {
  readonly index: number;
  readonly id: string;
  readonly name: string;
}

interface Block {
  call?: Call;
  /** A tool that Amazon runs, or its result, as its `start` described it. */
  served?: { readonly kind: "toolUse" | "toolResult"; readonly head: JsonObject };
  /** Arguments of a call, as JSON text. */
  text: string;
  results: Json[];
  signature: string;
  redacted: string[];
  image: Record<string, Json>;
  citations: unknown[];
  /** Where its text begins in the answer. */
  readonly base: number;
  size: number;
}

export class StreamedBlocks {
  readonly #ctx: Attempting;
  readonly #fault: (why: string) => Error;
  readonly #open = new Map<number, Block>();
  calls = 0;
  #seen = 0;
  /** Characters of text so far. */
  #length = 0;

  constructor(ctx: Attempting, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#fault = fault;
  }

  open(index: number, start: Fields, parts: Part[]): void {
    const toolUse = asFields(start["toolUse"]);
    const begun = this.#open.get(index)?.call;
    if (begun !== undefined) {
      // The same beginning once more, or another one, which ends what nothing closed.
      if (asText(toolUse?.["toolUseId"]) === begun.id) return;
      this.close(index, parts);
    }
    const block = this.#block(index);
    const toolResult = asFields(start["toolResult"]);
    const image = asFields(start["image"]);
    if (toolUse !== undefined && isOwnCall(toolUse)) block.call = this.#call(toolUse, parts);
    else if (toolUse !== undefined) block.served = { kind: "toolUse", head: toolUse as JsonObject };
    else if (toolResult !== undefined) block.served = { kind: "toolResult", head: toolResult as JsonObject };
    else if (image !== undefined) Object.assign(block.image, image);
  }

  piece(index: number, delta: Fields, parts: Part[]): void {
    const block = this.#block(index);
    const text = asText(delta["text"]);
    const reasoning = asFields(delta["reasoningContent"]);
    const toolUse = asFields(delta["toolUse"]);
    const image = asFields(delta["image"]);
    if (text !== undefined) {
      parts.push({ type: "text", text });
      this.#length += text.length;
    }
    if (reasoning !== undefined) this.#reasoning(block, reasoning, parts);
    if (toolUse !== undefined) this.#arguments(block, asText(toolUse["input"]) ?? "", parts);
    if (delta["citation"] !== undefined) this.#hold(block, block.citations, delta["citation"]);
    if (delta["toolResult"] !== undefined) {
      for (const entry of asList(delta["toolResult"]) ?? []) this.#hold(block, block.results, entry as Json);
    }
    if (image !== undefined) this.#image(block, image);
  }

  close(index: number, parts: Part[]): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    if (block.signature !== "") parts.push({ type: "reasoning", text: "", signature: block.signature });
    if (block.redacted.length > 0) {
      parts.push({
        type: "native",
        value: { reasoningContent: { redactedContent: joinedB64(block.redacted) } },
      });
    }
    for (const citation of block.citations) {
      const part = citationPart(citation, { start: block.base, end: this.#length });
      if (part !== undefined) parts.push(part);
    }
    const picture = imagePart(block.image);
    if (picture !== undefined) parts.push(picture);
    if (block.call !== undefined) {
      const { index: number, id, name } = block.call;
      const text = block.text.trim() === "" ? "{}" : block.text;
      parts.push({ type: "tool-call", index: number, id, name, arguments: text });
    } else if (block.served !== undefined) parts.push({ type: "native", value: served(block) });
  }

  closeAll(parts: Part[]): void {
    for (const index of [...this.#open.keys()]) this.close(index, parts);
  }

  #block(index: number): Block {
    let block = this.#open.get(index);
    if (block !== undefined) return block;
    if (++this.#seen > maxBlocks) throw this.#fault("it has too many blocks");
    block = {
      text: "",
      results: [],
      signature: "",
      redacted: [],
      image: {},
      citations: [],
      base: this.#length,
      size: 0,
    };
    this.#open.set(index, block);
    return block;
  }

  #call(toolUse: Fields, parts: Part[]): Call {
    const name = toolName(toolUse);
    if (name === undefined) throw this.#fault("a tool call has no name");
    const index = this.calls++;
    const id = asText(toolUse["toolUseId"]) ?? madeUpId(this.#ctx, undefined, 0, index, name);
    parts.push({ type: "tool-call-start", index, id, name });
    return { index, id, name };
  }

  #arguments(block: Block, text: string, parts: Part[]): void {
    if (text === "") return;
    this.#grow(block, text.length);
    block.text += text;
    if (block.call !== undefined) parts.push({ type: "tool-call-delta", index: block.call.index, text });
  }

  #reasoning(block: Block, delta: Fields, parts: Part[]): void {
    const text = asText(delta["text"]) ?? asText(asFields(delta["reasoningText"])?.["text"]);
    if (text !== undefined) parts.push({ type: "reasoning", text });
    const signature = asText(delta["signature"]);
    const redacted = asText(delta["redactedContent"]);
    this.#grow(block, (signature?.length ?? 0) + (redacted?.length ?? 0));
    if (signature !== undefined) block.signature += signature;
    if (redacted !== undefined) block.redacted.push(redacted);
  }

  #image(block: Block, image: Fields): void {
    const bytes = asText(asFields(image["source"])?.["bytes"]) ?? "";
    this.#grow(block, bytes.length);
    const before = asText(asFields(block.image["source"])?.["bytes"]);
    block.image["source"] = { bytes: before === undefined ? bytes : joinedB64([before, bytes]) };
  }

  #hold<T>(block: Block, list: T[], entry: T): void {
    this.#grow(block, JSON.stringify(entry).length);
    list.push(entry);
  }

  #grow(block: Block, chars: number): void {
    block.size += chars;
    if (block.size > maxBlockChars) throw this.#fault("a block does not end");
  }
}

/** The block as a whole answer would have it. */
function served({ served: begun, text, results }: Block): JsonObject {
  const { kind, head } = begun as NonNullable<Block["served"]>;
  if (kind === "toolResult") return { toolResult: { ...head, content: results } };
  let input: Json = {};
  try {
    if (text !== "") input = JSON.parse(text) as Json;
  } catch {
    input = text;
  }
  return { toolUse: { ...head, input } };
}

/** Each piece is base64 by itself, with its own filling at the end. */
function joinedB64(pieces: readonly string[]): string {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");
}
