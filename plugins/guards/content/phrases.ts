/** Lists of words and phrases, found as whole words. */

import type { Findings } from "../../../src/plugin.ts";
import { foldedText } from "./folded.ts";
import { type Place, wordAutomaton } from "./word-automaton.ts";

/** Scripts that put no blanks between words: there a word is found wherever it stands. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}]/u;
const wordPart = /[\p{L}\p{N}_]/u;

export function phrases(deny: readonly string[], allow: readonly string[]): (text: string) => Findings {
  const denied = wordAutomaton(listed(deny));
  const allowed = wordAutomaton(listed(allow));
  if (deny.length === 0) return () => [];
  return (original) => {
    const { text, places } = foldedText(original);
    const exempt = allow.length === 0 ? [] : wholeWords(text, allowed);
    const found = wholeWords(text, denied);
    let from = 0;
    return found.filter(({ end, length }) => {
      // Both lists are in the order of their ends; a phrase that ended before this word began cannot hold it.
      while (from < exempt.length && (exempt[from]?.end ?? 0) < end) from++;
      const holder = exempt[from];
      return holder === undefined || holder.end - holder.length > end - length;
    }).map(({ end, length }) => ({
      start: places[end - length] ?? 0,
      end: (places[end - 1] ?? 0) + 1,
      kind: "DENIED",
      score: 1,
    }));
  };
}

function listed(phrases: readonly string[]): readonly string[] {
  return phrases.map((phrase) => foldedText(phrase).text.trim()).filter((phrase) => phrase !== "");
}

/** Of words that end at one place, the longest. */
function wholeWords(text: string, automaton: ReturnType<typeof wordAutomaton>): readonly Place[] {
  const found: Place[] = [];
  automaton(text, (place) => {
    if (found.at(-1)?.end !== place.end && isWhole(text, place)) found.push(place);
  });
  return found;
}

function isWhole(text: string, { end, length }: Place): boolean {
  return isEdge(text[end - length - 1], text[end - length]) && isEdge(text[end], text[end - 1]);
}

function isEdge(outside: string | undefined, inside: string | undefined): boolean {
  if (outside === undefined || inside === undefined || !wordPart.test(outside)) return true;
  return !wordPart.test(inside) || unspaced.test(inside) || unspaced.test(outside);
}
