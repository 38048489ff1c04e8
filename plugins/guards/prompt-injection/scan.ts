/** Holds the rules against a view of a text. */

import { type Rule, scripts } from "./rules.ts";

/** A place in the view. */
export interface Hit {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** Of one rule, only so many places are worth telling. */
const mostOfARule = 1_000;

export function scan(text: string, inTool: boolean): readonly Hit[] {
  const hits: Hit[] = [];
  for (const { script, rules } of scripts) {
    if (script !== undefined && !script.test(text)) continue;
    for (const rule of rules) {
      if (rule.toolOnly !== true || inTool) hits.push(...applied(rule, text));
    }
  }
  return hits;
}

export function applied({ kind, pattern, score }: Rule, text: string): readonly Hit[] {
  const hits: Hit[] = [];
  for (const { index, 0: match } of text.matchAll(pattern)) {
    const end = index + match.length;
    hits.push({
      kind,
      start: index,
      end,
      score: score(match, text.slice(end, end + 30), text.slice(Math.max(0, index - 24), index)),
    });
    if (hits.length === mostOfARule) break;
  }
  return hits;
}

/** How sure all of them together are. Several of one kind are no surer than the best of them. */
export function together(hits: readonly Hit[]): number {
  const best = new Map<string, number>();
  for (const { kind, score } of hits) best.set(kind, Math.max(score, best.get(kind) ?? 0));
  let doubt = 1;
  for (const score of best.values()) doubt *= 1 - score;
  return 1 - doubt;
}
