/** A message while it arrives: texts with their sources, and refusals, each a content part of its own. */

import type { Citation, Json, JsonObject } from "../../../contract/index.ts";
import { annotation } from "./annotations.ts";
import type { Events } from "./events.ts";

/** The content part that is added to. */
interface Open {
  readonly kind: "text" | "refusal";
  text: string;
  readonly annotations: JsonObject[];
  readonly logprobs: Json[];
  /** How much of the answer's text stands before it. */
  readonly before: number;
}

export class MessageItem {
  readonly index: number;
  readonly #frame: JsonObject;
  readonly #id: string;
  readonly #events: Events | undefined;
  readonly #content: JsonObject[] = [];
  #open: Open | undefined;

  constructor(index: number, id: string, frame: JsonObject | undefined, events: Events | undefined) {
    this.index = index;
    this.#id = id;
    this.#frame = { id, type: "message", role: "assistant", ...frame };
    this.#events = events;
    events?.itemAdded(index, { ...this.#frame, status: "in_progress", content: [] });
  }

  /** @param before how much of the answer's text came before */
  text(text: string, before: number): void {
    const open = this.#part("text", before);
    open.text += text;
    this.#events?.text(text);
  }

  refusal(text: string, before: number): void {
    const open = this.#part("refusal", before);
    open.text += text;
    this.#events?.refusal(text);
  }

  cite(citation: Citation, before: number): void {
    const open = this.#part("text", before);
    const source = annotation(citation, open.text, open.before);
    if (source === undefined) return;
    open.annotations.push(source);
    this.#events?.annotation(open.annotations.length - 1, source);
  }

  /** Of the text that came last. */
  logprobs(list: readonly Json[]): void {
    if (this.#open?.kind === "text") { for (const entry of list) this.#open.logprobs.push(entry); }
  }

  close(status: "completed" | "incomplete"): JsonObject {
    this.#closePart();
    return { ...this.#frame, status, content: this.#content };
  }

  #part(kind: Open["kind"], before: number): Open {
    if (this.#open?.kind === kind) return this.#open;
    this.#closePart();
    const open: Open = { kind, text: "", annotations: [], logprobs: [], before };
    this.#events?.contentAdded(this.index, this.#id, this.#content.length, contentOf(open));
    return this.#open = open;
  }

  #closePart(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const content = contentOf(open);
    this.#content.push(content);
    this.#events?.contentDone(content);
  }
}

function contentOf({ kind, text, annotations, logprobs }: Open): JsonObject {
  if (kind === "refusal") return { type: "refusal", refusal: text };
  return { type: "output_text", text, annotations, logprobs };
}
