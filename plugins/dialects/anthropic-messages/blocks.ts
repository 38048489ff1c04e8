/** Turns finished content blocks into parts, the same for whole answers and streams. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Citation,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
  type ToolCallPart,
} from "../../../src/plugin.ts";
import { citationOf } from "./citations.ts";

/** What the blocks of one answer have in common. */
export class Blocks {
  readonly #ctx: Attempting;
  readonly #fault: (why: string) => Error;
  /** The vendor's id of the answer. */
  id: string | undefined;
  /** UTF-16 length of the answer's text so far, which citations count in. */
  textLength = 0;
  #calls = 0;

  /** `fault` makes the error of an answer that makes no sense. */
  constructor(ctx: Attempting, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#fault = fault;
  }

  /** How many tool calls there were. */
  get calls(): number {
    return this.#calls;
  }

  /** Adds the parts of a block that came whole. */
  whole(block: Fields, parts: Part[]): void {
    const type = block["type"];
    // Some hosts leave out the type of what is only text.
    if (type === "text" || (type === undefined && typeof block["text"] === "string")) {
      const start = this.textLength;
      this.text(asText(block["text"]), parts);
      this.citations(asList(block["citations"]) ?? [], start, parts);
    } else if (type === "thinking") {
      this.thinking(asText(block["thinking"]) ?? "", asText(block["signature"]), parts);
    } else if (type === "tool_use") {
      this.toolCall(this.begin(block), argumentsOf(block["input"]), parts);
    } else parts.push({ type: "native", value: block as JsonObject });
  }

  text(text: string | undefined, parts: Part[]): void {
    if (text === undefined) return;
    this.textLength += text.length;
    parts.push({ type: "text", text });
  }

  thinking(text: string, signature: string | undefined, parts: Part[]): void {
    if (signature !== undefined) parts.push({ type: "reasoning", text, signature });
    else if (text !== "") parts.push({ type: "reasoning", text });
  }

  /** Citations of the text from `start` to here. */
  citations(list: readonly unknown[], start: number, parts: Part[]): void {
    for (const entry of list) {
      const citation: Citation | undefined = citationOf(entry, start, this.textLength);
      if (citation !== undefined) parts.push({ type: "citation", citation });
    }
  }

  /** Numbers a tool call, and gives it an id where the host gave none. */
  begin(block: Fields): Call {
    const name = asText(block["name"]);
    if (name === undefined) throw this.#fault("a tool call has no name");
    const index = this.#calls++;
    const id = asText(block["id"]) ?? madeUpId(this.#ctx, this.id, 0, index, name);
    return { index, id, name, extra: extraOf(block) };
  }

  toolCall({ index, id, name, extra }: Call, text: string, parts: Part[]): void {
    const call: ToolCallPart = { type: "tool-call", index, id, name, arguments: text };
    parts.push(extra === undefined ? call : { ...call, extra });
  }
}

/** A tool call whose arguments may still be on their way. */
export interface Call {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly extra: JsonObject | undefined;
}

/** Arguments as JSON text; some hosts give them as text already. */
export function argumentsOf(input: unknown): string {
  if (typeof input === "string") return input === "" ? "{}" : input;
  return input === undefined || input === null ? "{}" : JSON.stringify(input);
}

const known: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);

/** What has to go back with the call in the next turn, such as who called it. */
function extraOf(block: Fields): JsonObject | undefined {
  let extra: Record<string, Json> | undefined;
  for (const name in block) {
    const value = block[name];
    if (!known.has(name) && value !== null && value !== undefined) (extra ??= {})[name] = value as Json;
  }
  return extra;
}

/** What the vendor says of the answer as a whole. */
export function responsePart(message: Fields): Part | undefined {
  const id = asText(message["id"]);
  const model = asText(message["model"]);
  if (id === undefined && model === undefined) return undefined;
  return { type: "response", ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
}

/** Why the model declined, where the vendor says so. */
export function refusalPart(details: unknown): Part | undefined {
  const text = asText(asFields(details)?.["explanation"]);
  return text === undefined ? undefined : { type: "refusal", text };
}
