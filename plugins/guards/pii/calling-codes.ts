/** Country codes of telephone numbers, and how long the numbers are. */

/** Country code -> digits in all, from and to. Others may have from 9 to 15. */
const known: Readonly<Record<string, readonly [number, number]>> = {
  "1": [11, 11],
  "7": [11, 11],
  "20": [11, 12],
  "27": [11, 11],
  "30": [12, 12],
  "31": [11, 11],
  "32": [10, 11],
  "33": [11, 11],
  "34": [11, 11],
  "36": [10, 11],
  "39": [10, 13],
  "40": [11, 11],
  "41": [11, 11],
  "43": [9, 14],
  "44": [11, 12],
  "45": [10, 10],
  "46": [9, 12],
  "47": [10, 10],
  "48": [11, 11],
  "49": [9, 14],
  "52": [12, 13],
  "54": [12, 13],
  "55": [12, 13],
  "61": [11, 11],
  "81": [11, 12],
  "82": [10, 12],
  "86": [12, 13],
  "90": [12, 12],
  "91": [12, 12],
  "351": [12, 12],
  "353": [10, 12],
  "358": [9, 13],
  "380": [12, 12],
  "420": [12, 12],
  "966": [11, 12],
  "971": [11, 12],
  "972": [11, 12],
};

/** The remaining codes that are given out. */
const assigned =
  /^(?:2(?:1[1-368]|[2-6]\d|9[0178])|3(?:5\d|7\d|8[1-79])|42[13]|5(?:0\d|9\d|[13678])|6(?:[0234-6]|7\d|8\d|9[0-2])|8(?:4|5[0-6]|80|86)|9(?:[2-5]|6\d|7[0-79]|8|9[2-68]))/;

/** How likely digits without the plus are a telephone number: 0 when no country has such. */
export function callingCode(digits: string): number {
  // A national zero in brackets, as in +44 (0)20 7946 0958, counts nothing.
  for (const length of [3, 2, 1]) {
    const range = known[digits.slice(0, length)];
    if (range === undefined) continue;
    const [from, to] = range;
    const zero = digits[length] === "0" ? 1 : 0;
    const fits = digits.length >= from && digits.length <= to + zero;
    if (length === 1 && digits.startsWith("1")) return fits && /^1[2-9]\d\d[2-9]/.test(digits) ? 0.95 : 0;
    return fits ? 0.95 : 0;
  }
  return digits.length >= 9 && digits.length <= 15 && assigned.test(digits) ? 0.8 : 0;
}
