/** Decodes streamed chat answers, event by event. */

import {
  asFields,
  asList,
  asText,
  detailsOf,
  faultOf,
  faultOfText,
  type Fields,
  isContent,
  type Json,
  loomError,
  type Part,
  type ServerSentEvent,
  type StreamDecoder,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type Block, readCitation } from "./citations.ts";
import type { CohereErrors } from "./errors.ts";
import { finishReason } from "./finish.ts";
import { StreamedCalls } from "./streamed-calls.ts";
import { chatUsage } from "./usage.ts";

const none: readonly Part[] = [];
/** More blocks than any answer has, against vendors that never stop. */
const maxBlocks = 4096;

export class ChatStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #errors: CohereErrors;
  readonly #calls: StreamedCalls;
  readonly #blocks = new Map<number, Block>();
  /** Blocks of unknown kinds, until they are whole. */
  readonly #unknown = new Map<number, Record<string, Json>>();
  #textLength = 0;
  #partsSeen = 0;
  #done = false;

  constructor(head: WireReplyHead, errors: CohereErrors) {
    this.#head = head;
    this.#errors = errors;
    this.#calls = new StreamedCalls(head.ctx, (why) => errors.notAnAnswer(head, why));
  }

  /** `message-end` came. */
  get complete(): boolean {
    return this.#done;
  }

  event({ event: name, data }: ServerSentEvent): readonly Part[] {
    if (this.#done || data === "" || data.trim() === "[DONE]") return none;
    const event = this.#parse(data);
    const parts: Part[] = [];
    const type = asText(event["type"]) ?? name;
    if (type === "" || type === "error") throw this.#fault(event);
    const delta = asFields(event["delta"]);
    const message = asFields(delta?.["message"]);
    const index = typeof event["index"] === "number" ? event["index"] : undefined;
    switch (type) {
      case "message-start":
        this.#begin(event, parts);
        break;
      case "content-start":
        this.#openBlock(index ?? 0, asFields(message?.["content"]) ?? {}, parts);
        break;
      case "content-delta":
        this.#content(index ?? 0, asFields(message?.["content"]) ?? {}, parts);
        this.#logprobs(event, parts);
        break;
      case "content-end":
        this.#closeBlock(index ?? 0, parts);
        break;
      case "tool-plan-delta":
        this.#reasoning(asText(message?.["tool_plan"]), parts);
        break;
      case "tool-call-start":
      case "tool-call-delta":
        this.#calls.piece(callOf(message?.["tool_calls"]), index, type === "tool-call-start", parts);
        break;
      case "tool-call-end":
        this.#calls.close(index, parts);
        break;
      case "citation-start":
        this.#citations(message?.["citations"], parts);
        break;
      case "message-end":
        this.#finish(delta ?? {}, parts);
        break;
    }
    for (const part of parts) if (isContent(part)) this.#partsSeen++;
    return parts;
  }

  end(): readonly Part[] {
    if (this.#done) return none;
    const { provider } = this.#head.ctx.target;
    throw loomError(
      "stream-broken",
      `${provider}: the stream ended after ${this.#partsSeen} part(s), before the answer did`,
      { partsSeen: this.#partsSeen },
      detailsOf(this.#head.ctx, this.#head),
    );
  }

  #begin(event: Fields, parts: Part[]): void {
    const id = asText(event["id"]);
    if (id === undefined) return;
    this.#calls.responseId = id;
    parts.push({ type: "response", id });
  }

  #openBlock(index: number, content: Fields, parts: Part[]): void {
    const type = asText(content["type"]) ?? "text";
    if (this.#blocks.size + this.#unknown.size >= maxBlocks) {
      throw this.#errors.notAnAnswer(this.#head, "it has too many blocks");
    }
    if (type === "text" || type === "thinking") {
      this.#blocks.set(index, { type, text: "", base: this.#textLength });
      this.#content(index, content, parts);
    } else this.#unknown.set(index, { ...content } as Record<string, Json>);
  }

  #content(index: number, content: Fields, parts: Part[]): void {
    const held = this.#unknown.get(index);
    if (held !== undefined) return grow(held, content);
    this.#reasoning(asText(content["thinking"]), parts);
    const text = asText(content["text"]);
    if (text === undefined) return;
    parts.push({ type: "text", text });
    const block = this.#blocks.get(index);
    if (block === undefined) this.#blocks.set(index, { type: "text", text, base: this.#textLength });
    else block.text += text;
    this.#textLength += text.length;
  }

  #closeBlock(index: number, parts: Part[]): void {
    const held = this.#unknown.get(index);
    if (held === undefined) return;
    this.#unknown.delete(index);
    parts.push({ type: "native", value: held });
  }

  #reasoning(text: string | undefined, parts: Part[]): void {
    if (text !== undefined) parts.push({ type: "reasoning", text });
  }

  #logprobs({ logprobs }: Fields, parts: Part[]): void {
    if (logprobs !== undefined && logprobs !== null) {
      parts.push({ type: "raw", value: { logprobs: logprobs as Json } });
    }
  }

  /** One citation for each event, in spite of the name. */
  #citations(value: unknown, parts: Part[]): void {
    for (const citation of asList(value) ?? [value]) readCitation(citation, this.#blocks, parts);
  }

  #finish(delta: Fields, parts: Part[]): void {
    const { error } = delta;
    if (error !== undefined && error !== null && error !== "") {
      throw this.#errors.fromFault(this.#head, faultOf({ error }) ?? faultOfText(""));
    }
    const word = asText(delta["finish_reason"]);
    const reason = finishReason(word, this.#calls.any);
    if (reason === "error") {
      throw this.#errors.fromFault(this.#head, faultOfText(`the model stopped with ${word}`));
    }
    for (const index of [...this.#unknown.keys()]) this.#closeBlock(index, parts);
    this.#calls.closeAll(parts);
    const usage = chatUsage(delta["usage"]);
    if (usage !== undefined) parts.push({ type: "usage", usage });
    parts.push({ type: "finish", reason, ...(word !== undefined && { raw: word }) });
    this.#done = true;
  }

  #parse(data: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#errors.notAnAnswer(this.#head, `an event of ${data.length} characters is not JSON`);
    }
    const event = asFields(value);
    if (event === undefined) throw this.#errors.notAnAnswer(this.#head, "an event is not a JSON object");
    return event;
  }

  #fault(event: Fields): Error {
    const fault = faultOf(event);
    if (fault === undefined) return this.#errors.notAnAnswer(this.#head, "an event has no `type`");
    return this.#errors.fromFault(this.#head, fault);
  }
}

/** The call that an event speaks of; some hosts wrap it in a list. */
function callOf(value: unknown): Fields {
  return asFields(value) ?? asFields(asList(value)?.[0]) ?? {};
}

/** Joins texts, lays everything else over what was there. */
function grow(held: Record<string, Json>, more: Fields): void {
  for (const [name, value] of Object.entries(more)) {
    const before = held[name];
    held[name] = typeof before === "string" && typeof value === "string" && name !== "type"
      ? before + value
      : value as Json;
  }
}
