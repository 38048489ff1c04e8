/** Decodes streamed answers, event by event. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  detailsOf,
  faultOfText,
  type Fields,
  type Json,
  type LoomError,
  loomError,
  type Part,
  type ServerSentEvent,
  type StreamDecoder,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Blocks, refusalPart, responsePart } from "./blocks.ts";
import { type Reading, settled } from "./decode.ts";
import { faultIn } from "./faults.ts";
import { StreamBlock, unannounced } from "./stream-block.ts";
import { UsageCount } from "./usage.ts";

const none: readonly Part[] = [];
/** More blocks than any answer has. */
const maxBlocks = 100_000;

/** Decodes one stream. Keeps only what later events need. */
export class MessageStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #how: Reading;
  readonly #blocks: Blocks;
  readonly #usage = new UsageCount();
  /** Blocks that have begun and not ended, by index. */
  readonly #open = new Map<number, StreamBlock>();
  #begun = 0;
  #last = -1;
  #started = false;
  #word: string | undefined;
  #partsSeen = 0;
  #done = false;

  constructor(head: WireReplyHead, how: Reading) {
    this.#head = head;
    this.#how = how;
    this.#blocks = new Blocks(head.ctx, (why) => how.errors.notAnAnswer(head, why));
  }

  /** `message_stop` came. */
  get complete(): boolean {
    return this.#done;
  }

  event({ event, data }: ServerSentEvent): readonly Part[] {
    if (this.#done || data === "" || event === "ping") return none;
    // Hosts that speak other formats, too, close streams as they do there.
    if (data.length < 16 && data.trim() === "[DONE]") return this.#word === undefined ? none : this.#finish();
    const fields = this.#parse(event, data);
    const fault = event === "error"
      ? faultIn({ type: "error", ...fields }, this.#head, this.#how.errors)
      : faultIn(fields, this.#head, this.#how.errors);
    if (fault !== undefined) throw fault;
    const parts: Part[] = [];
    try {
      if (this.#take(asText(fields["type"]) ?? event, fields, parts)) return this.#finish(parts);
    } catch (error) {
      if (error instanceof RangeError) throw this.#how.errors.notAnAnswer(this.#head, error.message);
      throw error;
    }
    this.#partsSeen += parts.length;
    return parts;
  }

  end(): readonly Part[] {
    if (this.#done) return none;
    if (this.#word !== undefined) return this.#finish();
    throw this.#broken("the stream ended");
  }

  #broken(what: string): LoomError {
    const { provider } = this.#head.ctx.target;
    return loomError(
      "stream-broken",
      `${provider}: ${what} after ${this.#partsSeen} part(s), before the answer did`,
      { partsSeen: this.#partsSeen },
      detailsOf(this.#head.ctx, this.#head),
    );
  }

  /** True: this was the last event. Unknown ones are passed over. */
  #take(type: string, fields: Fields, parts: Part[]): boolean {
    switch (type) {
      case "message_start":
        return this.#start(asFields(fields["message"]) ?? {}, parts);
      case "content_block_start":
        this.#beginBlock(fields, asFields(fields["content_block"]) ?? {}, parts);
        return false;
      case "content_block_delta":
        this.#piece(fields, asFields(fields["delta"]) ?? {}, parts);
        return false;
      case "content_block_stop": {
        const index = this.#indexOf(fields);
        this.#open.get(index)?.end(parts);
        this.#open.delete(index);
        return false;
      }
      case "message_delta":
        this.#messageDelta(fields, parts);
        return false;
      case "message_stop":
        return this.#started || this.#word !== undefined || this.#begun > 0;
      default:
        return false;
    }
  }

  /** Some proxies begin twice; the first time counts. True: another answer begins, so this one is over. */
  #start(message: Fields, parts: Part[]): boolean {
    if (this.#started) return this.#isOver(asText(message["id"]));
    this.#started = true;
    const response = responsePart(message);
    if (response !== undefined) parts.push(response);
    this.#blocks.id = asText(message["id"]);
    // What was ready from the start, such as results of a tool that ran between two turns.
    for (const entry of asList(message["content"]) ?? []) {
      const block = asFields(entry);
      if (block === undefined) continue;
      if (block["type"] !== "tool_use") this.#blocks.whole(block, parts);
      else new StreamBlock(block, this.#blocks, parts).end(parts);
    }
    this.#count(message["usage"], parts);
    this.#stopped(message, parts);
    return false;
  }

  /** @throws LoomError, when an answer with another id takes the place of one that has begun: nothing fits together then */
  #isOver(id: string | undefined): boolean {
    if (id === undefined || id === this.#blocks.id || this.#blocks.id === undefined || this.#begun === 0) {
      return false;
    }
    if (this.#word !== undefined) return true;
    throw this.#broken("another answer began");
  }

  #beginBlock(fields: Fields, block: Fields, parts: Part[]): void {
    if (++this.#begun > maxBlocks) throw new RangeError(`more than ${maxBlocks} blocks in one answer`);
    const index = asIndex(fields["index"], maxBlocks) ?? this.#last + 1;
    const before = this.#open.get(index);
    if (before?.isBegunBy(block)) return;
    // One that nothing closed ends where the next of its number begins.
    before?.end(parts);
    this.#last = index;
    this.#open.set(index, new StreamBlock(block, this.#blocks, parts));
  }

  #piece(fields: Fields, delta: Fields, parts: Part[]): void {
    const index = this.#indexOf(fields);
    const block = this.#open.get(index);
    if (block !== undefined) return block.delta(delta, parts);
    const started = unannounced(delta);
    if (started === undefined) return;
    this.#beginBlock({ index }, started, parts);
    this.#open.get(index)?.delta(delta, parts);
  }

  #indexOf({ index }: Fields): number {
    return asIndex(index, maxBlocks) ?? Math.max(this.#last, 0);
  }

  #messageDelta(fields: Fields, parts: Part[]): void {
    this.#stopped(asFields(fields["delta"]) ?? {}, parts);
    this.#count(fields["usage"], parts);
  }

  /** The first reason counts. */
  #stopped(delta: Fields, parts: Part[]): void {
    const word = asText(delta["stop_reason"]);
    if (word === undefined || this.#word !== undefined) return;
    this.#word = word;
    const details = asFields(delta["stop_details"]);
    const container = asFields(delta["container"]);
    const refusal = refusalPart(details);
    if (refusal !== undefined) parts.push(refusal);
    // The next call names the container in which tools are to go on.
    const value = { ...(details && { stop_details: details }), ...(container && { container }) };
    if (details !== undefined || container !== undefined) parts.push({ type: "raw", value: value as Json });
  }

  #count(value: unknown, parts: Part[]): void {
    if (!this.#usage.add(value)) return;
    const { usage } = this.#usage;
    if (usage !== undefined) parts.push({ type: "usage", usage });
  }

  #finish(parts: Part[] = []): readonly Part[] {
    this.#done = true;
    for (const block of this.#open.values()) block.end(parts);
    this.#open.clear();
    const word = this.#word;
    const { calls } = this.#blocks;
    if (word === undefined) {
      parts.push({ type: "finish", reason: settled(calls) });
      return parts;
    }
    const reason = this.#how.finish(word, calls > 0);
    if (reason === "error") {
      throw this.#how.errors.fromFault(this.#head, faultOfText(`the model stopped with ${word}`));
    }
    parts.push({ type: "finish", reason, raw: word });
    return parts;
  }

  #parse(event: string, data: string): Fields {
    const { errors } = this.#how;
    let fields: Fields | undefined;
    try {
      fields = asFields(JSON.parse(data));
    } catch (cause) {
      if (event === "error") throw errors.fromFault(this.#head, faultOfText(data));
      throw errors.notAnAnswer(this.#head, `an event is not JSON (${(cause as Error).name})`);
    }
    if (fields === undefined) throw errors.notAnAnswer(this.#head, "an event is not a JSON object");
    return fields;
  }
}
