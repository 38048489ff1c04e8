/** How wide a text is on a terminal, and no more of it than fits. */

import { eastAsianWidth } from "get-east-asian-width";

/** Marks are drawn onto the letter before them. */
const mark = /\p{Mark}|\u200d/u;

/** In columns: a Chinese letter takes two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

/** The text, cut at the end where it is wider. */
export function cut(text: string, columns: number): string {
  let width = 0;
  let kept = "";
  for (const letter of text) {
    width += letterWidth(letter);
    if (width > columns) return kept;
    kept += letter;
  }
  return text;
}

/** Lines that may stay on a terminal: what could move its cursor or change its colours is taken out. */
export function harmless(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "?");
}

function letterWidth(letter: string): number {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  return mark.test(letter) ? 0 : eastAsianWidth(code);
}
