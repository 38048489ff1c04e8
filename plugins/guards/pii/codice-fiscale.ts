/** The check letter of Italian tax codes. */

/** Values of characters at odd places, digits and letters A to J alike first, then K to Z. */
const odd: readonly number[] = [
  1,
  0,
  5,
  7,
  9,
  13,
  15,
  17,
  19,
  21,
  2,
  4,
  18,
  20,
  11,
  3,
  6,
  8,
  12,
  14,
  16,
  10,
  22,
  25,
  24,
  23,
];

/** @param code in capitals */
export function isCodiceFiscale(code: string): boolean {
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const value = parseInt(code[index] ?? "0", 36);
    const place = value > 9 ? value - 10 : value;
    sum += index % 2 === 0 ? odd[place] ?? 0 : place;
  }
  return String.fromCharCode(65 + sum % 26) === code[15];
}
