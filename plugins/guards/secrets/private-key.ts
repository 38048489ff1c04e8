/** Blocks of private keys, whole or cut off. */

import type { Finding } from "../../../src/plugin.ts";

const begin = "-----BEGIN ";
const close = "-----END ";
const label = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;

/** What a block holds: blanks, also line ends written as `\n`; lines of base64; headers such as `Version: 1`. */
const blanks = /(?:\s|\\[nr]){0,8}/y;
const line = /[A-Za-z0-9+/=]{16,20000}|[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,120}/y;
/** The last line may be short, where the end follows. */
const lastLine = /[A-Za-z0-9+/=]{1,15}(?=(?:\s|\\[nr]){0,8}-----)/y;

/** The largest keys have 13,000 characters. */
const longestBlock = 20_000;
/** What remains behind a block that is cut off may still become a line of it. */
const pieceChars = 24;

/** A block that shows where a key would be. */
const shown = /^(?:\s|\\n)*(?:\.{3}|…|<|\[|your|MII\.\.\.|\*)/i;

export function findPrivateKeys(text: string): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1)) {
    const from = after(label, text, at);
    if (from === at || shown.test(text.slice(from, from + 40))) continue;
    const bodyEnd = endOfBody(text, from);
    const closed = text.startsWith(close, bodyEnd);
    const rest = text.length - bodyEnd;
    const open = !closed && rest < pieceChars && !/[^\S\n]\S/.test(text.slice(bodyEnd));
    const end = closed ? endOfLine(text, bodyEnd) : open ? text.length : bodyEnd;
    // A label without a key behind it is talk about keys.
    const talk = !closed && !open && bodyEnd - from < pieceChars;
    found.push({ start: at, end, kind: "PRIVATE_KEY", score: talk ? 0.3 : 0.99 });
    at = end - 1;
  }
  return found;
}

function endOfBody(text: string, from: number): number {
  let at = from;
  while (at - from < longestBlock) {
    const behindBlanks = after(blanks, text, at);
    const behindLine = after(line, text, behindBlanks);
    if (behindLine > behindBlanks) {
      at = behindLine;
      continue;
    }
    const behindLast = after(lastLine, text, behindBlanks);
    const end = behindLast > behindBlanks ? after(blanks, text, behindLast) : behindBlanks;
    return text.startsWith(close, end) || end === text.length ? end : at;
  }
  return at;
}

/** Where a match that begins here ends; here, when there is none. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the last line ends; all that is there, when it is cut off. */
function endOfLine(text: string, from: number): number {
  const dashes = text.slice(from + close.length, from + 80).indexOf("-----");
  if (dashes !== -1) return from + close.length + dashes + 5;
  return text.length < from + 80 ? text.length : from + close.length;
}
