/** Numbers of payment cards: a known issuer, its length, and the check digit. */

import { digitsOf, luhn } from "./checksums.ts";
import { namesThing, speaksOf } from "./context.ts";
import type { Found } from "./kinds.ts";

const shape = /(?<!\d|\d[ .,-])\d(?:[ -]?\d){12,18}(?![ -]?\d)/g;

/** First digits, and the lengths that go with them. */
const issuers: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^(?:30[0-5]|3095|36|38|39)/, [14, 16]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:50|5[6-9]|6[0-9])/, [13, 15, 16, 18, 19]],
];

const words =
  /(?:card|visa|master|amex|american express|karte|carte|tarjeta|cart[aã]o|carta|kaart|kart[aiy]?|карт|卡|カード|카드|بطاقة|कार्ड)/i;

export function findCards(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const { index, 0: match } of text.matchAll(shape)) {
    const digits = digitsOf(match);
    const bare = digits.join("");
    if (!issuers.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(bare))) continue;
    if (!luhn(digits) || new Set(digits).size === 1) continue;
    const named = speaksOf(words, text, index);
    // One number of ten passes the check by chance: bare digits after the word `order` are an order's.
    const score = named ? 0.98 : namesThing(text, index) ? 0.4 : /[ -]/.test(match) ? 0.95 : 0.8;
    found.push({ start: index, end: index + match.length, kind: "CARD", score });
  }
  return found;
}
