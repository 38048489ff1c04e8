/** Runs the searches for secrets over a text, and settles what several of them claim. */

import type { Finding } from "../../../src/plugin.ts";
import { findAssignments } from "./assignment.ts";
import { findConnectionStrings } from "./connection-string.ts";
import { findJwts } from "./jwt.ts";
import { findPrivateKeys } from "./private-key.ts";
import { findVendorKeys } from "./vendor-keys.ts";

export interface SecretsChoice {
  readonly minScore: number;
  readonly ignore: readonly string[];
  readonly allow: readonly string[];
}

/** The most telling first: of findings that overlap, the first search's stays unless another is surer. */
const searches: readonly ((text: string) => readonly Finding[])[] = [
  findPrivateKeys,
  findVendorKeys,
  findJwts,
  findConnectionStrings,
  findAssignments,
];

export function detectSecrets(
  { minScore, ignore, allow }: SecretsChoice,
): (text: string) => readonly Finding[] {
  const ignored = new Set(ignore);
  const allowed = new Set(allow);
  return (text) => {
    const found = searches.flatMap((search) => search(text)).filter(({ kind, score, start, end }) =>
      score >= minScore && !ignored.has(kind) && !allowed.has(text.slice(start, end))
    );
    return settled(found);
  };
}

/** Where findings overlap, what is sure to go goes: the surest says the kind, and all of their characters belong to it. */
function settled(found: readonly Finding[]): readonly Finding[] {
  if (found.length < 2) return found;
  const sorted = [...found].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  for (const one of sorted) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) {
      kept.push(one);
      continue;
    }
    const surest = one.score > last.score ? one : last;
    kept[kept.length - 1] = { ...surest, start: last.start, end: Math.max(last.end, one.end) };
  }
  return kept;
}
