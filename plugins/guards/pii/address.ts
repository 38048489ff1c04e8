/** Postal addresses, modestly: a street with its number, surer when postcode and city follow. */

import type { Found } from "./kinds.ts";

const name = "[\\p{Lu}][\\p{L}'.-]{1,20}";
const englishStreets =
  "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Crescent|Close|Parkway|Pkwy|Highway|Hwy";
const number = "\\d{1,5}(?: ?[a-zA-Z](?![\\p{L}\\p{N}]))?(?:[-/]\\d{1,4})?";
/** Five digits and a city, also `D-10115 Berlin` and `1017 GA Amsterdam`. */
const city = `(?:[A-Z]{1,2}-)?\\d{4,5}(?: [A-Z]{2})? [\\p{Lu}][\\p{L}'-]{1,24}`;
/** `Springfield, IL 62704`, and `London SW1A 2AA`. */
const englishCity =
  `(?:${name} ?){1,3},? (?:[A-Z]{2} \\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2})(?![\\p{L}\\p{N}])`;

/** Each: the street, and what may follow it. */
const shapes: readonly RegExp[] = [
  // 742 Evergreen Terrace, Springfield, IL 62704
  new RegExp(
    `(?<![\\p{L}\\p{N}.,$€£-])\\d{1,5}[A-Za-z]? (?:[NSEW]\\.? )?(?:${name} ){1,3}(?:${englishStreets})(?![\\p{L}])\\.?` +
      `(?:,? (?:Apt|Suite|Unit|Flat|#)\\.? ?[\\w-]{1,6})?(?<city>,? ${englishCity})?`,
    "gu",
  ),
  // Hauptstraße 12a, 10115 Berlin; Kerkstraat 5, 1017 GA Amsterdam
  new RegExp(
    `(?<![\\p{L}])(?:\\p{Lu}[\\p{L}-]{1,24}(?:stra(?:ß|ss)e|str\\.|weg|gasse|platz|allee|ufer|damm|straat|laan|plein|gracht|kade)|` +
      `\\p{Lu}[\\p{L}-]{1,24} (?:Stra(?:ß|ss)e|Str\\.|Allee|Platz|Weg)) ${number}(?<city>,? ${city})?`,
    "gu",
  ),
  // 12 rue de la Paix, 75002 Paris
  new RegExp(
    `(?<![\\p{L}\\p{N}])\\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\\.|boulevard|bd|place|impasse|chemin|quai|allée) ` +
      `(?:(?:de la|de l'|du|des|de|d') ?)?(?:\\p{Lu}[\\p{L}'-]{1,20} ?){1,4}(?<city>,? ?${city})?`,
    "gu",
  ),
  // Calle de Alcalá 50, 28014 Madrid; Via Roma 12, 00184 Roma; Rua das Flores, 123; ul. Marszałkowska 10, 00-590 Warszawa
  new RegExp(
    `(?<![\\p{L}])(?:[Cc]alle|C/|[Aa]venida|Avda\\.|[Pp]laza|[Pp]aseo|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Rr]ua|[Tt]ravessa|ul\\.|ulica|al\\.) ?` +
      `(?:(?:de la|de los|de|del|della|dei|da|das|do|dos) )?(?:\\p{Lu}[\\p{L}.'-]{1,20} ?){1,3},? ?(?:n\\.?º? ?)?${number}` +
      `(?<city>,? (?:\\d{2}-\\d{3} \\p{Lu}[\\p{L}-]{1,24}|\\d{5}-\\d{3}|${city}))?`,
    "gu",
  ),
];

export function findAddresses(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const shape of shapes) {
    for (const { index, 0: match, groups } of text.matchAll(shape)) {
      const end = index + match.trimEnd().length;
      found.push({ start: index, end, kind: "ADDRESS", score: groups?.["city"] === undefined ? 0.6 : 0.85 });
    }
  }
  return found;
}
