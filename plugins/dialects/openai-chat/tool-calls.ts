/** Puts tool calls together, from the pieces of a stream or from a whole message. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Attempting,
  type Fields,
  type Json,
  type JsonObject,
  madeUpId,
  type Part,
  type ToolCallPart,
} from "../../../src/plugin.ts";
import { at } from "./content.ts";

/** Bounds of one choice, against vendors that never stop. */
const maxCalls = 1024;
const maxArgumentChars = 16 * 1024 * 1024;

/** One call while it arrives. */
interface Slot {
  readonly index: number;
  id: string | undefined;
  name: string;
  arguments: string;
  /** Whether its beginning was told. */
  started: boolean;
  /** A call of a tool that takes free text, not JSON. */
  custom: boolean;
  extra: Record<string, Json> | undefined;
}

/** The tool calls of one choice. `fault` makes the error of an answer that makes no sense. */
export class ToolCalls {
  readonly #ctx: Attempting;
  readonly #choice: number;
  /** Whether beginnings and pieces are told, as in streams, or whole calls only. */
  readonly #inPieces: boolean;
  readonly #fault: (why: string) => Error;
  readonly #slots: Slot[] = [];
  readonly #byWireIndex = new Map<number, Slot>();
  /** The last call that has no index. */
  #lost: Slot | undefined;
  #told = 0;

  constructor(ctx: Attempting, choice: number, inPieces: boolean, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#choice = choice;
    this.#inPieces = inPieces;
    this.#fault = fault;
  }

  get any(): boolean {
    return this.#slots.length > 0;
  }

  /** Reads `tool_calls` and the older `function_call` of a message or delta. */
  read(message: Fields, responseId: string | undefined, parts: Part[]): void {
    const list = asList(message["tool_calls"]) ?? [];
    list.forEach((entry, position) => {
      const call = asFields(entry);
      if (call !== undefined) this.#piece(call, responseId, parts, list.length - position);
    });
    const single = asFields(message["function_call"]);
    // Snowflake fills every field it has nothing for with an empty one.
    if (single !== undefined && saysAnything(single)) {
      this.#piece({ index: 0, function: single }, responseId, parts);
    }
  }

  /** No more pieces come: gives every call that was not given yet, complete. */
  complete(parts: Part[]): void {
    for (; this.#told < this.#slots.length; this.#told++) {
      const slot = this.#slots[this.#told] as Slot;
      if (slot.name === "" || slot.id === undefined) throw this.#fault("a tool call has no name");
      const { index, id, name } = slot;
      const text = slot.arguments === "" && !slot.custom ? "{}" : slot.arguments;
      const extra: JsonObject | undefined = slot.custom
        ? { ...slot.extra, type: "custom", custom: { name, input: text } }
        : slot.extra;
      const call: ToolCallPart = { type: "tool-call", index, id, name, arguments: text };
      parts.push(at(this.#choice, extra === undefined ? call : { ...call, extra }));
    }
  }

  /** @param fromEnd which piece of its list it is, counted from the last, which is 1 */
  #piece(call: Fields, responseId: string | undefined, parts: Part[], fromEnd = 1): void {
    const plain = asFields(call["function"]);
    const custom = plain === undefined || call["type"] === "custom" ? asFields(call["custom"]) : undefined;
    const named = custom ?? plain ?? {};
    const name = asText(named["name"]) ?? "";
    // Mistral writes "null" where it has no id to give.
    const given = asText(call["id"]);
    const id = given === "null" ? undefined : given;
    const slot = this.#slotOf(call, id, name, fromEnd);
    if (slot.name === "") slot.name = name;
    slot.id ??= id;
    const piece = argumentText(custom === undefined ? named["arguments"] : custom["input"]);
    slot.arguments += piece;
    if (slot.arguments.length > maxArgumentChars) {
      throw this.#fault("the arguments of a tool call do not end");
    }
    slot.custom ||= custom !== undefined;
    addExtra(slot, call);
    if (slot.name === "") return;
    slot.id ??= madeUpId(this.#ctx, responseId, this.#choice, slot.index, slot.name);
    if (!this.#inPieces) return;
    const { index } = slot;
    let text = piece;
    if (!slot.started) {
      slot.started = true;
      text = slot.arguments;
      parts.push(at(this.#choice, { type: "tool-call-start", index, id: slot.id, name: slot.name }));
    }
    if (text !== "") parts.push(at(this.#choice, { type: "tool-call-delta", index, text }));
  }

  /** The call a piece belongs to: vendors leave out the index, or the id, or give all calls the same. */
  #slotOf(call: Fields, id: string | undefined, name: string, fromEnd: number): Slot {
    const wireIndex = asIndex(call["index"], maxCalls);
    const before = wireIndex !== undefined
      ? this.#byWireIndex.get(wireIndex) ?? this.#unplaced(wireIndex, id, name)
      : id === undefined && name === ""
      // Nothing but its place says which call it belongs to.
      ? this.#slots.at(-fromEnd) ?? this.#slots.at(-1)
      : this.#slots.findLast((slot) => id === undefined || slot.id === id) ??
        (name === "" ? this.#slots.at(-1) : undefined);
    if (before !== undefined && this.#inPieces && !beginsAnew(before, id, name)) return before;
    if (this.#slots.length >= maxCalls) throw this.#fault(`more than ${maxCalls} tool calls in one answer`);
    const slot: Slot = {
      index: this.#slots.length,
      id: undefined,
      name: "",
      arguments: "",
      started: false,
      custom: false,
      extra: undefined,
    };
    this.#slots.push(slot);
    if (wireIndex === undefined) this.#lost = slot;
    else this.#byWireIndex.set(wireIndex, slot);
    return slot;
  }

  /** The call that began without an index, when a piece that is nobody's comes with one. */
  #unplaced(wireIndex: number, id: string | undefined, name: string): Slot | undefined {
    const slot = this.#lost;
    if (slot === undefined || (name !== "" && slot.name !== "")) return undefined;
    if (id !== undefined && slot.id !== undefined && id !== slot.id) return undefined;
    this.#lost = undefined;
    this.#byWireIndex.set(wireIndex, slot);
    return slot;
  }
}

/**
 * Whether a piece that points at a call already there is the beginning of another one. Only a piece with a name can be: some
 * hosts give every piece a fresh id. Without ids, the same name again is a repetition, unless the call before is complete.
 */
function beginsAnew(before: Slot, id: string | undefined, name: string): boolean {
  if (name === "" || before.name === "") return false;
  if (id !== undefined && before.id !== undefined) return id !== before.id;
  return name !== before.name || isJson(before.arguments);
}

function isJson(text: string): boolean {
  if (text === "") return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function saysAnything(call: Fields): boolean {
  return asText(call["name"]) !== undefined || argumentText(call["arguments"]) !== "";
}

/** Some hosts send the arguments as an object. */
function argumentText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

const known: ReadonlySet<string> = new Set(["index", "id", "type", "function", "custom"]);

/** Keeps what has to go back with the call in the next turn, such as Gemini's `extra_content`. */
function addExtra(slot: Slot, call: Fields): void {
  for (const name in call) {
    const value = call[name];
    if (known.has(name) || value === null || value === undefined) continue;
    slot.extra = { ...slot.extra, [name]: value as Json };
  }
}
