/** A text as rules read it: small letters, no accents, no invisible characters, look-alikes as what they look like. */

import { lookAlikes } from "./look-alikes.ts";

/** The text for the rules, and the way back. */
export interface View {
  readonly text: string;
  /** Place of each character of `text` in the original; one more for its end. */
  readonly places: Uint32Array;
  /** Invisible characters that were taken out. */
  readonly invisible: number;
  /** Letters of another script in the midst of a word of Latin ones. */
  readonly mixed: number;
}

/** Zero-width characters, soft hyphens, variation selectors, directions, and the tags that carry hidden text. */
export function isInvisible(code: number): boolean {
  return code === 0x00ad || code === 0x034f || code === 0x061c || code === 0x180e ||
    (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) || (code >= 0xfe00 && code <= 0xfe0f) || code === 0xfeff ||
    (code >= 0xe0000 && code <= 0xe0fff);
}

const blank = /^\s$/;

export function viewOf(original: string): View {
  let out = output(original.length + 16);
  let length = 0;
  let [invisible, mixed] = [0, 0];
  let afterBlank = false;
  let latinBefore = false;
  for (let at = 0; at < original.length; at++) {
    // A letter may fold to several; the longest to eighteen.
    if (length + 24 > out.codes.length) out = output(out.codes.length * 2, out);
    let code = original.charCodeAt(at);
    if (code > 127) {
      const from = at;
      const point = original.codePointAt(at) ?? code;
      if (point > 0xffff) at++;
      const alike: string | undefined = beside(original, from, latinBefore)
        ? lookAlikes.get(original[from] ?? "")
        : undefined;
      if (alike !== undefined) mixed++;
      const letters = alike ?? folded(point);
      if (letters === "") {
        invisible++;
        continue;
      }
      if (letters !== " ") {
        for (let index = 0; index < letters.length; index++) {
          out.codes[length] = letters.charCodeAt(index);
          out.places[length++] = from;
        }
        afterBlank = false;
        latinBefore = alike !== undefined;
        continue;
      }
      code = 32;
    }
    if (code <= 32) {
      latinBefore = false;
      if (afterBlank) continue;
      afterBlank = true;
      code = 32;
    } else {
      afterBlank = false;
      if (code >= 65 && code <= 90) code += 32;
      latinBefore = code >= 97 && code <= 122;
    }
    out.codes[length] = code;
    out.places[length++] = at;
  }
  out.places[length] = original.length;
  const text = new TextDecoder("utf-16le").decode(out.codes.subarray(0, length));
  return { text, places: out.places.subarray(0, length + 1), invisible, mixed };
}

function output(size: number, before?: { readonly codes: Uint16Array; readonly places: Uint32Array }) {
  const [codes, places] = [new Uint16Array(size), new Uint32Array(size)];
  if (before !== undefined) {
    codes.set(before.codes);
    places.set(before.places);
  }
  return { codes, places };
}

/** Only beside Latin letters: a word that is Cyrillic throughout is Russian. */
function beside(text: string, at: number, latinBefore: boolean): boolean {
  if (latinBefore) return true;
  const next = text.charCodeAt(at + 1) | 32;
  return next >= 97 && next <= 122;
}

/** What was folded before; the letters of a few languages. */
const known = new Map<number, string>();
const mostKnown = 8_192;

/** Accents off, compatibility forms (full width, mathematical letters) as the usual ones, small letters; "" for what nobody sees. */
function folded(point: number): string {
  const before = known.get(point);
  if (before !== undefined) return before;
  const letters = fold(point);
  if (known.size < mostKnown) known.set(point, letters);
  return letters;
}

function fold(point: number): string {
  if (isInvisible(point)) return "";
  const letter = String.fromCodePoint(point);
  if (blank.test(letter)) return " ";
  if (/[\u0900-\u097f\uac00-\ud7af\u3040-\u30ff]/.test(letter)) return letter;
  const bare = letter.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  // What folds to a blank among others, such as a spacing accent, is kept as it is.
  if (bare.trim() === "") return letter.toLowerCase();
  return bare.replace("ı", "i").replace("ß", "ss").replace("ł", "l");
}
