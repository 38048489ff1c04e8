/** Writes a streamed chat completion. The hot path of translated streams: what is the same in every chunk is built once. */

import type { Outcome, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, StreamWriter } from "../../format.ts";
import { openaiFaults } from "../openai-faults.ts";
import { wantsUsage } from "./fields.ts";
import { annotationOf, imageOf, usageFields } from "./pieces.ts";
import { customTools, isOlderForm } from "./read-tools.ts";
import { type Annotation, finishWord, logprobsIn } from "./shapes.ts";
import { type CallForm, StreamedCalls } from "./stream-calls.ts";

/** No more sources than this wait for the end of the answer. */
const maxHeldAnnotations = 256;

/** The end of every stream that went well. */
export const done = "data: [DONE]\n\n";

const beginning = `"role":"assistant","content":""`;

/** One alternative of an answer. */
interface Alternative {
  /** Its chunks up to the delta. */
  readonly head: string;
  readonly calls: StreamedCalls;
  /** Clients keep those of one chunk only, so they go out together. */
  annotations: Annotation[];
  images: number;
  finished: boolean;
}

export class ChatWriter implements StreamWriter {
  readonly #facts: AnswerFacts;
  readonly #form: CallForm;
  readonly #wantsUsage: boolean;
  /** Behind the choice of a chunk. */
  readonly #tail: string;
  /** Behind the delta of an ordinary chunk. */
  readonly #end: string;
  readonly #alternatives = new Map<number, Alternative>();
  #id: string;
  #model: string;
  #usage: Usage | undefined;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
    this.#form = {
      older: isOlderForm(facts.body),
      custom: customTools(facts.asked.call.tools),
      provider: facts.provider,
    };
    this.#wantsUsage = wantsUsage(facts.body);
    this.#tail = this.#wantsUsage ? `}],"usage":null}\n\n` : `}]}\n\n`;
    this.#end = `},"logprobs":null,"finish_reason":null${this.#tail}`;
    this.#id = `chatcmpl-${facts.callId}`;
    this.#model = facts.model;
  }

  parts(batch: readonly Part[]): string {
    let out = "";
    for (const part of batch) out += this.#part(part);
    return out;
  }

  end(outcome: Outcome): string {
    if (outcome.status !== "ok") {
      const { error } = outcome;
      return openaiFaults.errorEvent(error, error.status, this.#facts.callId);
    }
    let out = this.#alternatives.size === 0 ? this.#delta(0, "") : "";
    for (const [choice, alternative] of this.#alternatives) {
      if (alternative.finished) out += this.#sources(alternative);
      else out += this.#finish(choice, undefined);
    }
    const usage = this.#usage ?? this.#facts.usage;
    if (this.#wantsUsage && usage !== undefined) {
      out += `${this.#start()}],"usage":${JSON.stringify(usageFields(usage))}}\n\n`;
    }
    return out + done;
  }

  #part(part: Part): string {
    switch (part.type) {
      case "text":
        return part.text === "" ? "" : this.#delta(part.choice, `"content":${JSON.stringify(part.text)}`);
      case "reasoning":
        if (part.text === "") return "";
        return this.#delta(part.choice, `"reasoning_content":${JSON.stringify(part.text)}`);
      case "tool-call-delta":
        return this.#call(part.choice, (calls) => [calls.piece(part.index, part.text)]);
      case "tool-call-start":
        return this.#call(part.choice, (calls) => [calls.start(part.index, part.id, part.name)]);
      case "tool-call":
        return this.#call(part.choice, (calls) => calls.whole(part));
      case "refusal":
        return this.#delta(part.choice, `"refusal":${JSON.stringify(part.text)}`);
      case "citation":
        return this.#source(part);
      case "image":
        return this.#image(part);
      case "audio":
        return part.dataB64 === undefined ? "" : this.#audio(part.dataB64);
      case "raw":
        return this.#raw(part);
      case "finish":
        return this.#finish(part.choice ?? 0, part.reason);
      case "usage":
        this.#usage = part.usage;
        return "";
      case "response":
        this.#id = part.id ?? this.#id;
        this.#model = part.model ?? this.#model;
    }
    return "";
  }

  /** A chunk; of an alternative that has not begun, its beginning before it. An empty delta is none. */
  #delta(choice: number | undefined, delta: string): string {
    const known = this.#alternatives.get(choice ?? 0);
    if (known !== undefined) return delta === "" ? "" : known.head + delta + this.#end;
    const { head } = this.#open(choice ?? 0);
    const begun = head + beginning + this.#end;
    return delta === "" ? begun : begun + head + delta + this.#end;
  }

  #open(choice: number): Alternative {
    const alternative: Alternative = {
      head: `${this.#start()}{"index":${choice},"delta":{`,
      calls: new StreamedCalls(this.#form),
      annotations: [],
      images: 0,
      finished: false,
    };
    this.#alternatives.set(choice, alternative);
    return alternative;
  }

  /** A chunk up to its choices. */
  #start(): string {
    const [id, model] = [JSON.stringify(this.#id), JSON.stringify(this.#model)];
    const created = this.#facts.createdAtS;
    return `data: {"id":${id},"object":"chat.completion.chunk","created":${created},"model":${model},"choices":[`;
  }

  /** The alternative, and what must go out before anything else of it does. */
  #begun(choice: number): readonly [Alternative, string] {
    const known = this.#alternatives.get(choice);
    if (known !== undefined) return [known, ""];
    const alternative = this.#open(choice);
    return [alternative, alternative.head + beginning + this.#end];
  }

  #call(choice: number | undefined, deltasOf: (calls: StreamedCalls) => readonly string[]): string {
    const [{ head, calls }, before] = this.#begun(choice ?? 0);
    let out = before;
    for (const delta of deltasOf(calls)) if (delta !== "") out += head + delta + this.#end;
    return out;
  }

  #source({ citation, choice = 0 }: Extract<Part, { type: "citation" }>): string {
    const annotation = annotationOf(citation);
    if (annotation === undefined) return "";
    const [alternative, before] = this.#begun(choice);
    alternative.annotations.push(annotation);
    return alternative.annotations.length < maxHeldAnnotations ? before : before + this.#sources(alternative);
  }

  #sources(alternative: Alternative): string {
    if (alternative.annotations.length === 0) return "";
    const told = JSON.stringify(alternative.annotations);
    alternative.annotations = [];
    return `${alternative.head}"annotations":${told}${this.#end}`;
  }

  /** Pictures and sound say nothing of alternatives: they belong to the first. */
  #image(part: Extract<Part, { type: "image" }>): string {
    const [alternative, before] = this.#begun(0);
    const image = imageOf(part, alternative.images);
    if (image === undefined) return before;
    alternative.images++;
    return before + this.#delta(0, `"images":[${JSON.stringify(image)}]`);
  }

  #audio(dataB64: string): string {
    const id = JSON.stringify(`audio_${this.#facts.callId}`);
    return this.#delta(0, `"audio":{"id":${id},"data":${JSON.stringify(dataB64)}}`);
  }

  #raw({ value }: Extract<Part, { type: "raw" }>): string {
    let out = "";
    for (const [choice, logprobs] of logprobsIn(value)) {
      const [{ head }, before] = this.#begun(choice);
      out += `${before}${head}},"logprobs":${JSON.stringify(logprobs)},"finish_reason":null${this.#tail}`;
    }
    return out;
  }

  /** The first end of an alternative counts. */
  #finish(choice: number, reason: Extract<Part, { type: "finish" }>["reason"] | undefined): string {
    const [alternative, before] = this.#begun(choice);
    if (alternative.finished) return before;
    alternative.finished = true;
    const word = finishWord(reason, alternative.calls.any, this.#form.older);
    const sources = this.#sources(alternative);
    return `${before}${sources}${alternative.head}},"logprobs":null,"finish_reason":"${word}"${this.#tail}`;
  }
}
