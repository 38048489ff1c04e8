/** Puts the calls of a response together: those the caller is to run, of functions and of tools that take free text. */

import {
  asText,
  type Attempting,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
} from "../../../src/plugin.ts";

/** Bounds of one response, against vendors that never stop. */
const maxCalls = 1024;
const maxArgumentChars = 16 * 1024 * 1024;

/** One call while it arrives. */
export interface Call {
  id: string | undefined;
  name: string;
  /** Its number among the calls, once its beginning was told. */
  index: number | undefined;
  arguments: string;
  complete: boolean;
}

/** Whether an item is a call for the caller. xAI shows the searches it runs itself as calls, under ids of their own. */
export function isCall(item: Fields): boolean {
  if (item["type"] === "function_call") return true;
  return item["type"] === "custom_tool_call" && asText(item["call_id"])?.startsWith("xs_call_") !== true;
}

export class Calls {
  readonly #ctx: Attempting;
  /** Whether beginnings and pieces are told, as in streams, or whole calls only. */
  readonly #inPieces: boolean;
  readonly #fault: (why: string) => Error;
  #count = 0;
  #completed = 0;
  responseId: string | undefined;

  constructor(ctx: Attempting, inPieces: boolean, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#inPieces = inPieces;
    this.#fault = fault;
  }

  get any(): boolean {
    return this.#completed > 0;
  }

  open(): Call {
    return { id: undefined, name: "", index: undefined, arguments: "", complete: false };
  }

  /** Learns id and name, and tells the beginning once both are known. */
  learn(call: Call, item: Fields, parts: Part[]): void {
    call.id ??= asText(item["call_id"]);
    if (call.name === "") call.name = asText(item["name"]) ?? "";
    if (call.index !== undefined || call.name === "" || call.id === undefined) return;
    this.#begin(call, call.id, parts);
  }

  piece(call: Call, text: string, parts: Part[]): void {
    if (text === "") return;
    call.arguments += text;
    if (call.arguments.length > maxArgumentChars) {
      throw this.#fault("the arguments of a tool call do not end");
    }
    if (this.#inPieces && call.index !== undefined) {
      parts.push({ type: "tool-call-delta", index: call.index, text });
    }
  }

  /** The call is complete: `item` holds all of it, as far as the vendor says it again. */
  finish(call: Call, item: Fields, parts: Part[]): void {
    if (call.complete) return;
    call.complete = true;
    this.#completed++;
    this.learn(call, item, parts);
    if (call.name === "") throw this.#fault("a tool call has no name");
    call.id ??= asText(item["id"]) ?? madeUpId(this.#ctx, this.responseId, 0, this.#count, call.name);
    if (call.index === undefined) this.#begin(call, call.id, parts);
    const index = call.index ?? 0;
    const free = item["type"] === "custom_tool_call";
    const said = textOf(free ? item["input"] : item["arguments"]);
    if (said !== "" && said.startsWith(call.arguments)) {
      this.piece(call, said.slice(call.arguments.length), parts);
    }
    const text = said === "" ? call.arguments : said;
    const extra = extraOf(item, free);
    parts.push({
      type: "tool-call",
      index,
      id: call.id,
      name: call.name,
      arguments: text === "" && !free ? "{}" : text,
      ...(extra !== undefined && { extra }),
    });
  }

  #begin(call: Call, id: string, parts: Part[]): void {
    if (this.#count >= maxCalls) throw this.#fault(`more than ${maxCalls} tool calls in one answer`);
    const index = call.index = this.#count++;
    if (!this.#inPieces) return;
    parts.push({ type: "tool-call-start", index, id, name: call.name });
    if (call.arguments !== "") parts.push({ type: "tool-call-delta", index, text: call.arguments });
  }
}

/** Some hosts send the arguments as an object. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

const told: ReadonlySet<string> = new Set(["type", "call_id", "name", "arguments", "input", "status"]);

/** What goes back with the call: the item's id, which the thinking before it is tied to, its namespace, its caller. */
function extraOf(item: Fields, free: boolean): JsonObject | undefined {
  const extra: Record<string, Json> = free ? { type: "custom_tool_call" } : {};
  for (const [name, value] of Object.entries(item)) {
    if (!told.has(name) && value !== null && value !== undefined) extra[name] = value as Json;
  }
  return Object.keys(extra).length === 0 ? undefined : extra;
}
