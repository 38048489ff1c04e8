/** Addresses of machines on the Internet. Those that say nothing of anybody (loopback, masks) are left out. */

import { speaksOf } from "./context.ts";
import type { Found } from "./kinds.ts";

const four = /(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g;
const six = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi;

/** Four numbers with points are a version after these. */
const versions =
  /(?:\bv|ver(?:sion|sión|sione|são|sie)?|release|build|firmware|driver|section|chapter|§|версия|版本|バージョン|버전)\.? ?:?$/i;

export function findIps(text: string): readonly Found[] {
  return [...findFour(text), ...findSix(text)];
}

function findFour(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const { index, 0: match } of text.matchAll(four)) {
    const parts = match.split(".");
    if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith("0")))) continue;
    if (speaksOf(versions, text, index)) continue;
    const [first = 0, second = 0] = parts.map(Number);
    if (first === 0 || first === 127 || first === 255) continue;
    const inHouse = first === 10 || (first === 192 && second === 168) ||
      (first === 172 && second >= 16 && second < 32);
    // Numbers such as 1.2.3.4 are more often a version than a machine.
    const small = parts.every((part) => part.length === 1);
    found.push({
      start: index,
      end: index + match.length,
      kind: "IP",
      score: inHouse ? 0.5 : small ? 0.4 : 0.85,
    });
  }
  return found;
}

function findSix(text: string): readonly Found[] {
  if (!text.includes(":")) return [];
  const found: Found[] = [];
  for (const { index, 0: match } of text.matchAll(six)) {
    if (!isSix(match)) continue;
    found.push({ start: index, end: index + match.length, kind: "IP", score: 0.85 });
  }
  return found;
}

/** Eight groups, or fewer around one `::`. Times and `std::list` must not pass. */
function isSix(text: string): boolean {
  const halves = text.split("::");
  const groups = text.split(":").filter((group) => group !== "");
  if (halves.length > 2 || text.endsWith(":") && !text.endsWith("::")) return false;
  if (halves.length === 1) return groups.length === 8 && !text.startsWith(":");
  return groups.length >= 2 && groups.length < 8 && groups.some((group) => group.length >= 3);
}
