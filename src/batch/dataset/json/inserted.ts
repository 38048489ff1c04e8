/** Fields are put before the closing brace of an object's own text, in the style of that text. */

import type { Additions } from "../row.ts";

/** @param text of an object, valid, with nothing but whitespace around it */
export function inserted(text: string, names: readonly string[], additions: Additions): string {
  if (names.length === 0) return text;
  let end = text.lastIndexOf("}");
  while (isSpace(text.charCodeAt(end - 1))) end--;
  const [between, colon] = styleOf(text);
  const fields = names.map((name) =>
    `${JSON.stringify(name)}:${colon}${JSON.stringify(additions[name] ?? null)}`
  );
  const lead = text[end - 1] === "{" ? "" : `,${between}`;
  return `${text.slice(0, end)}${lead}${fields.join(`,${between}`)}${text.slice(end)}`;
}

/** What this text has between two fields and after a colon, as far as its beginning tells. */
function styleOf(text: string): readonly [between: string, colon: string] {
  const [, lead = "", after = ""] = /^\s*\{(\s*)(?:"[^"\\]*"\s*:(\s*))?/.exec(text.slice(0, 300)) ?? [];
  const colon = after === "" ? "" : " ";
  return [lead === "" ? colon : lead, colon];
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
