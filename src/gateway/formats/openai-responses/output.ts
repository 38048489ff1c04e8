/** Puts the parts of an answer together as output items, and tells a stream of each step. */

import type { Json, JsonObject, Part, ToolCallPart } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";
import { Calls } from "./calls.ts";
import type { Events } from "./events.ts";
import { MessageItem } from "./message-item.ts";
import { carry, isItem, ownId } from "./own-items.ts";

export type ItemStatus = "completed" | "incomplete";

type Image = Part & { readonly type: "image" };

/** Thinking while it arrives. */
interface Thinking {
  readonly index: number;
  readonly id: string;
  text: string;
}

export class Output {
  /** Complete items, at their places. */
  readonly #items: JsonObject[] = [];
  readonly #facts: AnswerFacts;
  readonly #events: Events | undefined;
  readonly #calls: Calls;
  #count = 0;
  #textLength = 0;
  #message: MessageItem | undefined;
  #thinking: Thinking | undefined;
  /** Places of thinking whose whole item may yet come. */
  readonly #told: number[] = [];
  /** What the next message is beside its text. */
  #frame: JsonObject | undefined;
  /** Pictures that the item after them may say again. */
  #images: Image[] = [];

  constructor(facts: AnswerFacts, events?: Events) {
    this.#facts = facts;
    this.#events = events;
    this.#calls = new Calls(facts, events);
  }

  /** Complete items, in order. */
  get items(): readonly JsonObject[] {
    return this.#items.filter((item) => item !== undefined);
  }

  take(part: Part): void {
    if ("choice" in part && part.choice !== undefined && part.choice !== 0) return;
    switch (part.type) {
      case "text":
        if (part.text === "") return;
        this.#said().text(part.text, this.#textLength);
        this.#textLength += part.text.length;
        return;
      case "refusal":
        return part.text === "" ? undefined : this.#said().refusal(part.text, this.#textLength);
      case "reasoning":
        return this.#thought(part.text, part.signature);
      case "citation":
        return this.#said().cite(part.citation, this.#textLength);
      case "tool-call-start":
        this.#closeSpeech("completed");
        return this.#calls.start(part, this.#place());
      case "tool-call-delta":
        return this.#calls.delta(part);
      case "tool-call":
        return this.#call(part);
      case "native":
        return this.#native(part.value);
      case "image":
        this.#closeMessage("completed");
        this.#closeThinking();
        this.#images.push(part);
        return;
      case "raw":
        return this.#logprobs(part.value);
    }
  }

  /** Nothing more comes. */
  close(status: ItemStatus): void {
    this.#closeSpeech(status);
    for (const { index, item } of this.#calls.left()) this.#done(index, item);
  }

  #place(): number {
    return this.#count++;
  }

  #id(prefix: string, index: number): string {
    return ownId(prefix, this.#facts.callId, index);
  }

  /** A whole item. */
  #put(item: (index: number) => JsonObject): void {
    const index = this.#place();
    const value = item(index);
    this.#events?.itemAdded(index, value);
    this.#done(index, value);
  }

  #done(index: number, item: JsonObject): void {
    this.#items[index] = item;
    this.#events?.itemDone(index, item);
  }

  /** The message that texts are added to. */
  #said(): MessageItem {
    this.#settleImages();
    this.#closeThinking();
    if (this.#message !== undefined) return this.#message;
    const index = this.#place();
    const frame = this.#frame;
    this.#frame = undefined;
    const given = frame?.["id"];
    const id = typeof given === "string" ? given : this.#id("msg", index);
    return this.#message = new MessageItem(index, id, frame, this.#events);
  }

  #thought(text: string, signature: string | undefined): void {
    if (text === "" && signature === undefined) return;
    this.#settleImages();
    this.#closeMessage("completed");
    const open = this.#thinking ??= this.#think();
    if (text !== "") {
      if (open.text === "") this.#events?.summaryAdded(open.index, open.id);
      open.text += text;
      this.#events?.thought(text);
    }
    if (signature !== undefined) this.#closeThinking({ signature });
  }

  #think(): Thinking {
    const index = this.#place();
    const id = this.#id("rs", index);
    this.#events?.itemAdded(index, { id, type: "reasoning", status: "in_progress", summary: [] });
    return { index, id, text: "" };
  }

  #closeThinking(proof?: { readonly signature: string }, status: ItemStatus = "completed"): void {
    const open = this.#thinking;
    if (open === undefined) return;
    this.#thinking = undefined;
    const { index, id, text } = open;
    if (text !== "") this.#events?.summaryDone(index, id, text);
    if (text !== "" && proof === undefined) this.#told.push(index);
    this.#done(index, {
      id,
      type: "reasoning",
      status,
      summary: text === "" ? [] : [{ type: "summary_text", text }],
      ...(proof !== undefined && {
        encrypted_content: carry({ madeBy: this.#facts.provider, signature: proof.signature }),
      }),
    });
  }

  #closeMessage(status: ItemStatus): void {
    const open = this.#message;
    if (open === undefined) return;
    this.#message = undefined;
    this.#done(open.index, open.close(status));
  }

  #closeSpeech(status: ItemStatus): void {
    this.#settleImages();
    this.#closeMessage(status);
    this.#closeThinking(undefined, status);
  }

  #call(part: ToolCallPart): void {
    this.#settleImages();
    if (!this.#calls.has(part.index)) {
      this.#closeSpeech("completed");
      this.#calls.start(part, this.#place(), part.extra);
    }
    const { index, item } = this.#calls.finish(part);
    this.#done(index, item);
  }

  /** An item of a vendor of this format stands as it is; a block of another one travels where clients keep it unseen. */
  #native(value: JsonObject): void {
    const { type, content: _, ...frame } = value;
    if (type === "message") {
      this.#closeSpeech("completed");
      this.#frame = frame;
    } else if (type === "reasoning") this.#reasoned(value);
    else if (isItem(value)) {
      if (type === "image_generation_call" || type === "code_interpreter_call") this.#images = [];
      this.#closeSpeech("completed");
      this.#put((index) => ({ ...value, id: value["id"] ?? this.#id("item", index) }));
    } else {
      this.#closeSpeech("completed");
      const encrypted_content = carry({ madeBy: this.#facts.provider, native: value });
      this.#put((index) => ({
        id: this.#id("rs", index),
        type: "reasoning",
        summary: [],
        encrypted_content,
      }));
    }
  }

  /**
   * The whole item of thinking whose words were told before, as they were. A stream has said them in an item of its own, whose
   * id it cannot take back; so the vendor's stands beside that, without the words.
   */
  #reasoned(value: JsonObject): void {
    this.#settleImages();
    this.#closeMessage("completed");
    this.#closeThinking();
    const told = hasWords(value) ? this.#told.shift() : undefined;
    const { content, ...rest } = value;
    const item = { ...rest, summary: rest["summary"] ?? [] };
    const id = (index: number) => value["id"] ?? this.#id("rs", index);
    const whole = content === undefined ? item : { ...item, content };
    if (told === undefined) this.#put((index) => ({ ...whole, id: id(index) }));
    else if (this.#events === undefined) this.#items[told] = { ...whole, id: id(told) };
    else if (content === undefined || typeof value["encrypted_content"] === "string") {
      this.#put((index) => ({ ...item, summary: [], id: id(index) }));
    }
  }

  /** A picture becomes an item of its own; one that has only an address, a link. */
  #settleImages(): void {
    if (this.#images.length === 0) return;
    const images = this.#images;
    this.#images = [];
    for (const { dataB64: result, mimeType, url } of images) {
      if (result === undefined) {
        if (url !== undefined) this.take({ type: "text", text: `![image](${url})` });
        continue;
      }
      this.#closeMessage("completed");
      const output_format = mimeType?.split("/")[1] ?? "png";
      this.#put((index) => ({
        id: this.#id("ig", index),
        type: "image_generation_call",
        status: "completed",
        result,
        output_format,
      }));
    }
  }

  #logprobs(value: Json): void {
    if (typeof value !== "object" || value === null || !("logprobs" in value)) return;
    const { logprobs } = value;
    if (Array.isArray(logprobs)) this.#message?.logprobs(logprobs as readonly Json[]);
  }
}

/** Whether an item of thinking says something that people may read. */
function hasWords({ summary, content }: JsonObject): boolean {
  return [summary, content].some((list) => Array.isArray(list) && list.length > 0);
}
