/** Writes the events of a stream, numbered; what repeats in the events of one item is built once. */

import type { JsonObject } from "../../../contract/index.ts";

/** Which item the pieces of a tool call's arguments belong to. */
export interface CallPlace {
  readonly index: number;
  readonly id: string;
  readonly free: boolean;
}

export class Events {
  /** What is written and not yet sent. */
  #text = "";
  #number = 0;
  /** JSON of the complete items, at their places: the last event says them once more. */
  readonly #items: string[] = [];
  /** The content part that is added to: what its events have in common. */
  #content = "";
  #deltaHead = "";
  #thoughtHead = "";
  readonly #callHeads = new Map<string, string>();

  /** What is to be sent, once. */
  drain(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** JSON of the complete items, in order. */
  get items(): string {
    return `[${this.#items.filter((item) => item !== undefined).join(",")}]`;
  }

  /** @param response the JSON text of the response object */
  response(type: string, response: string): void {
    this.#event(type, `,"response":${response}`);
  }

  error(fields: JsonObject): void {
    this.#event("error", `,${JSON.stringify(fields).slice(1, -1)}`);
  }

  itemAdded(index: number, item: JsonObject): void {
    this.#event("response.output_item.added", `,"output_index":${index},"item":${JSON.stringify(item)}`);
  }

  itemDone(index: number, item: JsonObject): void {
    const text = JSON.stringify(item);
    this.#items[index] = text;
    this.#event("response.output_item.done", `,"output_index":${index},"item":${text}`);
  }

  contentAdded(index: number, id: string, content: number, part: JsonObject): void {
    this.#content = `${at(index, id)},"content_index":${content}`;
    const refusal = part["type"] === "refusal";
    this.#deltaHead = head(
      refusal ? "response.refusal.delta" : "response.output_text.delta",
      `${this.#content}${refusal ? "" : noLogprobs},"delta":`,
    );
    this.#event("response.content_part.added", `${this.#content},"part":${JSON.stringify(part)}`);
  }

  text(delta: string): void {
    this.#text += `${this.#deltaHead}${JSON.stringify(delta)},"sequence_number":${this.#number++}}\n\n`;
  }

  refusal(delta: string): void {
    this.text(delta);
  }

  annotation(index: number, source: JsonObject): void {
    this.#event(
      "response.output_text.annotation.added",
      `${this.#content},"annotation_index":${index},"annotation":${JSON.stringify(source)}`,
    );
  }

  contentDone(part: JsonObject): void {
    if (part["type"] === "refusal") {
      this.#event("response.refusal.done", `${this.#content},"refusal":${JSON.stringify(part["refusal"])}`);
    } else {
      const [text, logprobs] = [JSON.stringify(part["text"]), JSON.stringify(part["logprobs"])];
      this.#event("response.output_text.done", `${this.#content},"text":${text},"logprobs":${logprobs}`);
    }
    this.#event("response.content_part.done", `${this.#content},"part":${JSON.stringify(part)}`);
  }

  summaryAdded(index: number, id: string): void {
    const place = `${at(index, id)},"summary_index":0`;
    this.#thoughtHead = head("response.reasoning_summary_text.delta", `${place},"delta":`);
    this.#event("response.reasoning_summary_part.added", `${place},"part":${summaryPart('""')}`);
  }

  thought(delta: string): void {
    this.#text += `${this.#thoughtHead}${JSON.stringify(delta)},"sequence_number":${this.#number++}}\n\n`;
  }

  summaryDone(index: number, id: string, text: string): void {
    const place = `${at(index, id)},"summary_index":0`;
    const said = JSON.stringify(text);
    this.#event("response.reasoning_summary_text.done", `${place},"text":${said}`);
    this.#event("response.reasoning_summary_part.done", `${place},"part":${summaryPart(said)}`);
  }

  argumentsDelta(call: CallPlace, delta: string): void {
    let callHead = this.#callHeads.get(call.id);
    if (callHead === undefined) {
      callHead = head(`${callEvent(call)}.delta`, `${at(call.index, call.id)},"delta":`);
      this.#callHeads.set(call.id, callHead);
    }
    this.#text += `${callHead}${JSON.stringify(delta)},"sequence_number":${this.#number++}}\n\n`;
  }

  argumentsDone(call: CallPlace, text: string): void {
    this.#callHeads.delete(call.id);
    const field = call.free ? "input" : "arguments";
    this.#event(`${callEvent(call)}.done`, `${at(call.index, call.id)},"${field}":${JSON.stringify(text)}`);
  }

  #event(type: string, fields: string): void {
    this.#text += `${head(type, fields)},"sequence_number":${this.#number++}}\n\n`;
  }
}

const noLogprobs = ',"logprobs":[]';

function head(type: string, fields: string): string {
  return `event: ${type}\ndata: {"type":"${type}"${fields}`;
}

function at(index: number, id: string): string {
  return `,"item_id":${JSON.stringify(id)},"output_index":${index}`;
}

function summaryPart(text: string): string {
  return `{"type":"summary_text","text":${text}}`;
}

function callEvent({ free }: CallPlace): string {
  return free ? "response.custom_tool_call_input" : "response.function_call_arguments";
}
