/** Tells the parts of one complete output item, and of what a stream has not yet told of it. */

import {
  asFields,
  asList,
  asText,
  dataUri,
  type Fields,
  type JsonObject,
  type Part,
} from "../../../src/plugin.ts";
import { citations } from "./annotations.ts";
import type { Telling } from "./telling.ts";

/** What a stream has told of an item already. Whole answers begin with nothing told. */
export interface Told {
  /** Texts, by the index of their content part: how many UTF-16 units. */
  readonly texts: Map<number, number>;
  /** Thinking, by kind and index. */
  readonly thoughts: Map<string, number>;
  /** Its frame, when it is a message. */
  framed: boolean;
  /** Where in the answer's text its texts begin, by the index of their content part. */
  readonly begins: Map<number, number>;
}

export function nothingTold(): Told {
  return { texts: new Map(), thoughts: new Map(), framed: false, begins: new Map() };
}

/** Gives what is left to say of a complete item. Calls are told apart from it. */
export function completeItem(item: Fields, told: Told, telling: Telling, parts: Part[]): void {
  switch (item["type"]) {
    case "message":
    case undefined:
      return message(item, told, telling, parts);
    case "reasoning":
      return reasoning(item, told, telling, parts);
    case "image_generation_call":
      image(asText(item["result"]), asText(item["output_format"]), parts);
      break;
    case "code_interpreter_call":
      for (const entry of asList(item["outputs"]) ?? []) {
        const output = asFields(entry);
        const url = output?.["type"] === "image" ? asText(output["url"]) : undefined;
        if (url !== undefined) parts.push({ type: "image", ...(dataUri(url) ?? { url }) });
      }
  }
  telling.native(item, parts);
}

function message(item: Fields, told: Told, telling: Telling, parts: Part[]): void {
  frame(item, told, telling, parts);
  const { content } = item;
  const list = typeof content === "string" ? [{ type: "output_text", text: content }] : asList(content) ?? [];
  list.forEach((entry, index) => {
    const part = asFields(entry);
    if (part !== undefined) messagePart(part, index, told, telling, parts);
  });
}

/** The rest of one content part of a message, and its sources. */
export function messagePart(
  part: Fields,
  index: number,
  told: Told,
  telling: Telling,
  parts: Part[],
): void {
  if (part["type"] === "refusal") {
    const text = asText(part["refusal"]) ?? "";
    const rest = text.slice(told.texts.get(index) ?? 0);
    told.texts.set(index, text.length);
    return telling.refusal(rest, parts);
  }
  if (typeof part["text"] !== "string") return;
  const text = part["text"];
  textRest(text, index, told, telling, parts);
  const before = told.begins.get(index) ?? 0;
  citations(part["annotations"], text, before, parts);
  telling.logprobs(part["logprobs"], parts);
}

/** What a stream has not told of a text. */
export function textRest(text: string, index: number, told: Told, telling: Telling, parts: Part[]): void {
  const length = told.texts.get(index) ?? 0;
  if (!told.begins.has(index)) told.begins.set(index, telling.textLength);
  if (text.length <= length) return;
  told.texts.set(index, text.length);
  telling.text(text.slice(length), parts);
}

/**
 * What a message is beside its text: its id, which items before it are tied to, and the phase it belongs to. Told where the
 * vendor wants that back; a plain answer stays plain text.
 */
export function frame(item: Fields, told: Told, telling: Telling, parts: Part[]): void {
  if (told.framed || item["id"] === undefined) return;
  if (!telling.anyNative && asText(item["phase"]) === undefined) return;
  told.framed = true;
  const { content: _, ...fields } = item;
  parts.push({ type: "native", value: { ...fields, status: "completed" } as JsonObject });
}

/** Summaries are what people may read; models that show their thinking itself have no summaries. */
function reasoning(item: Fields, told: Told, telling: Telling, parts: Part[]): void {
  for (const kind of ["summary", "content"] as const) {
    const list = asList(item[kind]) ?? [];
    if (list.length === 0 || !kindFits(kind, told)) continue;
    list.forEach((entry, index) => {
      const text = typeof entry === "string" ? entry : asText(asFields(entry)?.["text"]);
      if (text !== undefined) thoughtRest(text, kind, index, told, telling, parts);
    });
  }
  // An item that holds nothing and is kept nowhere would be refused when it comes back.
  const lasting = asText(item["encrypted_content"]) !== undefined ||
    (asList(item["content"]) ?? []).length > 0;
  if (lasting || telling.stored !== false) telling.native(item, parts);
}

/** One kind of thinking is told: an item that has both says the same twice. */
export function kindFits(kind: "summary" | "content", told: Told): boolean {
  const other = kind === "summary" ? "content" : "summary";
  for (const key of told.thoughts.keys()) if (key.startsWith(other)) return false;
  return true;
}

/** What a stream has not told of a piece of thinking. */
function thoughtRest(
  text: string,
  kind: "summary" | "content",
  index: number,
  told: Told,
  telling: Telling,
  parts: Part[],
): void {
  const length = told.thoughts.get(`${kind}/${index}`) ?? 0;
  if (text.length > length) thoughtPiece(text.slice(length), kind, index, told, telling, parts);
}

/** The next of a piece of thinking. Pieces of several indexes are paragraphs. */
export function thoughtPiece(
  text: string,
  kind: "summary" | "content",
  index: number,
  told: Told,
  telling: Telling,
  parts: Part[],
): void {
  if (text === "") return;
  const key = `${kind}/${index}`;
  const length = told.thoughts.get(key) ?? 0;
  if (length === 0 && told.thoughts.size > 0) telling.reasoning("\n\n", parts);
  told.thoughts.set(key, length + text.length);
  telling.reasoning(text, parts);
}

function image(result: string | undefined, format: string | undefined, parts: Part[]): void {
  if (result === undefined) return;
  const mimeType = `image/${format ?? "png"}`;
  parts.push({ type: "image", ...(dataUri(result) ?? { mimeType, dataB64: result }) });
}
