/** Writes a streamed answer, event by event. */

import type { FinishReason, LoomErrorLike, Outcome, Part, Usage } from "../../../contract/index.ts";
import type { AnswerFacts, StreamWriter } from "../../format.ts";
import { errorFields, failure } from "./errors.ts";
import { Events } from "./events.ts";
import { Output } from "./output.ts";
import { incompleteReason, responseObject, type Said, type State } from "./response-object.ts";

/** Parts that may come before anyone has begun to answer. */
const silent: ReadonlySet<Part["type"]> = new Set(["warning", "raw", "usage"]);

export class ResponsesStream implements StreamWriter {
  readonly #facts: AnswerFacts;
  readonly #events = new Events();
  readonly #output: Output;
  #said: Said = {};
  #usage: Usage | undefined;
  #finish: { readonly reason: FinishReason; readonly raw?: string } | undefined;
  #begun = false;
  #ended = false;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
    this.#output = new Output(facts, this.#events);
  }

  parts(batch: readonly Part[]): string {
    if (this.#ended) return "";
    for (const part of batch) this.#take(part);
    return this.#events.drain();
  }

  end(outcome: Outcome): string {
    if (this.#ended) return "";
    this.#ended = true;
    if (outcome.status === "ok") this.#complete();
    else this.#fail(outcome.error);
    return this.#events.drain();
  }

  #take(part: Part): void {
    if (part.type === "response" && !this.#begun) this.#said = part;
    if (!this.#begun && !silent.has(part.type)) this.#begin();
    if (part.type === "usage") this.#usage = part.usage;
    else if (part.type === "finish") {
      if ((part.choice ?? 0) === 0) this.#finish = part;
    } else this.#output.take(part);
  }

  #begin(): void {
    this.#begun = true;
    const text = this.#response({ status: "in_progress", output: [] });
    this.#events.response("response.created", text);
    this.#events.response("response.in_progress", text);
  }

  #complete(): void {
    if (!this.#begun) this.#begin();
    const reason = incompleteReason(this.#finish?.reason, this.#finish?.raw);
    const status = reason === undefined ? "completed" : "incomplete";
    this.#output.close(status);
    this.#events.response(
      `response.${status}`,
      this.#response({ status, output: [], usage: this.#counted(), reason }),
    );
  }

  /** The official client throws at `error` alone, others look at how the response ended. */
  #fail(error: LoomErrorLike): void {
    this.#events.error(errorFields(error, error.status));
    if (!this.#begun) return;
    const state = {
      status: "failed",
      output: [],
      usage: this.#counted(),
      error: failure(error, error.status),
    } as const;
    this.#events.response("response.failed", this.#response(state));
  }

  #counted(): Usage | undefined {
    return this.#usage ?? this.#facts.usage;
  }

  /** The items are JSON text already. */
  #response(state: State): string {
    const { output: _, ...rest } = responseObject(this.#facts, this.#said, state);
    return `${JSON.stringify(rest).slice(0, -1)},"output":${this.#events.items}}`;
  }
}
