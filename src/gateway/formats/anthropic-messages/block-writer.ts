/** Writes content blocks of a stream, one after the other: a block ends before the next begins. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { blockStop, deltaEnd, deltaHead, frame } from "./frames.ts";

/** What kind of block is open. */
export type OpenKind = "text" | "thinking" | "tool";

/** Each method gives what goes out. */
export class BlockWriter {
  #index = -1;
  #open: OpenKind | undefined;
  /** How pieces of the open block begin. */
  #head = "";
  /** Nothing may be added to the open block but its end: a signature or a citation closed it. */
  #sealed = false;

  get open(): OpenKind | undefined {
    return this.#open;
  }

  text(text: string): string {
    if (text === "") return "";
    const out = this.#continue("text") ??
      this.#begin("text", { type: "text", text: "" }, "text_delta", "text");
    return out + this.#piece(text);
  }

  /** A citation of the open text. Of a text that has gone by there is no place for one. */
  citation(citation: Json): string {
    if (this.#open !== "text") return "";
    this.#sealed = true;
    return frame("content_block_delta", {
      index: this.#index,
      delta: { type: "citations_delta", citation },
    });
  }

  thinking(text: string, signature: string | undefined): string {
    if (text === "" && signature === undefined) return "";
    let out = this.#continue("thinking") ??
      this.#begin(
        "thinking",
        { type: "thinking", thinking: "", signature: "" },
        "thinking_delta",
        "thinking",
      );
    if (text !== "") out += this.#piece(text);
    if (signature === undefined) return out;
    this.#sealed = true;
    return out + deltaHead(this.#index, "signature_delta", "signature") + JSON.stringify(signature) +
      deltaEnd;
  }

  beginTool(id: string, name: string, extra: JsonObject | undefined): string {
    const block = { type: "tool_use", id, name, input: {}, ...extra };
    return this.#begin("tool", block, "input_json_delta", "partial_json");
  }

  /** A piece of the open call's arguments. */
  toolPiece(text: string): string {
    return text === "" ? "" : this.#piece(text);
  }

  /** A block that is whole from its start. */
  whole(block: JsonObject): string {
    const out = this.end();
    const index = ++this.#index;
    return out + frame("content_block_start", { index, content_block: block }) + blockStop(index);
  }

  /** Ends the open block, if there is one. */
  end(): string {
    if (this.#open === undefined) return "";
    this.#open = undefined;
    return blockStop(this.#index);
  }

  #continue(kind: OpenKind): "" | undefined {
    return this.#open === kind && !this.#sealed ? "" : undefined;
  }

  #begin(kind: OpenKind, block: JsonObject, type: string, field: string): string {
    const out = this.end();
    this.#open = kind;
    this.#sealed = false;
    const index = ++this.#index;
    this.#head = deltaHead(index, type, field);
    return out + frame("content_block_start", { index, content_block: block });
  }

  #piece(text: string): string {
    return this.#head + JSON.stringify(text) + deltaEnd;
  }
}
