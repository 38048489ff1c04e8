/** Writes a streamed plain completion. */

import type { Outcome, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, StreamWriter } from "../../format.ts";
import { wantsUsage } from "../openai-chat/fields.ts";
import { usageFields } from "../openai-chat/pieces.ts";
import { done } from "../openai-chat/stream.ts";
import { openaiFaults } from "../openai-faults.ts";
import { echoOf } from "./read.ts";
import { type TextFinish, textFinish } from "./write.ts";

export class CompletionWriter implements StreamWriter {
  readonly #facts: AnswerFacts;
  /** The prompt, for alternatives that begin with it. */
  readonly #echo: string;
  readonly #wantsUsage: boolean;
  /** By alternative: whether it has ended. */
  readonly #ended = new Map<number, boolean>();
  #id: string;
  #model: string;
  #usage: Usage | undefined;
  /** A chunk up to its choices; built when the first one goes out. */
  #head = "";
  /** Behind the text of an ordinary chunk. */
  readonly #tail: string;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
    this.#echo = echoOf(facts);
    this.#wantsUsage = wantsUsage(facts.body);
    this.#tail = this.#wantsUsage ? `}],"usage":null}\n\n` : `}]}\n\n`;
    this.#id = `cmpl-${facts.callId}`;
    this.#model = facts.model;
  }

  parts(batch: readonly Part[]): string {
    let out = "";
    for (const part of batch) {
      if (part.type === "text" || part.type === "refusal") out += this.#text(part.choice ?? 0, part.text);
      else if (part.type === "finish") out += this.#finish(part.choice ?? 0, textFinish(part.reason));
      else if (part.type === "usage") this.#usage = part.usage;
      else if (part.type === "response") {
        this.#id = part.id ?? this.#id;
        this.#model = part.model ?? this.#model;
      }
    }
    return out;
  }

  end(outcome: Outcome): string {
    if (outcome.status !== "ok") {
      const { error } = outcome;
      return openaiFaults.errorEvent(error, error.status, this.#facts.callId);
    }
    if (this.#ended.size === 0) this.#ended.set(0, false);
    let out = "";
    for (const choice of this.#ended.keys()) out += this.#finish(choice, "stop");
    const usage = this.#usage ?? this.#facts.usage;
    if (this.#wantsUsage && usage !== undefined) {
      out += `${this.#start()}],"usage":${JSON.stringify(usageFields(usage))}}\n\n`;
    }
    return out + done;
  }

  #text(choice: number, text: string): string {
    const echo = this.#ended.has(choice) ? "" : this.#echo;
    if (text === "" && echo === "") return "";
    if (!this.#ended.has(choice)) this.#ended.set(choice, false);
    return this.#chunk(choice, echo + text, "null");
  }

  #finish(choice: number, word: TextFinish): string {
    if (this.#ended.get(choice) === true) return "";
    const before = this.#ended.has(choice) ? "" : this.#text(choice, "");
    this.#ended.set(choice, true);
    return before + this.#chunk(choice, "", `"${word}"`);
  }

  #chunk(choice: number, text: string, finish: string): string {
    return `${this.#start()}{"text":${
      JSON.stringify(text)
    },"index":${choice},"logprobs":null,"finish_reason":${finish}${this.#tail}`;
  }

  #start(): string {
    if (this.#head === "") {
      const [id, model] = [JSON.stringify(this.#id), JSON.stringify(this.#model)];
      const created = this.#facts.createdAtS;
      this.#head =
        `data: {"id":${id},"object":"text_completion","created":${created},"model":${model},"choices":[`;
    }
    return this.#head;
  }
}
