/** The tool calls of an answer while they arrive: several may be open, each an item of its own. */

import type { JsonObject, Part, ToolCallPart } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";
import type { Events } from "./events.ts";
import { extraContent, ownId } from "./own-items.ts";

interface Call {
  readonly index: number;
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  /** Its tool takes free text, not JSON. */
  readonly free: boolean;
  text: string;
}

/** An item that is complete. */
export interface Finished {
  readonly index: number;
  readonly item: JsonObject;
}

export class Calls {
  readonly #facts: AnswerFacts;
  readonly #events: Events | undefined;
  readonly #open = new Map<number, Call>();
  #freeTools: ReadonlySet<string> | undefined;

  constructor(facts: AnswerFacts, events: Events | undefined) {
    this.#facts = facts;
    this.#events = events;
  }

  has(call: number): boolean {
    return this.#open.has(call);
  }

  /** @param index where its item stands */
  start(
    part: { readonly index: number; readonly id: string; readonly name: string },
    index: number,
    extra?: JsonObject,
  ): void {
    const free = isFree(extra) || this.#takesText(part.name);
    const id = ownId(free ? "ctc" : "fc", this.#facts.callId, index);
    const call: Call = { index, id, callId: part.id, name: part.name, free, text: "" };
    this.#open.set(part.index, call);
    this.#events?.itemAdded(index, { ...itemOf(call, ""), ...(!free && { status: "in_progress" }) });
  }

  delta({ index, text }: Part & { readonly type: "tool-call-delta" }): void {
    const call = this.#open.get(index);
    if (call === undefined || text === "") return;
    call.text += text;
    this.#events?.argumentsDelta(call, text);
  }

  /** The call is whole; it was begun before. */
  finish({ index: number, arguments: text, extra }: ToolCallPart): Finished {
    const call = this.#open.get(number);
    if (call === undefined) throw new Error(`tool call ${number} was not begun`);
    this.#open.delete(number);
    if (text.length > call.text.length && text.startsWith(call.text)) {
      this.#events?.argumentsDelta(call, text.slice(call.text.length));
    }
    this.#events?.argumentsDone(call, text);
    const item = {
      ...itemOf(call, text),
      ...(!call.free && { status: "completed" }),
      ...this.#bound(extra, call),
    };
    return { index: call.index, item };
  }

  /** Those that will not become whole. */
  left(): readonly Finished[] {
    const calls = [...this.#open.values()];
    this.#open.clear();
    return calls.map((call) => ({
      index: call.index,
      item: { ...itemOf(call, call.text), ...(!call.free && { status: "incomplete" }) },
    }));
  }

  /** Fields of this format's vendors are the item's own; those of others go along under their maker's name. */
  #bound(extra: JsonObject | undefined, { id: told }: Call): JsonObject {
    const { type: _type, custom: _custom, ...fields } = extra ?? {};
    if (Object.keys(fields).length === 0) return {};
    const { id, ...rest } = fields;
    if (typeof id !== "string") return { extra_content: extraContent(this.#facts.provider, fields) };
    return { ...rest, id: this.#events === undefined ? id : told };
  }

  #takesText(name: string): boolean {
    this.#freeTools ??= new Set(
      (this.#facts.asked.call.tools ?? []).flatMap((tool) =>
        tool.native?.["type"] === "custom" ? [tool.name] : []
      ),
    );
    return this.#freeTools.has(name);
  }
}

function isFree(extra: JsonObject | undefined): boolean {
  return extra?.["type"] === "custom_tool_call" || extra?.["type"] === "custom";
}

function itemOf({ id, callId, name, free }: Call, text: string): JsonObject {
  return free
    ? { id, type: "custom_tool_call", call_id: callId, name, input: text }
    : { id, type: "function_call", call_id: callId, name, arguments: text };
}
