/** Gathers an answer on its way out and says whether, and in what form, it may be stored. */

import type { Part } from "../contract/part.ts";
import type { Modality } from "../contract/call.ts";
import type { Usage } from "../contract/usage.ts";
import { isContent } from "../kernel/index.ts";
import { partBytes } from "./part-size.ts";

type Text = Extract<Part, { readonly type: "text" | "reasoning" | "refusal" }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Takes parts as they come; texts are joined, pieces of tool calls and vendor data dropped.
 *
 * Stored is only what a later caller would have got as well: complete, stopped by itself, not a refusal, and no tool call,
 * whose effect belongs to one caller.
 */
export class AnswerGatherer {
  readonly #maxBytes: number;
  readonly #parts: Part[] = [];
  /** The text that the next piece of a choice is joined to. */
  readonly #open = new Map<number, Writable<Text>>();
  readonly #choices = new Set<number>();
  readonly #finished = new Set<number>();
  #usage: Usage | undefined;
  #bytes = 0;
  #hasContent = false;
  #fault: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  part(part: Part): void {
    if (this.#fault !== undefined) return;
    this.#bytes += partBytes(part);
    if (this.#bytes > this.#maxBytes) return this.#refuse("too large");
    if (isContent(part)) {
      this.#hasContent = true;
      this.#choices.add(choiceOf(part));
    }
    switch (part.type) {
      case "raw":
      case "tool-call-start":
      case "tool-call-delta":
        return;
      case "tool-call":
        return this.#refuse("tool call");
      case "refusal":
        return this.#refuse("refusal");
      case "usage":
        this.#usage = part.usage;
        return;
      case "text":
      case "reasoning":
        return this.#join(part);
      case "finish":
        if (part.reason !== "stop") return this.#refuse(`finish: ${part.reason}`);
        this.#finished.add(choiceOf(part));
        break;
      case "warning":
        if (part.code.includes("truncat")) return this.#refuse(`warning: ${part.code}`);
        break;
      case "image":
      case "video":
      case "audio":
        // A vendor's link to what it made is dead before long.
        if (part.dataB64 === undefined) return this.#refuse("link");
        break;
    }
    this.#open.delete(choiceOf(part));
    this.#parts.push(part);
  }

  /** What to store, or why nothing. Ask once the reply has ended well. */
  result(modality: Modality): Gathered {
    if (this.#fault !== undefined) return { refused: this.#fault };
    if (!this.#hasContent) return { refused: "empty" };
    for (const choice of this.#choices) {
      // Only text says how it ended; a picture or a vector is there or it is not.
      if (modality === "text" && !this.#finished.has(choice)) return { refused: "finish missing" };
    }
    const usage = this.#usage;
    return { parts: usage === undefined ? this.#parts : [...this.#parts, { type: "usage", usage }], usage };
  }

  #join(part: Text): void {
    if (part.text === "" && !("signature" in part)) return;
    const choice = choiceOf(part);
    const open = this.#open.get(choice);
    if (open === undefined || open.type !== part.type) {
      const copy: Writable<Text> = { ...part };
      this.#parts.push(copy);
      this.#open.set(choice, copy);
    } else {
      open.text += part.text;
      if (part.type === "reasoning" && open.type === "reasoning" && part.signature !== undefined) {
        (open as { signature?: string }).signature = part.signature;
      }
    }
    // A signature closes its block of thinking; what follows is another.
    if (part.type === "reasoning" && part.signature !== undefined) this.#open.delete(choice);
  }

  #refuse(reason: string): void {
    this.#fault = reason;
    this.#parts.length = 0;
    this.#open.clear();
  }
}

/** An answer in the form in which it is stored, or the reason why it is not. */
export type Gathered =
  | { readonly parts: readonly Part[]; readonly usage: Usage | undefined; readonly refused?: never }
  | { readonly refused: string };

function choiceOf(part: Part): number {
  return "choice" in part ? part.choice ?? 0 : 0;
}
