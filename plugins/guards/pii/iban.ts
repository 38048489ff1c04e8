/** International bank account numbers: a country, its length, and the check digits. */

import { mod97 } from "./checksums.ts";
import type { Found } from "./kinds.ts";

/** Characters in all, by country. */
const lengths: ReadonlyMap<string, number> = new Map(
  ("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 " +
    "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 " +
    "MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 " +
    "TL23 TN24 TR26 UA29 VA22 VG24 XK20").split(" ").map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

const shape = /(?<![\p{L}\p{N}])([A-Za-z]{2})\d{2}(?:[ -]?[A-Za-z0-9]){11,42}/gu;

export function findIbans(text: string): readonly Found[] {
  const found: Found[] = [];
  const search = new RegExp(shape);
  for (let match = search.exec(text); match !== null; match = search.exec(text)) {
    const { index, 0: run, 1: country = "" } = match;
    const end = endOf(run, lengths.get(country.toUpperCase()));
    const fits = end !== undefined && !/^[\p{L}\p{N}]/u.test(text.slice(index + end, index + end + 1)) &&
      isIban(run.slice(0, end));
    // What follows after a blank may be an account of its own.
    search.lastIndex = index + (fits ? end : 4);
    if (fits) found.push({ start: index, end: index + end, kind: "IBAN", score: 0.98 });
  }
  return found;
}

function isIban(text: string): boolean {
  const bare = text.replace(/[ -]/g, "");
  return mod97(bare.slice(4) + bare.slice(0, 4)) === 1;
}

/** Where so many letters and digits have passed. A word that follows after a blank does not belong to it. */
function endOf(text: string, length: number | undefined): number | undefined {
  let seen = 0;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter !== " " && letter !== "-") seen++;
    if (seen === length) return index + 1;
  }
  return undefined;
}
