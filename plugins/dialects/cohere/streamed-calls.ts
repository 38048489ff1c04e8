/** Puts the tool calls of a stream together from their pieces. */

import { asFields, asText, type Attempting, type Fields, madeUpId, type Part } from "../../../src/plugin.ts";
import { noArguments } from "./decode.ts";

/** Bounds of one answer, against vendors that never stop. */
const maxCalls = 1024;
const maxArgumentChars = 16 * 1024 * 1024;

interface Slot {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  arguments: string;
  closed: boolean;
}

export class StreamedCalls {
  readonly #ctx: Attempting;
  readonly #fault: (why: string) => Error;
  readonly #slots: Slot[] = [];
  readonly #byWireIndex = new Map<number, Slot>();
  /** Goes into ids that are made up. */
  responseId: string | undefined;

  constructor(ctx: Attempting, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#fault = fault;
  }

  get any(): boolean {
    return this.#slots.length > 0;
  }

  /** A call begins, or goes on. */
  piece(call: Fields, wireIndex: number | undefined, begins: boolean, parts: Part[]): void {
    if (begins && this.#repeats(call, wireIndex)) return;
    const named = asFields(call["function"]) ?? {};
    const slot = begins ? this.#open(call, named, wireIndex, parts) : this.#slotOf(wireIndex);
    if (slot === undefined) throw this.#fault("a piece of a tool call belongs to none");
    const text = asText(named["arguments"]);
    if (text === undefined) return;
    slot.arguments += text;
    if (slot.arguments.length > maxArgumentChars) {
      throw this.#fault("the arguments of a tool call do not end");
    }
    parts.push({ type: "tool-call-delta", index: slot.index, text });
  }

  close(wireIndex: number | undefined, parts: Part[]): void {
    const slot = this.#slotOf(wireIndex);
    if (slot !== undefined) finish(slot, parts);
  }

  closeAll(parts: Part[]): void {
    for (const slot of this.#slots) finish(slot, parts);
  }

  #open(call: Fields, named: Fields, wireIndex: number | undefined, parts: Part[]): Slot {
    const name = asText(named["name"]);
    if (name === undefined) throw this.#fault("a tool call has no name");
    const index = this.#slots.length;
    if (index >= maxCalls) throw this.#fault(`more than ${maxCalls} tool calls in one answer`);
    const id = asText(call["id"]) ?? madeUpId(this.#ctx, this.responseId, 0, index, name);
    const slot: Slot = { index, id, name, arguments: "", closed: false };
    this.#slots.push(slot);
    if (wireIndex !== undefined) this.#byWireIndex.set(wireIndex, slot);
    parts.push({ type: "tool-call-start", index, id, name });
    return slot;
  }

  /** Whether it is the beginning of the open call once more. */
  #repeats(call: Fields, wireIndex: number | undefined): boolean {
    const slot = this.#slotOf(wireIndex);
    return slot !== undefined && !slot.closed && slot.id === asText(call["id"]);
  }

  #slotOf(wireIndex: number | undefined): Slot | undefined {
    return (wireIndex === undefined ? undefined : this.#byWireIndex.get(wireIndex)) ?? this.#slots.at(-1);
  }
}

function finish(slot: Slot, parts: Part[]): void {
  if (slot.closed) return;
  slot.closed = true;
  const { index, id, name } = slot;
  const text = noArguments(slot.arguments) ? "{}" : slot.arguments;
  parts.push({ type: "tool-call", index, id, name, arguments: text });
}
