/** Telephone numbers: international ones by country code and length, national ones by their usual ways of writing. */

import { namesThing, speaksOf } from "./context.ts";
import { callingCode } from "./calling-codes.ts";
import type { Found } from "./kinds.ts";

const international =
  /(?<![\w+]|\d[.,])(?:\+|00(?=[1-9])) ?\(?[1-9]\d{0,2}\)?(?: ?\(\d{1,5}\)(?: ?- ?)?)?(?:[ .\/-]?\d){4,14}(?!\d)/g;

/** Ways of writing, and how sure each is alone. Without `(`, `-` and the like they need a word before them. */
const national: readonly (readonly [shape: RegExp, score: number])[] = [
  // United States and Canada: (415) 555-2671, 415-555-2671
  [/(?<![\w(.-])(?:1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}(?![\w-])/g, 0.8],
  // France: 06 12 34 56 78
  [/(?<![\w.-])0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}(?![\w-])/g, 0.8],
  // Germany, Austria, Italy, the Netherlands: 030 12345678, 0171/2345678, (089) 123456, 06-12345678
  [
    /(?<![\w.-])(?:\(0\d{1,4}\) ?|0\d{1,4}(?:[\/-]| [\/-] | ))\d{3,4}[ -]?\d{2,5}(?:[ -]\d{1,4})?(?![\w.-])/g,
    0.65,
  ],
  // United Kingdom: 020 7946 0958, 07700 900123, 0161 496 0000
  [/(?<![\w.-])0(?:2\d \d{4} \d{4}|7\d{3} \d{3} ?\d{3}|1\d{2,3} \d{3} \d{3,4})(?![\w-])/g, 0.8],
  // Brazil: (11) 91234-5678
  [/(?<![\w.-])\(?[1-9]\d\)? 9?\d{4}-\d{4}(?![\w-])/g, 0.8],
  // Russia: 8 (912) 345-67-89
  [/(?<![\w.-])8 ?[ (-]\d{3}[) -] ?\d{3}[- ]\d\d[- ]\d\d(?![\w-])/g, 0.85],
  // Türkiye: 0532 123 45 67
  [/(?<![\w.-])0 ?\(?5\d\d\)? \d{3} \d\d ?\d\d(?![\w-])/g, 0.8],
  // Japan: 03-1234-5678, 090-1234-5678; Korea: 010-1234-5678
  [/(?<![\w.-])0[1-9]\d{0,2}-\d{2,4}-\d{4}(?![\w-])/g, 0.8],
  // China: 138-1234-5678, 138 1234 5678, and bare
  [/(?<![\w.-])1[3-9]\d([ -])\d{4}\1\d{4}(?![\w-])/g, 0.75],
  [/(?<![\d.A-Za-z-])1[3-9]\d{9}(?![\dA-Za-z-])/g, 0.55],
  // India: 98765 43210
  [/(?<![\w.-])[6-9]\d{4}[ -]\d{5}(?![\w-])/g, 0.65],
  // Spain: 612 34 56 78, 612 345 678; the second may as well be a count.
  [/(?<![\w.-])[6789]\d\d \d\d \d\d \d\d(?![\w-])/g, 0.75],
  [/(?<![\w.-])[3-9]\d\d([ -])\d{3}\1\d{3}(?![\w-])/g, 0.5],
];

/** What stands before a number of which nothing else is known. */
const words =
  /(?:phone|mobile|cell|tel\b|tel[.:ée]|call(?! the\b| stack| function| center| depth| id)|text me|whatsapp|fax|telefon|handy|mobil|rückruf|anrufen|erreich|appele|joindre|portable|ll[aá]m|m[oó]vil|celular|cellulare|chiam|telem[oó]vel|lig(?:ue|ar)|bel(?:len)? |komór|zadzwoń|телефон|звон|电话|手机|致电|電話|携帯|전화|연락처|هاتف|جوال|اتصل|फ़ोन|फोन|मोबाइल|cep tel|ara(?:yın|yabilir))[^\d\n]{0,24}$/i;
const named = /(?<![\w.])\(?\d(?:[ .()\/-]{0,2}\d){6,13}(?!\d)/g;

export function findPhones(text: string): readonly Found[] {
  const found: Found[] = [];
  const add = (start: number, match: string, score: number): void => {
    const least = namesThing(text, start) ? score - 0.4 : score;
    found.push({ start, end: start + match.length, kind: "PHONE", score: Math.max(0, least) });
  };
  for (const { index, 0: match } of text.matchAll(international)) {
    const score = callingCode(match.replace(/\D/g, "").replace(/^00/, ""));
    if (score > 0) add(index, match, score);
  }
  for (const [shape, score] of national) {
    for (const { index, 0: match } of text.matchAll(shape)) {
      if (isDate(match)) continue;
      add(index, match, speaksOf(words, text, index) ? Math.max(score, 0.9) : score);
    }
  }
  for (const { index, 0: match } of text.matchAll(named)) {
    if (speaksOf(words, text, index) && !isDate(match)) add(index, match, 0.8);
  }
  return found;
}

/** Such as `2024-10-21`, `21.10.2024`, and either with a time behind it. */
function isDate(text: string): boolean {
  return /^(?:(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./]|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:19|20)\d\d)/
    .test(text);
}
