/** Decodes streamed answers, event by event. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Fields,
  isContent,
  type Part,
  type ServerSentEvent,
  type StreamDecoder,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type Call, Calls, isCall } from "./calls.ts";
import { finishPart } from "./finish.ts";
import { completeItem, frame, kindFits, messagePart, textRest, thoughtPiece, type Told } from "./items.ts";
import type { Reading } from "./reading.ts";
import { maxItems, type Slot, Slots } from "./slots.ts";
import { Telling } from "./telling.ts";

const none: readonly Part[] = [];

/** Decodes one stream. Keeps only what later events need. */
export class ResponsesStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #how: Reading;
  readonly #telling = new Telling();
  readonly #calls: Calls;
  readonly #slots: Slots;
  #partsSeen = 0;
  #done = false;

  constructor(head: WireReplyHead, how: Reading) {
    this.#head = head;
    this.#how = how;
    const fault = (why: string) => how.notAnAnswer(head, why);
    this.#calls = new Calls(head.ctx, true, fault);
    this.#slots = new Slots(fault);
  }

  get complete(): boolean {
    return this.#done;
  }

  event({ event: name, data }: ServerSentEvent): readonly Part[] {
    if (this.#done || data === "") return none;
    if (data.length < 16 && data.trim() === "[DONE]") return this.#closed();
    const event = this.#parse(data);
    const parts: Part[] = [];
    this.#read(asText(event["type"]) ?? name, event, parts);
    for (const part of parts) if (isContent(part)) this.#partsSeen++;
    return parts;
  }

  end(): readonly Part[] {
    if (this.#done) return none;
    throw this.#how.broken(this.#head, this.#partsSeen);
  }

  #read(type: string, event: Fields, parts: Part[]): void {
    switch (type) {
      case "response.output_text.delta":
        return this.#text(event, parts);
      case "response.function_call_arguments.delta":
        return this.#calls.piece(this.#call(event, "function_call"), textOf(event["delta"]), parts);
      case "response.custom_tool_call_input.delta":
        return this.#calls.piece(this.#call(event, "custom_tool_call"), textOf(event["delta"]), parts);
      case "response.reasoning_summary_text.delta":
        return this.#thought(event, "summary", parts);
      case "response.reasoning_text.delta":
      case "response.reasoning.delta":
        return this.#thought(event, "content", parts);
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return this.#snapshot(event, parts);
      case "response.output_item.added":
        return this.#added(event, parts);
      case "response.output_item.done":
        return this.#ended(event, parts);
      case "response.output_text.done": {
        const { told } = this.#slots.of(event, "continues", "message");
        return textRest(textOf(event["text"]), indexOf(event, told), told, this.#telling, parts);
      }
      case "response.refusal.delta":
        return this.#refusal(event, textOf(event["delta"]), parts);
      case "response.refusal.done": {
        const { told } = this.#slots.of(event, "continues", "message");
        const part = { type: "refusal", refusal: event["refusal"] };
        return messagePart(part, indexOf(event, told), told, this.#telling, parts);
      }
      case "response.completed":
      case "response.incomplete":
      case "response.done":
        return this.#complete(asFields(event["response"]) ?? {}, parts);
      case "response.failed":
      case "response.cancelled":
      case "error":
        throw this.#fault(event);
      default:
        if (!type.startsWith("response.")) this.#how.refuseFault({ ...event, object: type }, this.#head);
    }
  }

  #text(event: Fields, parts: Part[]): void {
    const text = textOf(event["delta"]);
    const { told } = this.#slots.of(event, "continues", "message");
    const index = indexOf(event, told);
    if (!told.begins.has(index)) told.begins.set(index, this.#telling.textLength);
    told.texts.set(index, (told.texts.get(index) ?? 0) + text.length);
    this.#telling.text(text, parts);
    this.#telling.logprobs(event["logprobs"], parts);
  }

  #refusal(event: Fields, text: string, parts: Part[]): void {
    const { told } = this.#slots.of(event, "continues", "message");
    const index = indexOf(event, told);
    told.texts.set(index, (told.texts.get(index) ?? 0) + text.length);
    this.#telling.refusal(text, parts);
  }

  #thought(event: Fields, kind: "summary" | "content", parts: Part[]): void {
    const { told } = this.#slots.of(event, "continues", "reasoning");
    if (!kindFits(kind, told)) return;
    const given = asIndex(event[kind === "summary" ? "summary_index" : "content_index"], maxItems);
    const index = given ?? lastOf(told.thoughts)?.split("/")[1] ?? 0;
    thoughtPiece(textOf(event["delta"]), kind, Number(index), told, this.#telling, parts);
  }

  #snapshot(event: Fields, parts: Part[]): void {
    const response = asFields(event["response"]);
    if (response === undefined) return;
    this.#how.refuseFault(response, this.#head);
    this.#calls.responseId ??= asText(response["id"]);
    this.#telling.response(response, parts);
  }

  #added(event: Fields, parts: Part[]): void {
    const item = asFields(event["item"]);
    if (item === undefined) return;
    const slot = this.#slots.of(event, "begins");
    slot.type = asText(item["type"]);
    // What is complete when it begins is told when it ends: Perplexity begins its own searches as calls and ends them as results.
    if (isCall(item) && item["status"] !== "completed") {
      this.#calls.learn(slot.call ??= this.#calls.open(), item, parts);
    } else if (slot.type === "message") frame(item, slot.told, this.#telling, parts);
  }

  #ended(event: Fields, parts: Part[]): void {
    const item = asFields(event["item"]);
    if (item !== undefined) this.#itemDone(item, this.#slots.of(event, "ends"), parts);
  }

  #itemDone(said: Fields, slot: Slot, parts: Part[]): void {
    if (slot.done) return;
    slot.done = true;
    const type = slot.type = asText(said["type"]) ?? slot.type;
    const item = type === undefined || said["type"] === type ? said : { ...said, type };
    // A call whose beginning was told has to end, whatever it turns out to be.
    const begun = slot.call?.index !== undefined;
    if (isCall(item) || begun) this.#calls.finish(slot.call ??= this.#calls.open(), item, parts);
    if (!isCall(item)) completeItem(item, slot.told, this.#telling, parts);
  }

  #complete(response: Fields, parts: Part[]): void {
    const { error } = response;
    if (error !== undefined && error !== null || response["status"] === "failed") {
      throw this.#how.fault(response, this.#head);
    }
    this.#telling.response(response, parts);
    this.#leftOver(asList(response["output"]) ?? [], parts);
    const usage = this.#how.usage(response);
    if (usage !== undefined) parts.push({ type: "usage", usage });
    parts.push(finishPart(response, this.#calls.any));
    this.#done = true;
  }

  /**
   * Items that the stream has not told to their end. The last event lists all, but by other ids and indexes at some vendors,
   * so that they are matched by type and order.
   */
  #leftOver(output: readonly unknown[], parts: Part[]): void {
    const slots = this.#slots.inOrder;
    for (const entry of output) {
      const item = asFields(entry);
      if (item === undefined) continue;
      const type = asText(item["type"]);
      const found = slots.findIndex((slot) => slot.type === (type ?? slot.type) || slot.type === undefined);
      const [slot] = found === -1 ? [this.#slots.open()] : slots.splice(found, 1);
      if (slot !== undefined) this.#itemDone(item, slot, parts);
    }
    for (const slot of slots) {
      if (slot.call !== undefined && !slot.done) this.#calls.finish(slot.call, {}, parts);
    }
  }

  /** `[DONE]` where the vendor left out its last event: the answer is whole when all its items are. */
  #closed(): readonly Part[] {
    const slots = this.#slots.inOrder;
    if (slots.length === 0 || !slots.every(({ done }) => done)) {
      throw this.#how.broken(this.#head, this.#partsSeen);
    }
    this.#done = true;
    return [{ type: "finish", reason: this.#calls.any ? "tool-calls" : "other" }];
  }

  #call(event: Fields, type: string): Call {
    const slot = this.#slots.of(event, "continues", type);
    return slot.call ??= this.#calls.open();
  }

  #fault(event: Fields): Error {
    const response = asFields(event["response"]);
    if (response === undefined) return this.#how.fault(event, this.#head);
    return this.#how.fault(
      { message: `the response was ${textOf(response["status"])}`, ...response },
      this.#head,
    );
  }

  #parse(data: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#how.notAnAnswer(this.#head, `an event of ${data.length} characters is not JSON`);
    }
    const event = asFields(value);
    if (event === undefined) throw this.#how.notAnAnswer(this.#head, "an event is not a JSON object");
    return event;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The content part that an event speaks of; one that names none speaks of the part before it. */
function indexOf({ content_index: index }: Fields, { texts }: Told): number {
  return asIndex(index, maxItems) ?? lastOf(texts) ?? 0;
}

function lastOf<Key>(map: ReadonlyMap<Key, unknown>): Key | undefined {
  return [...map.keys()].at(-1);
}
