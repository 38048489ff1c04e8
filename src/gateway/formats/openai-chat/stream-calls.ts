/** Tool calls of one streamed alternative, as deltas: a beginning, then pieces of the arguments. */

import type { ToolCallPart } from "../../../contract/index.ts";
import { extraContent } from "./read-assistant.ts";

/** How calls are written in this stream. */
export interface CallForm {
  /** `function_call`, which has room for one call, in place of `tool_calls`. */
  readonly older: boolean;
  /** Names of tools that take free text. */
  readonly custom: ReadonlySet<string>;
  /** Who makes the calls. */
  readonly provider: string;
}

interface Told {
  readonly custom: boolean;
  /** Whether any of its arguments went out. */
  pieces: boolean;
}

export class StreamedCalls {
  readonly #form: CallForm;
  readonly #told = new Map<number, Told>();
  /** The one call of the older form. */
  #only: number | undefined;

  constructor(form: CallForm) {
    this.#form = form;
  }

  get any(): boolean {
    return this.#told.size > 0;
  }

  /** The delta of a beginning. Empty: there is no room for it. */
  start(index: number, id: string, name: string, custom: boolean = this.#form.custom.has(name)): string {
    if (this.#told.has(index)) return "";
    this.#told.set(index, { custom, pieces: false });
    const named = JSON.stringify(name);
    if (this.#form.older) {
      this.#only ??= index;
      return this.#only === index ? `"function_call":{"name":${named},"arguments":""}` : "";
    }
    const empty = custom
      ? `"type":"custom","custom":{"name":${named},"input":""}`
      : `"type":"function","function":{"name":${named},"arguments":""}`;
    return `"tool_calls":[{"index":${index},"id":${JSON.stringify(id)},${empty}}]`;
  }

  /** The delta of a piece of the arguments; empty where there is none. */
  piece(index: number, text: string): string {
    const told = this.#told.get(index);
    if (told === undefined || text === "") return "";
    told.pieces = true;
    const piece = JSON.stringify(text);
    if (this.#form.older) return this.#only === index ? `"function_call":{"arguments":${piece}}` : "";
    return told.custom
      ? `"tool_calls":[{"index":${index},"custom":{"input":${piece}}}]`
      : `"tool_calls":[{"index":${index},"function":{"arguments":${piece}}}]`;
  }

  /** The deltas of what is not told yet of a call that is complete now. */
  whole({ index, id, name, arguments: text, extra }: ToolCallPart): readonly string[] {
    const isCustom = extra?.["type"] === "custom" || this.#form.custom.has(name);
    const deltas = [this.start(index, id, name, isCustom)];
    const told = this.#told.get(index);
    if (told?.pieces === false) deltas.push(this.piece(index, text));
    if (extra !== undefined && told?.custom === false && !this.#form.older) {
      const content = JSON.stringify(extraContent(this.#form.provider, extra));
      // Some clients refuse a piece without a function.
      deltas.push(`"tool_calls":[{"index":${index},"function":{"arguments":""},"extra_content":${content}}]`);
    }
    return deltas.filter((delta) => delta !== "");
  }
}
