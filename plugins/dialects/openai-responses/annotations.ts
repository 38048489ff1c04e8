/** Reads the sources that a text names. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Citation,
  type Json,
  type Part,
} from "../../../src/plugin.ts";

/**
 * The sources of one piece of text. Offsets count characters of that piece; they become UTF-16 offsets of the whole answer.
 *
 * @param before how much of the answer's text, in UTF-16 units, stands before the piece
 */
export function citations(list: unknown, text: string, before: number, parts: Part[]): void {
  for (const entry of asList(list) ?? []) {
    const annotation = asFields(entry);
    if (annotation === undefined) continue;
    const named = asFields(annotation["url_citation"]) ?? annotation;
    const found: { -readonly [K in keyof Citation]: Citation[K] } = {};
    const url = asText(named["url"]);
    const title = asText(named["title"]) ?? asText(named["filename"]);
    const quoted = asText(named["quote"]) ?? asText(named["content"]);
    if (url !== undefined) found.url = url;
    if (title !== undefined) found.title = title;
    if (quoted !== undefined) found.text = quoted;
    const [start, end] = [asIndex(named["start_index"]), asIndex(named["end_index"])];
    if (start !== undefined) found.start = before + unitsOf(text, start);
    if (end !== undefined) found.end = before + unitsOf(text, end);
    found.raw = annotation as Json;
    parts.push({ type: "citation", citation: found });
  }
}

/** The first half of a character that takes two UTF-16 units. */
const pair = /[\ud800-\udbff]/;

/** How many UTF-16 units the first `count` characters take. */
function unitsOf(text: string, count: number): number {
  if (!pair.test(text)) return count;
  let units = 0;
  let left = count;
  for (const character of text) {
    if (left-- <= 0) break;
    units += character.length;
  }
  return left > 0 ? units + left : units;
}
