/** Finds keys that vendors give a beginning of their own. */

import type { Finding } from "../../../src/plugin.ts";
import { entropyBits, isPlaceholder } from "./entropy.ts";
import { keyShapes } from "./key-shapes.ts";

/** Searches go from one beginning to the next, so that text without any costs next to nothing. */
export function findVendorKeys(text: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const { kind, prefix, body, score = 0.97, within, leastBits = 3 } of keyShapes) {
    const shape = new RegExp(body, "y");
    for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1)) {
      if (isWord(text.charCodeAt(at - 1)) && isWord(text.charCodeAt(at))) continue;
      shape.lastIndex = at + prefix.length;
      const rest = shape.exec(text)?.[0];
      if (rest === undefined) continue;
      const end = at + prefix.length + rest.length;
      if (within !== undefined && !within.test(text.slice(Math.max(0, at - 80), at))) continue;
      if (entropyBits(rest) < leastBits || isPlaceholder(rest)) continue;
      found.push({ start: at, end, kind, score });
      if (kind === "AWS_KEY") found.push(...awsSecret(text, end));
      at = end - 1;
    }
  }
  return found;
}

/** The secret half has no beginning of its own; it stands beside the id. */
function awsSecret(text: string, from: number): readonly Finding[] {
  const after = text.slice(from, from + 160);
  const match = /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/.exec(after);
  if (match === null || isPlaceholder(match[0]) || entropyBits(match[0]) < 4) return [];
  return [{ start: from + match.index, end: from + match.index + 40, kind: "AWS_SECRET", score: 0.95 }];
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ||
    code === 95;
}
