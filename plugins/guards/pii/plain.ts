/** Digits, blanks and dashes of every script as those of ASCII, character for character, so that offsets stay. */

/** The zeros of scripts whose ten digits follow each other. */
const zeros: readonly number[] = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10];

// Blanks other than the usual, hyphens and dashes, signs in full width, and the digits above.
const foreign =
  /[\u00a0\u2000-\u200a\u202f\u3000\u2010-\u2015\u2212\uff0b\uff0d\uff0e\uff20\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\uff10-\uff19]/g;

const signs: Readonly<Record<string, string>> = {
  "\uff0b": "+",
  "\uff0d": "-",
  "\uff0e": ".",
  "\uff20": "@",
};

export function plain(text: string): string {
  return text.replace(foreign, (letter) => {
    const sign = signs[letter];
    if (sign !== undefined) return sign;
    const code = letter.charCodeAt(0);
    if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return "-";
    const zero = zeros.find((first) => code >= first && code < first + 10);
    return zero === undefined ? " " : String(code - zero);
  });
}
