/** Cuts a text into blocks where its citations begin and end: Anthropic cites for whole blocks. */

import type { Citation, Json, JsonObject } from "../../../contract/index.ts";
import { citationOf } from "./citations.ts";

/** A run of text with what stands behind it. */
export interface CitedText {
  readonly text: string;
  /** Where it begins in the answer's text, in UTF-16 units. */
  readonly start: number;
  readonly citations: readonly Citation[];
}

/** The blocks of a run. Citations that overlap, or say no place, are those of the whole run. */
export function textBlocks(run: CitedText): readonly JsonObject[] {
  const { text, start, citations } = run;
  if (text === "") return [];
  const cited = citations.filter((citation) => citationOf(citation) !== undefined);
  if (cited.length === 0) return [{ type: "text", text }];
  const blocks: JsonObject[] = [];
  let at = 0;
  for (const [from, to, group] of stretches({ text, start, citations: cited })) {
    // A block of white space would be refused in the next turn.
    if (text.slice(at, from).trim() !== "") {
      blocks.push({ type: "text", text: text.slice(at, from) });
      at = from;
    }
    const end = text.slice(to).trim() === "" ? text.length : to;
    blocks.push(block(text.slice(at, end), group));
    at = end;
  }
  if (at < text.length) blocks.push({ type: "text", text: text.slice(at) });
  return blocks;
}

type Stretch = [from: number, to: number, citations: Citation[]];

function stretches({ text, start, citations }: CitedText): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const citation of citations) {
    const from = (citation.start ?? start) - start;
    const to = (citation.end ?? start + text.length) - start;
    const last = found.at(-1);
    if (last !== undefined && last[0] === from && last[1] === to) last[2].push(citation);
    else if (from >= (last?.[1] ?? 0) && to > from && to <= text.length) found.push([from, to, [citation]]);
    else return [[0, text.length, [...citations]]];
  }
  return found;
}

function block(text: string, citations: readonly Citation[]): JsonObject {
  return { type: "text", text, citations: citations.map((citation) => citationOf(citation) as Json) };
}
