/** JSON Web Tokens: three pieces, of which the first says in JSON how the last was made. */

import type { Finding } from "../../../src/plugin.ts";

/** Headers are short; only so much of one is decoded. */
const longestHeader = 600;

/** `{"` and what may follow it, encoded: every header begins so. */
const begin = "eyJ";
const header = /[A-Za-z0-9_-]{8,600}/y;
const rest = /\.(?:[A-Za-z0-9_-]{1,16000}(?:\.[A-Za-z0-9_-]{0,16000}){0,3})?/y;

/** A token that is cut off is one as soon as its header is whole, so that a stream cannot smuggle it out in pieces. */
export function findJwts(text: string): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1)) {
    if (/[A-Za-z0-9_-]/.test(text[at - 1] ?? "")) continue;
    header.lastIndex = at;
    const head = header.exec(text)?.[0];
    if (head === undefined) continue;
    const end = at + head.length;
    rest.lastIndex = end;
    const tail = rest.exec(text)?.[0] ?? "";
    // The header is whole at a point; a lone word of base64 that ends otherwise may be any JSON.
    if (tail === "" || !saysAlgorithm(head)) {
      at = end - 1;
      continue;
    }
    found.push({ start: at, end: end + tail.length, kind: "JWT", score: tail.length > 20 ? 0.97 : 0.6 });
    at = end + tail.length - 1;
  }
  return found;
}

function saysAlgorithm(piece: string): boolean {
  if (piece.length > longestHeader) return false;
  try {
    const value: unknown = JSON.parse(atob(piece.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof value === "object" && value !== null && "alg" in value;
  } catch {
    // Not base64, or not JSON: no header.
    return false;
  }
}
