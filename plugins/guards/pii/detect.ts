/** Runs the detectors that are asked for over a text, and settles what several of them claim. */

import type { Finding } from "../../../src/plugin.ts";
import { findAddresses } from "./address.ts";
import { findCards } from "./card.ts";
import { findEmails } from "./email.ts";
import { findIbans } from "./iban.ts";
import { findIps } from "./ip.ts";
import type { Detector, Found, PiiKind } from "./kinds.ts";
import { findNationalIds } from "./national-ids.ts";
import { findPhones } from "./phone.ts";
import { plain } from "./plain.ts";

export interface PiiChoice {
  readonly kinds: readonly PiiKind[];
  readonly minScore: number;
  readonly allow: readonly string[];
}

/** All but e-mail need digits. */
const numeric: readonly Detector[] = [
  findIbans,
  findCards,
  findNationalIds,
  findPhones,
  findIps,
  findAddresses,
];

export function detectPii({ kinds, minScore, allow }: PiiChoice): (text: string) => readonly Finding[] {
  const wanted: ReadonlySet<PiiKind> = new Set(kinds);
  const allowed = allowList(allow);
  return (given) => {
    const text = plain(given);
    const found: Found[] = [];
    if (wanted.has("EMAIL") && text.includes("@")) found.push(...findEmails(text));
    if (/\d/.test(text) || text.includes("::")) {
      for (const detector of numeric) found.push(...detector(text));
    }
    return settled(found)
      .filter(({ kind, score, start, end }) =>
        wanted.has(kind) && score >= minScore && !allowed(given.slice(start, end))
      );
  };
}

/** Of findings that overlap, the surest stays, and of equals the longer. */
function settled(found: readonly Found[]): readonly Found[] {
  if (found.length < 2) return found;
  const sorted = [...found].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Found[] = [];
  for (const one of sorted) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) kept.push(one);
    else if (one.score > last.score || (one.score === last.score && length(one) > length(last))) {
      kept[kept.length - 1] = one;
    }
  }
  return kept;
}

function length({ start, end }: Found): number {
  return end - start;
}

/** `*` stands for any characters. Values are short, so that stepping back at a star costs little. */
function allowList(allow: readonly string[]): (value: string) => boolean {
  const exact = new Set(allow.filter((one) => !one.includes("*")).map((one) => one.toLowerCase()));
  const starred = allow.filter((one) => one.includes("*")).map((one) => one.toLowerCase().split("*"));
  return (value) => {
    const lower = value.toLowerCase();
    return exact.has(lower) || starred.some((pieces) => fits(lower, pieces));
  };
}

function fits(value: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (value.length < first.length + last.length) return false;
  if (!value.startsWith(first) || !value.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = value.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return from <= value.length - last.length;
}
