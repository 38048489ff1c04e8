/** Writes the sources that a text names. */

import type { Citation, Json, JsonObject } from "../../../contract/index.ts";

const known: ReadonlySet<unknown> = new Set([
  ..."url_citation file_citation container_file_citation file_path".split(" "),
]);

/**
 * One source of a piece of text. Its offsets are those of the whole answer in UTF-16 units; here they count characters of the
 * piece.
 *
 * @param before how much of the answer's text stands before the piece
 * @returns `undefined`, when it names nothing that the format could say
 */
export function annotation(citation: Citation, text: string, before: number): JsonObject | undefined {
  const { url, title, start, end, raw } = citation;
  const at = (offset: number) => charactersOf(text, Math.max(0, offset - before));
  const places: Record<string, Json> = {};
  if (start !== undefined) places["start_index"] = at(start);
  if (end !== undefined) places["end_index"] = at(end);
  if (isOwn(raw)) return { ...raw, ...places };
  if (url !== undefined) {
    return { type: "url_citation", url, title: title ?? "", start_index: 0, end_index: 0, ...places };
  }
  if (title === undefined) return undefined;
  return { type: "file_citation", file_id: "", filename: title, index: places["end_index"] ?? 0 };
}

/** An annotation of this format. Chat completions have the same types, with their fields one level deeper. */
function isOwn(raw: Json | undefined): raw is JsonObject {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return false;
  const { type, url_citation: nested } = raw as JsonObject;
  return known.has(type) && nested === undefined;
}

/** The first half of a character that takes two UTF-16 units. */
const pair = /[\ud800-\udbff]/;

/** How many characters the first `units` UTF-16 units hold. */
function charactersOf(text: string, units: number): number {
  const head = text.slice(0, units);
  if (!pair.test(head)) return units;
  let count = units - head.length;
  for (const _ of head) count++;
  return count;
}
