/** National ids by country: a shape, a check, and how much the number alone says. */

import { digitsOf, luhn, mod11Of10, mod97, verhoeff, weighted } from "./checksums.ts";
import { namesThing, speaksOf } from "./context.ts";
import { isCodiceFiscale } from "./codice-fiscale.ts";
import type { Found, PiiKind } from "./kinds.ts";

interface NationalId {
  readonly kind: PiiKind;
  readonly shape: RegExp;
  readonly valid: (match: string, digits: readonly number[]) => boolean;
  /** Names of the number, which make it sure. */
  readonly words: RegExp;
  /** How sure it is without such a word. Many numbers of nine to eleven digits pass a check by chance: one in ten or eleven. */
  readonly alone: number;
  /** The same when it is written with its separators. Default: as alone. */
  readonly separated?: number;
}

const ids: readonly NationalId[] = [
  {
    kind: "US_SSN",
    shape: /(?<![\w.-])\d{3}([- ])\d{2}\1\d{4}(?![\w-])|(?<![\w.-])\d{9}(?![\w-])/g,
    // Never given out: areas 000, 666 and 9xx, groups 00, serials 0000, and the card that came with a wallet.
    valid: (_, digits) =>
      /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits.join("")) && digits.join("") !== "078051120",
    words: /ssn|social security|seguro social/i,
    alone: 0.2,
    separated: 0.8,
  },
  {
    kind: "UK_NHS",
    shape: /(?<![\w.-])\d{3}([ -]?)\d{3}\1\d{4}(?![\w-])/g,
    valid: (_, digits) => {
      const check = 11 - weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
      return (check === 11 ? 0 : check) === digits[9];
    },
    words: /nhs/i,
    alone: 0.3,
    separated: 0.65,
  },
  {
    kind: "DE_TAX_ID",
    shape: /(?<![\w.-])[1-9]\d(?:\d{9}| \d{3} \d{3} \d{3})(?![\w-])/g,
    valid: (_, digits) => mod11Of10(digits) && oneRepeats(digits.slice(0, 10)),
    words: /steuer|tax|idnr|\btin\b/i,
    alone: 0.4,
    separated: 0.7,
  },
  {
    kind: "FR_NIR",
    shape:
      /(?<![\w.-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-4]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w-])/g,
    valid: (match) => {
      const bare = match.replaceAll(" ", "").replace("2A", "19").replace("2B", "18");
      return 97 - mod97(bare.slice(0, 13)) === Number(bare.slice(13));
    },
    words: /nir\b|s[ée]curit[ée] sociale|num[ée]ro de s[ée]cu|insee/i,
    alone: 0.85,
  },
  {
    kind: "ES_DNI",
    shape: /(?<![\w.-])(?:[XYZ][- ]?\d{7}|\d{8}|\d{2}\.\d{3}\.\d{3})[- ]?[A-HJ-NP-TV-Z](?![\w-])/gi,
    valid: (match, digits) => {
      const first = "XYZ".indexOf(match[0]?.toUpperCase() ?? "");
      const value = Number((first === -1 ? "" : String(first)) + digits.join(""));
      return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23] === match.at(-1)?.toUpperCase();
    },
    words: /dni|nie\b|nif|identidad|documento/i,
    alone: 0.85,
  },
  {
    kind: "IT_TAX_CODE",
    shape: /(?<!\w)[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?!\w)/gi,
    valid: (match) => isCodiceFiscale(match.toUpperCase()),
    words: /codice|fiscale|\bcf\b/i,
    alone: 0.95,
  },
  {
    kind: "NL_BSN",
    shape: /(?<![\w.-])\d{9}(?![\w-])|(?<![\w.-])\d{4}([. ])\d{2}\1\d{3}(?![\w-])/g,
    valid: (_, digits) =>
      weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && new Set(digits).size > 1,
    words: /bsn|burgerservice|sofinummer/i,
    alone: 0.3,
    separated: 0.5,
  },
  {
    kind: "PL_PESEL",
    shape: /(?<![\w.-])\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}(?![\w-])/g,
    valid: (_, digits) => (10 - weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 === digits[10],
    words: /pesel/i,
    alone: 0.5,
  },
  {
    kind: "BR_CPF",
    shape: /(?<![\w.-])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11})(?![\w-])/g,
    valid: (_, digits) => new Set(digits).size > 1 && brazilian(digits, 9, 11),
    words: /cpf/i,
    alone: 0.5,
    separated: 0.95,
  },
  {
    kind: "BR_CNPJ",
    shape: /(?<![\w.-])(?:\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}|\d{14})(?![\w-])/g,
    valid: (_, digits) => new Set(digits).size > 1 && brazilian(digits, 12, 9),
    words: /cnpj/i,
    alone: 0.5,
    separated: 0.95,
  },
  {
    kind: "IN_AADHAAR",
    shape: /(?<![\w.-]|\d )[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![\w-]| \d)/g,
    valid: (_, digits) => verhoeff(digits) && new Set(digits).size > 1,
    words: /aadhaar|aadhar|uidai|आधार/i,
    alone: 0.4,
    separated: 0.75,
  },
  {
    kind: "CN_ID",
    shape: /(?<![\w.-])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\w-])/g,
    valid: (match, digits) =>
      "10X98765432"[
        weighted(digits.slice(0, 17), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11
      ] ===
        match.at(-1)?.toUpperCase(),
    words: /身份证|身分證|\bid\b/i,
    alone: 0.9,
  },
];

export function findNationalIds(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const id of ids) {
    for (const { index, 0: match } of text.matchAll(id.shape)) {
      const digits = digitsOf(match);
      if (!id.valid(match, digits)) continue;
      // A card's number is a card's, whoever else would take its digits.
      if (digits.length > 14 && id.kind !== "CN_ID" && id.kind !== "FR_NIR" && luhn(digits)) continue;
      found.push({
        start: index,
        end: index + match.length,
        kind: id.kind,
        score: scoreOf(id, text, index, match),
      });
    }
  }
  return found;
}

function scoreOf(
  { words, alone, separated = alone }: NationalId,
  text: string,
  start: number,
  match: string,
): number {
  if (speaksOf(words, text, start)) return 0.97;
  const own = /[ .\/-]/.test(match) ? separated : alone;
  return namesThing(text, start) ? Math.max(0, own - 0.4) : own;
}

/** The first ten digits of a German tax id hold one digit twice or thrice, and all others once at most. */
function oneRepeats(digits: readonly number[]): boolean {
  const counts = new Map<number, number>();
  for (const digit of digits) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3;
}

/** Two check digits after `length`; weights count down to 2, and begin again at the highest. */
function brazilian(digits: readonly number[], length: number, highest: number): boolean {
  for (const checked of [length, length + 1]) {
    let sum = 0;
    for (let index = 0; index < checked; index++) {
      sum += (digits[checked - 1 - index] ?? 0) * (2 + index % (highest - 1));
    }
    const rest = sum % 11;
    if ((rest < 2 ? 0 : 11 - rest) !== digits[checked]) return false;
  }
  return true;
}
