/** Names that are made up, always the same way, so that the same input gives the same id on every machine. */

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` letters and digits that depend on every character of `text`. Not for secrets. */
export function letters(text: string, length: number): string {
  let name = "";
  for (let round = 0; name.length < length; round++) {
    let rest = fnv1a(text, round);
    for (let count = 0; count < 5 && name.length < length; count++) {
      name += alphabet[rest % alphabet.length];
      rest = Math.floor(rest / alphabet.length);
    }
  }
  return name;
}

/** FNV-1a over UTF-16 units, 32 bits, finished with an avalanche so that short texts differ everywhere. */
function fnv1a(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1);
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
