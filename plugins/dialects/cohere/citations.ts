/** Reads Cohere's citations: where in the answer they apply, and which documents or tool results they name. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Citation,
  type Fields,
  type Json,
  type Part,
} from "../../../src/plugin.ts";

/** One block of an answer's content. */
export interface Block {
  /** `text`, `thinking` … */
  readonly type: string;
  text: string;
  /** Where the block begins in the answer's whole text. */
  readonly base: number;
}

/** Adds one part for each source of a citation. */
export function readCitation(value: unknown, blocks: ReadonlyMap<number, Block>, parts: Part[]): void {
  const citation = asFields(value);
  if (citation === undefined) return;
  const place = placeOf(citation, blocks);
  const sources = asList(citation["sources"]) ?? [];
  for (const source of sources.length === 0 ? [undefined] : sources) {
    parts.push({
      type: "citation",
      citation: { ...describe(asFields(source)), ...place, raw: citation as Json },
    });
  }
}

/** Documents name their fields as the caller did; these are the usual names. */
function describe(source: Fields | undefined): Omit<Citation, "start" | "end"> {
  const named = asFields(source?.["document"]) ?? asFields(source?.["tool_output"]);
  const title = asText(named?.["title"]) ?? asText(source?.["id"]);
  const text = asText(named?.["text"]) ?? asText(named?.["snippet"]) ?? asText(named?.["content"]);
  const url = asText(named?.["url"]);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(text !== undefined && { text }),
  };
}

/** Citations of thinking and of plans apply to no place in the answer's text. */
function placeOf(
  citation: Fields,
  blocks: ReadonlyMap<number, Block>,
): { readonly start: number; readonly end: number } | undefined {
  const { type } = citation;
  if (type === "THINKING_CONTENT" || type === "PLAN") return undefined;
  const [start, end] = [asIndex(citation["start"]), asIndex(citation["end"])];
  if (start === undefined || end === undefined) return undefined;
  const named = citation["content_index"];
  const meant = typeof named === "number" ? blocks.get(named) : undefined;
  const candidates = meant === undefined ? [...blocks.values()] : [meant];
  const texts = candidates.filter((block) => block.type === "text");
  const words = asText(citation["text"]);
  for (const block of texts) {
    const found = spanOf(block.text, start, end, words);
    if (found !== undefined) return { start: block.base + found[0], end: block.base + found[1] };
  }
  return undefined;
}

/** Cohere does not say what it counts: whichever of UTF-16 units, characters and bytes gives the words that it quotes. */
function spanOf(
  text: string,
  start: number,
  end: number,
  words: string | undefined,
): readonly [number, number] | undefined {
  if (words === undefined) return end <= text.length ? [start, end] : undefined;
  const quoted = (from: number) =>
    text.startsWith(words, from) ? [from, from + words.length] as const : undefined;
  return quoted(start) ?? quoted(unitsOfCharacters(text, start)) ?? quoted(unitsOfBytes(text, start));
}

function unitsOfCharacters(text: string, count: number): number {
  let units = 0;
  for (let seen = 0; seen < count && units < text.length; seen++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

function unitsOfBytes(text: string, count: number): number {
  let units = 0;
  for (let bytes = 0; bytes < count && units < text.length;) {
    const point = text.codePointAt(units) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    units += point > 0xffff ? 2 : 1;
  }
  return units;
}
