/** The tool calls of one candidate: mostly whole, on Vertex also in pieces. */

import {
  asFields,
  asText,
  type Attempting,
  type Fields,
  type JsonObject,
  madeUpId,
  type Part,
  type ToolCallPart,
} from "../../../src/plugin.ts";
import { PartialArgs } from "./partial-args.ts";
import { at } from "./reading.ts";

/** Bounds of one candidate, against vendors that never stop. */
const maxCalls = 1024;
const maxArgumentChars = 16 * 1024 * 1024;

interface Open {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: PartialArgs;
  extra: JsonObject;
  size: number;
}

/** `fault` makes the error of an answer that makes no sense. */
export class ToolCalls {
  readonly #ctx: Attempting;
  readonly #choice: number;
  readonly #inPieces: boolean;
  readonly #fault: (why: string) => Error;
  /** Google numbers no calls; each gets the next number. */
  #count = 0;
  #open: Open | undefined;

  constructor(ctx: Attempting, choice: number, inPieces: boolean, fault: (why: string) => Error) {
    this.#ctx = ctx;
    this.#choice = choice;
    this.#inPieces = inPieces;
    this.#fault = fault;
  }

  get any(): boolean {
    return this.#count > 0;
  }

  /** Reads one part that is a call or a piece of one. */
  read(part: Fields, responseId: string | undefined, parts: Part[]): void {
    const call = asFields(part["functionCall"]);
    if (call === undefined) return;
    const name = asText(call["name"]);
    if (name !== undefined) {
      // A name begins a call; the last piece of the one before may be missing.
      this.complete(parts);
      this.#begin(name, call, responseId, parts);
    }
    const open = this.#open;
    if (open === undefined) return;
    open.extra = { ...open.extra, ...extraOf(part) };
    const args = asFields(call["args"]);
    if (args !== undefined) open.arguments.merge(args);
    if (call["partialArgs"] !== undefined && call["partialArgs"] !== null) {
      const size = open.arguments.add(call["partialArgs"]);
      if (size === undefined) throw this.#fault("a piece of a tool call's arguments has no path");
      open.size += size;
      if (open.size > maxArgumentChars) throw this.#fault("the arguments of a tool call do not end");
    }
    if (call["willContinue"] !== true) this.complete(parts);
  }

  /** No more pieces come: gives the call that is open, complete. */
  complete(parts: Part[]): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { index, id, name, extra } = open;
    const text = open.arguments.text();
    if (this.#inPieces) parts.push(at(this.#choice, { type: "tool-call-delta", index, text }));
    const call: ToolCallPart = { type: "tool-call", index, id, name, arguments: text };
    parts.push(at(this.#choice, Object.keys(extra).length === 0 ? call : { ...call, extra }));
  }

  #begin(name: string, call: Fields, responseId: string | undefined, parts: Part[]): void {
    if (this.#count >= maxCalls) throw this.#fault(`more than ${maxCalls} tool calls in one answer`);
    const index = this.#count++;
    const id = asText(call["id"]) ?? madeUpId(this.#ctx, responseId, this.#choice, index, name);
    this.#open = { index, id, name, arguments: new PartialArgs(), extra: {}, size: 0 };
    if (this.#inPieces) parts.push(at(this.#choice, { type: "tool-call-start", index, id, name }));
  }
}

/** What has to go back with the call: its signature, and whatever else stands beside it. */
function extraOf(part: Fields): JsonObject {
  const extra: Record<string, unknown> = {};
  for (const name in part) {
    if (name !== "functionCall" && part[name] !== null && part[name] !== undefined) extra[name] = part[name];
  }
  return extra as JsonObject;
}
