/** Words that are pulled apart or written with digits, put together again. */

import type { View } from "./view.ts";

const apart = /(?:\b[a-z0-9][ .\-_*|]{1,3}){5,400}[a-z0-9]\b/g;

/** `i g n o r e   a l l`: letters parted by one sign, words by more. The view has made one blank of several, so words run together. */
export function joined(
  original: string,
): { readonly text: string; readonly spans: readonly Span[] } | undefined {
  const spans: Span[] = [];
  const lower = original.toLowerCase();
  let text = "";
  for (const { index, 0: run } of lower.matchAll(apart)) {
    const letters = run.replace(/([a-z0-9])[ .\-_*|](?=[a-z0-9])/g, "$1").replace(/[ .\-_*|]{2,}/g, " ");
    spans.push({ from: text.length, start: index, end: index + run.length });
    text += letters + ". ";
    if (text.length > 20_000) break;
  }
  return spans.length === 0 ? undefined : { text, spans };
}

/** Where a piece of the joined text came from. */
export interface Span {
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

const digits: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  "$": "s",
  "!": "i",
};

/** `1gn0r3 pr3v10us`: digits in the midst of words as the letters they look like. Same length, so places stay. */
export function withoutDigits({ text }: View): string | undefined {
  let changed = 0;
  const letters = text.replace(/[a-z013457@$!]{4,40}/g, (word) => {
    if (!/[a-z][013457@$!]|[013457@$][a-z]/.test(word)) return word;
    changed++;
    return word.replace(/[013457@$]|!(?=[a-z])/g, (sign) => digits[sign] ?? sign);
  });
  return changed < 2 ? undefined : letters;
}
