/** How long guards take: usual texts of two sizes, and texts made to hold them up. */

import type { Find } from "./guards.ts";

const prose =
  "On 2024-10-21 Anna wrote from anna@example.com: order 48213 has left, call 030 1234567 or see https://example.com/a?b=1. ";
const story =
  "The quick brown fox jumps over the lazy dog, and nobody knows what it ignores or why the rules are as they are. ";

export function timedTexts(): readonly (readonly [name: string, text: string])[] {
  return [
    ["prose, 1 kB", sized(story, 1_000)],
    ["prose, 100 kB", sized(story, 100_000)],
    ["numbers and links, 100 kB", sized(prose, 100_000)],
    ...hostileTexts(50_000).map(([name, text]) => [`hostile: ${name}`, text] as const),
  ];
}

/** Texts on which expressions with a fault take quadratic time. */
export function hostileTexts(chars: number): readonly (readonly [name: string, text: string])[] {
  const all: readonly (readonly [string, string])[] = [
    ["a", "a"],
    ["digits", "1"],
    ["digits and blanks", "1 "],
    ["dashes", "0-"],
    ["a@", "a@"],
    ["colons", "a:"],
    ["brackets", "]("],
    ["quotes", "src='"],
    ["keys", "sk-"],
    ["assignments", "password="],
    ["headers", "eyJ."],
    ["key blocks", "-----BEGIN PRIVATE KEY-----!"],
    ["verbs", "ignore "],
    ["verbs in Chinese", "忽略"],
    ["verbs in Russian", "игнорируй."],
    ["hidden", "a\u200b"],
    ["base64", "QUJD"],
    ["entities", "&#65;"],
  ];
  return all.map(([name, piece]) => [name, `:/${sized(piece, chars)}`] as const);
}

function sized(piece: string, chars: number): string {
  return piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);
}

export function microsPerKb(find: Find, text: string, most = 40): number {
  let best = Infinity;
  const rounds = Math.min(most, text.length > 10_000 ? 3 : 40);
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    find(text);
    best = Math.min(best, performance.now() - startMs);
  }
  return best * 1000 / (text.length / 1000);
}
