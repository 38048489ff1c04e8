/** Writes whole answers: one `message` object. */

import type { Citation, Json, JsonObject, Part } from "../../../contract/index.ts";
import type { AnswerFacts, Written } from "../../format.ts";
import { Ending } from "./ending.ts";
import { isOwnBlock, ownCallFields } from "./own-blocks.ts";
import { textBlocks } from "./text-blocks.ts";
import { inputOf } from "./tool-input.ts";
import { usageOf } from "./usage.ts";

type Response = Extract<Part, { readonly type: "response" }>;

/** Only the first alternative has a place here, and pictures and sound have none. */
export function writeMessage(parts: readonly Part[], facts: AnswerFacts): Written {
  const content = new Content(facts);
  const ending = new Ending(facts);
  let usage = facts.usage;
  let response: Response | undefined;
  for (const part of parts) {
    if ("choice" in part && part.choice !== undefined && part.choice !== 0) continue;
    if (part.type === "usage") usage = part.usage;
    else if (part.type === "response") response = part;
    else if (!content.take(part)) ending.take(part);
    if (part.type === "tool-call") ending.calls = true;
  }
  return {
    json: {
      ...headOf(response, facts),
      content: content.blocks(),
      ...ending.fields(),
      usage: usageOf(usage),
    },
  };
}

/** The fields that a message begins with. */
export function headOf(response: Response | undefined, { callId, model }: AnswerFacts): JsonObject {
  return {
    id: response?.id ?? `msg_${callId}`,
    type: "message",
    role: "assistant",
    model: response?.model ?? model,
  };
}

/** Puts parts together to blocks. */
class Content {
  readonly #facts: AnswerFacts;
  readonly #blocks: Json[] = [];
  #text = "";
  #citations: Citation[] = [];
  /** Where the open text begins in the text of the whole answer. */
  #start = 0;
  #thinking: string | undefined;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
  }

  /** `false`: it is no content. */
  take(part: Part): boolean {
    switch (part.type) {
      case "text":
        this.#endThinking();
        if (part.text === "") return true;
        // What comes after a citation is not what it stands behind.
        if (this.#citations.length > 0) this.#endText();
        this.#text += part.text;
        return true;
      case "citation":
        this.#citations.push(part.citation);
        return true;
      case "reasoning":
        this.#endText();
        this.#thinking = (this.#thinking ?? "") + part.text;
        if (part.signature !== undefined) this.#endThinking(part.signature);
        return true;
      case "tool-call":
        this.#end();
        this.#blocks.push(toolUse(part, this.#facts));
        return true;
      case "native":
        this.#end();
        if (isOwnBlock(part.value, this.#facts.provider)) this.#blocks.push(part.value);
        return true;
      default:
        return false;
    }
  }

  blocks(): readonly Json[] {
    this.#end();
    return this.#blocks;
  }

  #end(): void {
    this.#endThinking();
    this.#endText();
  }

  #endText(): void {
    this.#blocks.push(
      ...textBlocks({ text: this.#text, start: this.#start, citations: this.#citations }),
    );
    this.#start += this.#text.length;
    this.#text = "";
    this.#citations = [];
  }

  /** Clients want a signature of all thinking; vendors that do not sign have an empty one. */
  #endThinking(signature = ""): void {
    const thinking = this.#thinking;
    if (thinking === undefined) return;
    this.#thinking = undefined;
    if (thinking === "" && signature === "") return;
    this.#blocks.push({ type: "thinking", thinking, signature });
  }
}

function toolUse(part: Extract<Part, { readonly type: "tool-call" }>, { provider }: AnswerFacts): Json {
  const { id, name, arguments: text, extra } = part;
  return { type: "tool_use", id, name, input: inputOf(text), ...ownCallFields(extra, provider) };
}
