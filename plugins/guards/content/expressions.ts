/** Regular expressions of a configuration, on an engine that takes linear time whatever they meet. */

import { type Findings, loomError } from "../../../src/plugin.ts";

export interface Pattern {
  readonly pattern: string;
  /** Names the findings. Default `PATTERN`. */
  readonly kind: string;
  readonly ignoreCase: boolean;
}

/**
 * Places that are told of one expression in one text; the last takes all that follows, so that nothing passes uncut. Each search
 * may look through the rest of the text.
 */
const mostPlaces = 1_000;

/** @throws LoomError `config-invalid`, when RE2 does not take an expression: it has no look-around and no back-references */
export async function expressions(patterns: readonly Pattern[]): Promise<(text: string) => Findings> {
  if (patterns.length === 0) return () => [];
  const { RE2JS } = await import("re2js");
  const compiled = patterns.map(({ pattern, kind, ignoreCase }, index) => {
    try {
      return { kind, expression: RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) };
    } catch (cause) {
      const path = `patterns.${index}.pattern`;
      throw loomError("config-invalid", `guard content: ${path}: ${(cause as Error).message}`, { path }, {
        cause,
      });
    }
  });
  return (text) =>
    compiled.flatMap(({ kind, expression }) => {
      const found: { start: number; end: number; kind: string; score: number }[] = [];
      const matcher = expression.matcher(text);
      while (matcher.find()) {
        const [start, end] = [matcher.start(), matcher.end()];
        if (end === start) continue;
        const last = found.length === mostPlaces - 1;
        found.push({ start, end: last ? text.length : end, kind, score: 1 });
        if (last) break;
      }
      return found;
    });
}
