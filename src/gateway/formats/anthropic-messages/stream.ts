/** Writes streamed answers, in the event names and the order of Anthropic's API. */

import type { Outcome, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, StreamWriter } from "../../format.ts";
import { BlockWriter } from "./block-writer.ts";
import { citationOf } from "./citations.ts";
import { Ending } from "./ending.ts";
import { anthropicErrorEvent } from "./error.ts";
import { frame, messageStop } from "./frames.ts";
import { isOwnBlock, ownCallFields } from "./own-blocks.ts";
import { inputText } from "./tool-input.ts";
import { usageOf } from "./usage.ts";
import { headOf } from "./write.ts";

type Of<T extends Part["type"]> = Extract<Part, { readonly type: T }>;

/** A call whose turn to be written has not come. */
interface HeldCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  text: string;
  /** Set when it is complete. */
  whole?: Of<"tool-call">;
}

/**
 * Writes one stream. While a tool call streams, whatever belongs to another block waits: blocks may not overlap, and a call
 * that was closed early would lose the rest of its arguments.
 */
export class MessageStreamWriter implements StreamWriter {
  readonly #facts: AnswerFacts;
  readonly #blocks = new BlockWriter();
  readonly #ending: Ending;
  #usage: Usage | undefined;
  #response: Of<"response"> | undefined;
  #started = false;
  /** Index of the call that streams now, and how many characters of its arguments have gone out. */
  #call: number | undefined;
  #sent = 0;
  /** Calls that were written, or are being written, piece by piece. */
  readonly #begun = new Set<number>();
  /** What waits, in order; from `#next` on it has not been written. */
  #waiting: (HeldCall | Part)[] = [];
  #next = 0;
  readonly #held = new Map<number, HeldCall>();

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
    this.#usage = facts.usage;
    this.#ending = new Ending(facts);
  }

  parts(batch: readonly Part[]): string {
    let out = "";
    for (const part of batch) {
      if ("choice" in part && part.choice !== undefined && part.choice !== 0) continue;
      out += this.#take(part);
    }
    // As soon as it is known who answers, so that clients see that somebody does.
    return this.#response === undefined ? out : out + this.#start();
  }

  end(outcome: Outcome): string {
    if (outcome.status !== "ok") {
      const { error } = outcome;
      return anthropicErrorEvent(error, error.status, this.#facts.callId);
    }
    // Calls that nothing completed end with what there is of them.
    let out = this.#start();
    while (this.#call !== undefined) out += this.#endCall();
    out += this.#blocks.end();
    out += frame("message_delta", { delta: this.#ending.fields(), usage: usageOf(this.#usage) });
    return out + messageStop;
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const usage = { ...usageOf(this.#usage), output_tokens: 0 };
    const message = {
      ...headOf(this.#response, this.#facts),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage,
    };
    return frame("message_start", { message });
  }

  #take(part: Part): string {
    switch (part.type) {
      case "response":
        this.#response ??= part;
        return "";
      case "usage":
        this.#usage = part.usage;
        return "";
      case "text":
      case "reasoning":
      case "citation":
      case "native":
        if (this.#call === undefined) return this.#content(part);
        this.#waiting.push(part);
        return "";
      case "tool-call-start":
        this.#ending.calls = true;
        return this.#callStart(part);
      case "tool-call-delta":
        return this.#callPiece(part);
      case "tool-call":
        this.#ending.calls = true;
        return this.#callWhole(part);
      default:
        this.#ending.take(part);
        return "";
    }
  }

  #content(part: Of<"text" | "reasoning" | "citation" | "native">): string {
    let out = "";
    if (part.type === "text") out = this.#blocks.text(part.text);
    else if (part.type === "reasoning") out = this.#blocks.thinking(part.text, part.signature);
    else if (part.type === "citation") {
      const citation = citationOf(part.citation);
      if (citation !== undefined) out = this.#blocks.citation(citation);
    } else if (isOwnBlock(part.value, this.#facts.provider)) out = this.#blocks.whole(part.value);
    return out === "" ? "" : this.#start() + out;
  }

  #callStart({ index, id, name }: Of<"tool-call-start">): string {
    if (this.#begun.has(index) || this.#held.has(index)) return "";
    if (this.#call !== undefined) {
      const held: HeldCall = { index, id, name, text: "" };
      this.#held.set(index, held);
      this.#waiting.push(held);
      return "";
    }
    return this.#begin(index, id, name);
  }

  #begin(index: number, id: string, name: string): string {
    this.#begun.add(index);
    this.#call = index;
    this.#sent = 0;
    return this.#start() + this.#blocks.beginTool(id, name, undefined);
  }

  #callPiece({ index, text }: Of<"tool-call-delta">): string {
    if (this.#call === index) return this.#piece(text);
    const held = this.#held.get(index);
    if (held !== undefined) held.text += text;
    return "";
  }

  #piece(text: string): string {
    this.#sent += text.length;
    return this.#blocks.toolPiece(text);
  }

  #callWhole(part: Of<"tool-call">): string {
    if (this.#call === part.index) return this.#rest(part.arguments) + this.#endCall();
    if (this.#begun.has(part.index)) return "";
    if (this.#call === undefined) return this.#writeWhole(part);
    const held = this.#held.get(part.index);
    if (held === undefined) this.#waiting.push(part);
    else held.whole = part;
    return "";
  }

  /** What of the arguments no piece has said: some vendors give them with the end alone. */
  #rest(text: string): string {
    if (this.#sent === 0) return this.#piece(inputText(text));
    return this.#sent < text.length ? this.#piece(text.slice(this.#sent)) : "";
  }

  #writeWhole({ index, id, name, arguments: text, extra }: Of<"tool-call">): string {
    this.#begun.add(index);
    return this.#start() + this.#blocks.beginTool(id, name, ownCallFields(extra, this.#facts.provider)) +
      this.#blocks.toolPiece(inputText(text)) + this.#blocks.end();
  }

  /** Ends the call that streams, and writes what waited for that, up to the next call that is not complete. */
  #endCall(): string {
    this.#call = undefined;
    let out = this.#blocks.end();
    while (this.#next < this.#waiting.length && this.#call === undefined) {
      out += this.#release(this.#waiting[this.#next++] as HeldCall | Part);
    }
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return out;
  }

  #release(held: HeldCall | Part): string {
    if ("type" in held) return this.#take(held);
    this.#held.delete(held.index);
    if (held.whole !== undefined) return this.#writeWhole(held.whole);
    return this.#begin(held.index, held.id, held.name) + this.#piece(held.text);
  }
}
