/** What is told of one response, part by part, and what has been told of it so far. */

import { asText, type Fields, type Json, type JsonObject, type Part } from "../../../src/plugin.ts";

export class Telling {
  /** UTF-16 units of text so far, to which the offsets of later sources are added. */
  textLength = 0;
  /** Whether an item came that only the vendor understands: the messages after it are tied to it. */
  anyNative = false;
  /** Whether the vendor keeps the response; `undefined`: it does not say. */
  stored: boolean | undefined;
  #responded = false;

  /** What the response says of itself as a whole; only the first that says anything is told. */
  response(response: Fields, parts: Part[]): void {
    if (typeof response["store"] === "boolean") this.stored = response["store"];
    if (this.#responded) return;
    const id = asText(response["id"]);
    const model = asText(response["model"]);
    if (id === undefined && model === undefined) return;
    this.#responded = true;
    parts.push({ type: "response", ...(id !== undefined && { id }), ...(model !== undefined && { model }) });
  }

  text(text: string, parts: Part[]): void {
    if (text === "") return;
    this.textLength += text.length;
    parts.push({ type: "text", text });
  }

  reasoning(text: string, parts: Part[]): void {
    if (text !== "") parts.push({ type: "reasoning", text });
  }

  refusal(text: string, parts: Part[]): void {
    if (text !== "") parts.push({ type: "refusal", text });
  }

  native(item: Fields, parts: Part[]): void {
    this.anyNative = true;
    parts.push({ type: "native", value: item as JsonObject });
  }

  logprobs(list: unknown, parts: Part[]): void {
    if (!Array.isArray(list) || list.length === 0) return;
    parts.push({ type: "raw", value: { logprobs: list as Json, choice: 0 } });
  }
}
