/** Why an answer ended, in Anthropic's words. */

import type { FinishReason, Json, JsonObject, Part } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";
import { isObject } from "./checks.ts";

const words: Readonly<Record<FinishReason, string>> = {
  "stop": "end_turn",
  "length": "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  "other": "end_turn",
};

/** Said more exactly than by Loom's word of the same row. */
const exact: ReadonlyMap<string, FinishReason> = new Map([
  ["stop_sequence", "stop"],
  ["model_context_window_exceeded", "length"],
  ["pause_turn", "other"],
  ["compaction", "other"],
]);

/** Gathers what the end of a message says, part by part. */
export class Ending {
  readonly #facts: AnswerFacts;
  #reason: FinishReason | undefined;
  #raw = "";
  #refusal: string | undefined;
  #details: JsonObject | undefined;
  #container: JsonObject | undefined;
  #sequence: string | undefined;
  /** Whether the answer asks for a tool. */
  calls = false;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
  }

  /** Takes what the part says of the end; other parts say nothing of it. */
  take(part: Part): void {
    switch (part.type) {
      case "finish":
        this.#reason ??= part.reason;
        this.#raw = part.raw ?? "";
        return;
      case "refusal":
        this.#refusal = (this.#refusal ?? "") + part.text;
        return;
      case "raw":
        return this.#vendorData(part.value);
    }
  }

  /** `stop_reason` and what stands beside it. */
  fields(): Readonly<Record<string, Json>> {
    const reason = this.#word();
    const details = this.#details ?? { type: "refusal", category: null, explanation: this.#refusal ?? null };
    return {
      stop_reason: reason,
      stop_sequence: reason === "stop_sequence" ? this.#sequence ?? this.#onlyStop() : null,
      stop_details: reason === "refusal" ? details : null,
      ...(this.#container !== undefined && { container: this.#container }),
    };
  }

  #word(): string {
    const reason = this.#reason ?? (this.calls ? "tool-calls" : "other");
    // A vendor that declines in words may end as if it had answered.
    if (this.#refusal !== undefined && reason === "stop") return words["content-filter"];
    // Cohere says it in capitals.
    const word = this.#raw.toLowerCase();
    if (exact.get(word) === reason) return word;
    return words[reason === "other" && this.calls ? "tool-calls" : reason];
  }

  /** No part says which text it stopped at; of one there is no doubt. */
  #onlyStop(): string | null {
    const stops = this.#facts.asked.call.params["stop"];
    const [only, more] = Array.isArray(stops) ? stops as readonly unknown[] : [];
    return typeof only === "string" && more === undefined ? only : null;
  }

  /** A message of a vendor that speaks this format, or what such a one says at the end of a stream. */
  #vendorData(value: Json): void {
    if (!isObject(value) || (value["type"] !== undefined && value["type"] !== "message")) return;
    const { stop_details: details, container, stop_sequence: sequence } = value;
    if (isObject(details)) this.#details = details;
    if (isObject(container)) this.#container = container;
    if (typeof sequence === "string") this.#sequence = sequence;
  }
}
