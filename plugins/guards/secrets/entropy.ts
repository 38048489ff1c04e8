/** How much of a value is chance, and what only shows where a value would stand. */

/** Bits per character, from the value's own letters. */
export function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

// Words of four letters turn up in long keys by chance, so they need a sign beside them.
const shown =
  /your(?:[-_ ]|api|key|token|secret|pass)|example|sample|placeholder|dummy|change.?me|replace|redacted|insert|fake[-_]|[-_]fake|x{6}|\*{3}|\.{3}|…|<[^>]*>?|\$\{|\{\{|%\(|0{8}|1{8}|a{8}|1234567890|abcdefghij|0123456789|deadbeef|not.?a.?real|my[-_]?(?:secret|key|token|password)|[-_]here$|goes[-_]here/i;

/** Whether a value stands for another one: `sk-your-key`, `<token>`, `AKIA…EXAMPLE`. */
export function isPlaceholder(value: string): boolean {
  return shown.test(value);
}

/** Small and capital letters, digits, others: how many of these four there are. */
export function classesOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(value)).length;
}
