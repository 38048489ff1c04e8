/** Decodes streamed answers, chunk by chunk. */

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
import { Citations } from "./citations.ts";
import { addRefusal, at, readAudio, readContent, readImages, readReasoning } from "./content.ts";
import { choiceIndex, maxChoices, refuseChoice, responsePart, soundFormat } from "./decode.ts";
import { finishWord, settled } from "./finish.ts";
import { countsUnasked } from "./forward.ts";
import type { Reading } from "./reading.ts";
import { ReasoningDetails } from "./reasoning-details.ts";
import { ThinkTags } from "./think-tags.ts";
import { ToolCalls } from "./tool-calls.ts";

const none: readonly Part[] = [];

/** What is known of one alternative. */
interface Choice {
  readonly index: number;
  readonly calls: ToolCalls;
  readonly tags: ThinkTags | undefined;
  /** Made when the first ones come. */
  details: ReasoningDetails | undefined;
  finished: boolean;
  /** Whether anything of it came, text or a call. */
  begun: boolean;
  hasText: boolean;
}

/** Decodes one stream. Keeps only what later chunks need. */
export class ChatStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #how: Reading;
  readonly #choices = new Map<number, Choice>();
  readonly #citations = new Citations();
  #responded = false;
  #responseId: string | undefined;
  #partsSeen = 0;
  #done = false;
  /** Whether a chunk that only counts is Loom's own wish, and whether the last event was one, or the end. */
  readonly #hidesUsage: boolean;
  #hidden = false;

  constructor(head: WireReplyHead, how: Reading) {
    this.#head = head;
    this.#how = how;
    this.#hidesUsage = countsUnasked(head.ctx);
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  /** `[DONE]` came. */
  get complete(): boolean {
    return this.#done;
  }

  event(event: ServerSentEvent): readonly Part[] {
    const { data } = event;
    this.#hidden = true;
    if (this.#done || data === "") return none;
    if (data.length < 16 && data.trim() === "[DONE]") return this.#finishAll();
    this.#hidden = false;
    const chunk = this.#parse(data);
    if (event.event === "error") throw this.#error(chunk);
    this.#how.refuseFault(chunk, this.#head);

    const parts: Part[] = [];
    if (!this.#responded) {
      const response = responsePart(chunk);
      if (response !== undefined) {
        this.#responded = true;
        this.#responseId = asText(chunk["id"]);
        parts.push(response);
      }
    }
    const choices = asList(chunk["choices"]);
    if (choices !== undefined) {
      for (let position = 0; position < choices.length; position++) {
        const entry = asFields(choices[position]);
        if (entry !== undefined) this.#choice(entry, choiceIndex(entry, position), parts);
      }
    }
    this.#citations.body(chunk, parts);
    const { moderation } = chunk;
    if (moderation !== undefined && moderation !== null) {
      parts.push({ type: "raw", value: { moderation: moderation as Json } });
    }
    const usage = this.#how.usage(chunk);
    if (usage !== undefined) {
      parts.push({ type: "usage", usage });
      this.#hidden = this.#hidesUsage && (choices === undefined || choices.length === 0);
    }
    this.#count(parts);
    return parts;
  }

  end(): readonly Part[] {
    if (this.#done) return none;
    let finished = false;
    let open = false;
    for (const choice of this.#choices.values()) {
      if (choice.finished) finished = true;
      else if (choice.begun) open = true;
    }
    if (finished && !open) return this.#finishAll();
    const { provider } = this.#head.ctx.target;
    throw loomError(
      "stream-broken",
      `${provider}: the stream ended after ${this.#partsSeen} part(s), before the answer did`,
      { partsSeen: this.#partsSeen },
      detailsOf(this.#head.ctx, this.#head),
    );
  }

  #choice(entry: Fields, index: number, parts: Part[]): void {
    refuseChoice(entry, this.#head, this.#how);
    const choice = this.#choices.get(index) ?? this.#open(index);
    const before = parts.length;
    // A whole message stands in for the first delta; later ones only repeat what was said (Perplexity).
    const delta = asFields(entry["delta"]) ?? (choice.begun ? undefined : asFields(entry["message"]));
    if (delta !== undefined) this.#delta(delta, choice, parts);
    const { logprobs } = entry;
    if (logprobs !== undefined && logprobs !== null) {
      parts.push({ type: "raw", value: { logprobs: logprobs as Json, choice: index } });
    }
    if (parts.length > before) choice.begun = true;
    const word = finishWord(entry);
    if (word !== undefined) this.#finish(choice, word, parts);
  }

  #delta(delta: Fields, choice: Choice, parts: Part[]): void {
    const { index } = choice;
    readReasoning(delta, this.#how.reasoningFields, index, parts);
    if (delta["reasoning_details"] !== undefined) {
      choice.details ??= new ReasoningDetails();
      choice.details.read(delta, (why) => this.#how.notAnAnswer(this.#head, why));
    }
    const { content } = delta;
    if (content !== "" && content !== null && content !== undefined) {
      readContent(content, index, choice.tags, parts);
      choice.hasText = true;
      // Also when all of it is held back, because it may be the beginning of a tag.
      choice.begun = true;
    }
    if (delta["refusal"] !== undefined) addRefusal(delta["refusal"], index, parts);
    if (delta["images"] !== undefined) readImages(delta["images"], parts);
    if (delta["audio"] !== undefined) {
      readAudio(delta["audio"], soundFormat(this.#head), index, choice.hasText, parts);
    }
    if (delta["annotations"] !== undefined) this.#citations.annotations(delta["annotations"], index, parts);
    if (delta["tool_calls"] !== undefined || delta["function_call"] !== undefined) {
      choice.calls.read(delta, this.#responseId, parts);
      if (choice.calls.any) choice.begun = true;
    }
  }

  /** The first reason counts; some vendors say it in more than one chunk. */
  #finish(choice: Choice, word: string, parts: Part[]): void {
    if (choice.finished) return;
    const reason = this.#how.finish(word);
    if (reason === "error") {
      throw this.#how.errors.fromFault(this.#head, faultOfText(`the model stopped with ${word}`));
    }
    choice.finished = true;
    this.#flush(choice, parts);
    parts.push(at(choice.index, { type: "finish", reason: settled(reason, choice.calls.any), raw: word }));
  }

  #flush(choice: Choice, parts: Part[]): void {
    for (const piece of choice.tags?.end() ?? []) parts.push(at(choice.index, piece));
    choice.details?.complete(choice.index, parts);
    choice.calls.complete(parts);
  }

  /** Nothing more comes: ends every alternative that has not said why it ended. */
  #finishAll(): readonly Part[] {
    const parts: Part[] = [];
    let answered = false;
    for (const choice of this.#choices.values()) {
      this.#flush(choice, parts);
      if (choice.begun && !choice.finished) {
        const reason = settled("other", choice.calls.any);
        parts.push(at(choice.index, { type: "finish", reason }));
        choice.finished = true;
      }
      answered ||= choice.finished;
    }
    if (!answered) throw this.#how.notAnAnswer(this.#head, "the stream ended without saying anything");
    this.#done = true;
    this.#count(parts);
    return parts;
  }

  #open(index: number): Choice {
    if (this.#choices.size >= maxChoices) throw this.#how.notAnAnswer(this.#head, "it has too many choices");
    const fault = (why: string) => this.#how.notAnAnswer(this.#head, why);
    const choice: Choice = {
      index,
      calls: new ToolCalls(this.#head.ctx, index, true, fault),
      tags: this.#how.tags ? new ThinkTags() : undefined,
      details: undefined,
      finished: false,
      begun: false,
      hasText: false,
    };
    this.#choices.set(index, choice);
    return choice;
  }

  #parse(data: string): Fields {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#how.notAnAnswer(this.#head, `an event of ${data.length} characters is not JSON`);
    }
    const chunk = asFields(value);
    if (chunk === undefined) throw this.#how.notAnAnswer(this.#head, "an event is not a JSON object");
    return chunk;
  }

  #error(chunk: Fields): Error {
    return this.#how.errors.fromFault(this.#head, faultOf(chunk) ?? faultOfText(""));
  }

  #count(parts: readonly Part[]): void {
    for (const part of parts) if (isContent(part)) this.#partsSeen++;
  }
}
