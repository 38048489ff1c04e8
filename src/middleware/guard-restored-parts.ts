/** The parts of an answer with the values put back that were cut out of the request. */

import type { Part } from "../contract/part.ts";
import { nameOf, type TextPart, unplaced } from "./guard-parts.ts";
import { type Placeholders, Restorer } from "./guard-placeholders.ts";

/** The text of one alternative that came last. */
interface Running {
  readonly name: string;
  readonly restorer: Restorer;
  /** A part of it, for what is left when it ends. */
  last: TextPart;
}

export class RestoredParts {
  readonly #placeholders: Placeholders;
  readonly #jsonText: boolean;
  readonly #running = new Map<number, Running>();

  /** @param jsonText the answer's text is JSON */
  constructor(placeholders: Placeholders, jsonText: boolean) {
    this.#placeholders = placeholders;
    this.#jsonText = jsonText;
  }

  add(batch: readonly Part[]): Part[] {
    const out: Part[] = [];
    for (const part of batch) this.#enter(part, out);
    return out;
  }

  end(): Part[] {
    const out: Part[] = [];
    for (const choice of [...this.#running.keys()]) this.#stop(choice, out);
    return out;
  }

  #enter(part: Part, out: Part[]): void {
    const choice = "choice" in part ? part.choice ?? 0 : 0;
    switch (part.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "transcript":
      case "tool-call-delta":
        return this.#text(part, choice, out);
      case "tool-call": {
        this.#stop(choice, out);
        const given = this.#placeholders.restore(part.arguments, true);
        return void out.push(given === part.arguments ? part : { ...part, arguments: given });
      }
      case "citation":
        return void out.push(unplaced(this.#citation(part)));
      case "tool-call-start":
      case "native":
      case "finish":
        this.#stop(choice, out);
    }
    out.push(part);
  }

  #text(part: TextPart, choice: number, out: Part[]): void {
    const name = nameOf(part);
    let running = this.#running.get(choice);
    if (running?.name !== name) {
      this.#stop(choice, out);
      const json = part.type === "tool-call-delta" || (part.type === "text" && this.#jsonText);
      running = { name, restorer: new Restorer(this.#placeholders, json), last: part };
      this.#running.set(choice, running);
    }
    running.last = part;
    const signed = "signature" in part && part.signature !== undefined;
    const text = running.restorer.add(part.text) + (signed ? running.restorer.end() : "");
    if (text === part.text) out.push(part);
    else if (text !== "" || signed) out.push({ ...part, text } as Part);
  }

  /** Another text follows, or none: what might have become a placeholder is none. */
  #stop(choice: number, out: Part[]): void {
    const running = this.#running.get(choice);
    if (running === undefined) return;
    this.#running.delete(choice);
    const text = running.restorer.end();
    if (text === "") return;
    const { signature: _, ...part } = running.last as TextPart & { readonly signature?: string };
    out.push({ ...part, text } as Part);
  }

  #citation(part: Extract<Part, { readonly type: "citation" }>): Part {
    const said: { -readonly [K in keyof typeof part.citation]: (typeof part.citation)[K] } = {
      ...part.citation,
    };
    for (const field of ["url", "title", "text"] as const) {
      const text = said[field];
      if (text !== undefined) said[field] = this.#placeholders.restore(text, false);
    }
    return { ...part, citation: said };
  }
}
