/** A text without case and accents, with one blank for several, and the way back to its places. */

export interface Folded {
  readonly text: string;
  /** Where each character of `text` stands in the original; one more for its end. */
  readonly places: ArrayLike<number>;
}

/** A letter may fold to several; the longest to eighteen. */
const mostLetters = 18;

export function foldedText(original: string): Folded {
  let codes = new Uint16Array(original.length + mostLetters);
  let places = new Uint32Array(original.length + mostLetters + 1);
  let length = 0;
  let afterBlank = false;
  for (let at = 0; at < original.length; at++) {
    if (length + mostLetters > codes.length) [codes, places] = [grown(codes), grownPlaces(places)];
    let code = original.charCodeAt(at);
    let letters: string | undefined;
    if (code > 127) {
      letters = folded(code);
      if (letters === "") continue;
      if (letters === " ") code = 32;
    }
    if (code <= 32) {
      if (afterBlank) continue;
      afterBlank = true;
      codes[length] = 32;
      places[length++] = at;
      continue;
    }
    afterBlank = false;
    if (letters === undefined) {
      codes[length] = code >= 65 && code <= 90 ? code + 32 : code;
      places[length++] = at;
      continue;
    }
    for (let index = 0; index < letters.length; index++) {
      codes[length] = letters.charCodeAt(index);
      places[length++] = at;
    }
  }
  places[length] = original.length;
  return { text: new TextDecoder("utf-16le", { ignoreBOM: true }).decode(codes.subarray(0, length)), places };
}

function grown(codes: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const more = new Uint16Array(codes.length * 2);
  more.set(codes);
  return more;
}

function grownPlaces(places: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(places.length * 2);
  more.set(places);
  return more;
}

/** What was folded before; of one unit each, so there are never many. */
const known: (string | undefined)[] = [];

function folded(code: number): string {
  return known[code] ??= fold(String.fromCharCode(code));
}

/** Zero-width characters go, as accents do; letters in full width become the usual ones. */
function fold(letter: string): string {
  if (/[\u00ad\u200b-\u200f\u2060\ufeff]/.test(letter)) return "";
  if (/\s/.test(letter)) return " ";
  const bare = letter.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return bare.normalize("NFC").toLowerCase().replace("ß", "ss");
}
