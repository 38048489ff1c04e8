/** One content block while it streams. */

import { asList, asText, type Fields, type Json, type Part } from "../../../src/plugin.ts";
import { argumentsOf, type Blocks, type Call } from "./blocks.ts";

/** Most characters that are held back for one block, against vendors that never stop. */
const maxHeldChars = 16 * 1024 * 1024;

/** Takes the pieces of one block. Text and thinking are given on as they come, the rest once it is complete. */
export class StreamBlock {
  readonly #blocks: Blocks;
  readonly #type: unknown;
  /** Of tool calls. */
  readonly #call: Call | undefined;
  readonly #given: Fields;
  /** Of blocks that only the vendor understands. */
  #native: Record<string, Json> | undefined;
  #input = "";
  #held = 0;
  readonly #start: number;
  readonly #citations: unknown[] = [];
  #done = false;

  constructor(block: Fields, blocks: Blocks, parts: Part[]) {
    this.#blocks = blocks;
    this.#given = block;
    this.#start = blocks.textLength;
    const type = this.#type = block["type"];
    this.#call = type === "tool_use" ? blocks.begin(block) : undefined;
    if (this.#call !== undefined) {
      const { index, id, name } = this.#call;
      parts.push({ type: "tool-call-start", index, id, name });
    } else if (type === "text") {
      this.#citations.push(...asList(block["citations"]) ?? []);
      blocks.text(asText(block["text"]), parts);
    } else if (type === "thinking") {
      blocks.thinking(asText(block["thinking"]) ?? "", asText(block["signature"]), parts);
    } else this.#native = { ...block } as Record<string, Json>;
  }

  /** Whether the beginning of a block is the one of this block, sent again. */
  isBegunBy({ id }: Fields): boolean {
    return asText(id) !== undefined && id === this.#given["id"];
  }

  /** @throws RangeError, when it grows beyond the bound */
  delta(delta: Fields, parts: Part[]): void {
    if (this.#native !== undefined) return this.#nativeDelta(delta, this.#native);
    switch (delta["type"]) {
      case "text_delta":
        return this.#blocks.text(asText(delta["text"]), parts);
      case "thinking_delta":
        return this.#blocks.thinking(asText(delta["thinking"]) ?? "", undefined, parts);
      case "signature_delta": {
        const signature = asText(delta["signature"]);
        if (signature !== undefined) this.#blocks.thinking("", signature, parts);
        return;
      }
      case "citations_delta":
        this.#citations.push(delta["citation"]);
        return;
      case "input_json_delta":
        return this.#arguments(asText(delta["partial_json"]) ?? "", parts);
    }
  }

  /** The block is complete. May be called again. */
  end(parts: Part[]): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#call !== undefined) {
      // Some hosts give the arguments with the beginning, and no pieces.
      const text = this.#input === "" ? argumentsOf(this.#given["input"]) : this.#input;
      this.#blocks.toolCall(this.#call, text, parts);
    } else if (this.#native !== undefined) {
      if (this.#input !== "") this.#native["input"] = parsed(this.#input);
      parts.push({ type: "native", value: this.#native });
    } else this.#blocks.citations(this.#citations, this.#start, parts);
  }

  #arguments(text: string, parts: Part[]): void {
    if (this.#call === undefined || text === "") return;
    this.#input += text;
    this.#hold(text);
    parts.push({ type: "tool-call-delta", index: this.#call.index, text });
  }

  /** Every piece of such a block adds to the field it names: `{ type: "compaction_delta", content }`. */
  #nativeDelta(delta: Fields, native: Record<string, Json>): void {
    for (const name in delta) {
      const value = delta[name];
      if (name === "type" || value === null || value === undefined) continue;
      if (typeof value === "string") this.#hold(value);
      const before = native[name];
      if (name === "partial_json") this.#input += typeof value === "string" ? value : "";
      else if (name === "citation") {
        native["citations"] = [...asList(native["citations"]) ?? [], value] as Json;
      } else {native[name] = typeof value === "string" && typeof before === "string"
          ? before + value
          : value as Json;}
    }
  }

  #hold(text: string): void {
    this.#held += text.length;
    if (this.#held > maxHeldChars) throw new RangeError(`a ${String(this.#type)} block does not end`);
  }
}

/** Input of a tool that ran at the vendor. What is broken is kept as text. */
function parsed(text: string): Json {
  for (const json of [text, `{${text}`]) {
    try {
      return JSON.parse(json) as Json;
    } catch {
      // Some streams lose the first brace, so the next form is tried.
    }
  }
  return text;
}

/** The block that pieces belong to which nothing announced. */
export function unannounced(delta: Fields): Fields | undefined {
  switch (delta["type"]) {
    case "text_delta":
      return { type: "text" };
    case "thinking_delta":
    case "signature_delta":
      return { type: "thinking" };
    default:
      return undefined;
  }
}
