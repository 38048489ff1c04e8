/** Looks at a text in every guise, and adds up what was found. */

import type { Finding, GuardedText } from "../../../src/plugin.ts";
import { joined, withoutDigits } from "./disguises.ts";
import { findEncoded } from "./encoded.ts";
import { type Hit, scan, together } from "./scan.ts";
import { type View, viewOf } from "./view.ts";

/** Hits weaker than this are only worth something beside others. */
const tellableScore = 0.3;

/** Findings of a text that reaches `least` as a whole; each has the score of the whole. */
export function detectInjection(
  original: string,
  role: GuardedText["role"],
  least: number,
): readonly Finding[] {
  const inTool = role === "tool";
  const view = viewOf(original);
  const hits = [
    ...inView(original, view, inTool),
    ...disguised(original, view, inTool),
    ...findEncoded(original),
  ];
  if (view.mixed >= 2) hits.push(whole("CONFUSABLE", original, Math.min(0.2 + view.mixed * 0.04, 0.5)));
  const hidden = hiddenBetweenLetters(original);
  if (hidden >= 2) hits.push(whole("INVISIBLE", original, Math.min(0.2 + hidden * 0.04, 0.5)));
  const score = Math.round(together(hits) * 100) / 100;
  if (hits.length === 0 || score < least) return [];
  const told = hits.filter((hit) => hit.score >= tellableScore);
  const placed = told.filter(({ start, end }) => start > 0 || end < original.length);
  return settled(
    (placed.length > 0 ? placed : told).map(({ kind, start, end }) => ({ kind, start, end, score })),
  );
}

/** About the text as a whole; told where nothing better is. */
function whole(kind: string, text: string, score: number): Hit {
  return { kind, start: 0, end: text.length, score };
}

/** The rules on the view, with places in the original. */
function inView(original: string, view: View, inTool: boolean): readonly Hit[] {
  const talk = !inTool && aboutAttacks.test(view.text);
  return scan(view.text, inTool).map((hit) => {
    const start = view.places[hit.start] ?? 0;
    const end = Math.min(original.length, view.places[hit.end] ?? original.length);
    const score = talk && isQuoted(view.text, hit) ? hit.score * 0.5 : hit.score;
    return { kind: hit.kind, start, end: Math.max(end, start + 1), score };
  });
}

function disguised(original: string, view: View, inTool: boolean): readonly Hit[] {
  const hits: Hit[] = [];
  const apart = joined(original);
  if (apart !== undefined) {
    for (const { start, kind, score } of scan(viewOf(apart.text).text, inTool)) {
      const span = apart.spans.findLast(({ from }) => from <= start);
      if (span !== undefined) {
        hits.push({ kind, start: span.start, end: span.end, score: Math.min(0.95, score + 0.1) });
      }
    }
    // Without blanks between the words only their order is left.
    for (const { start, end, from } of apart.spans) {
      const run = apart.text.slice(from).split(". ", 1)[0]?.replaceAll(" ", "") ?? "";
      if (
        /(?:ignore|disregard|forget|bypass).{0,30}(?:instruction|rules|prompt)|system(?:prompt|override)/
          .test(run)
      ) {
        hits.push({ kind: "OVERRIDE", start, end, score: 0.85 });
      }
    }
  }
  const letters = withoutDigits(view);
  if (letters !== undefined) {
    for (const { kind, start, end, score } of scan(letters, inTool)) {
      hits.push({ kind, start: view.places[start] ?? 0, end: view.places[end] ?? original.length, score });
    }
  }
  return hits;
}

/** Words of people who speak of attacks: to explain, to find or to test them. */
const aboutAttacks =
  /prompt[- ]?injections?|prompts? (?:like|such as)|(?:defend|protect\w*|guard) [^.]{0,40}against|jailbreak\w* (?:attack|prompt|attempt|technique|phrase)s?|\b(?:attackers?|owasp|red[- ]?team\w*|example of|phrases? (?:like|such as)|what does|means?\b|translate|explain|detect|classif\w*|regex|filter(?:s|ing)?|blocklist|bedeutet|erklare|ubersetz\w*|que signifie|expliqu\w*|que significa|explica\w*|cosa significa|spiega|o que significa|betekent|oznacza|wyjasnij|ne demek)\b|(?:что (?:значит|означает)|объясни|переведи)|(?:什么意思|解释|翻译|检测)|(?:意味|説明|翻訳)|(?:뜻|설명|번역)|(?:معنى|اشرح|ترجم)|(?:मतलब|समझा|अनुवाद)/;

/** Whether a hit stands between quotes: the last sign before it opens, and one closes soon after it. */
function isQuoted(text: string, { start, end }: Hit): boolean {
  const before = text.slice(Math.max(0, start - 60), start);
  const after = text.slice(end, end + 100);
  return /["“„«`「『‚‘]|(?:^|[\s:(])'/.test(before) && /["”“»`」』’']/.test(after);
}

/** Invisible characters between two Latin letters. In other scripts, and in emoji, they have their uses. */
function hiddenBetweenLetters(text: string): number {
  return text.match(/[a-z][\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]{1,20}(?=[a-z])/gi)?.length ??
    0;
}

/** In order; what overlaps is one finding, named by what came first. */
function settled(findings: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = [];
  for (const one of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) kept.push(one);
    else if (one.end > last.end) kept[kept.length - 1] = { ...last, end: one.end };
  }
  return kept;
}
