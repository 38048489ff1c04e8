/** Which sums and which calls a span of time is answered from: long spans where they fit, shorter ones at the ends. */

import type { TimeSpan } from "../../../src/plugin.ts";

/** A part of the time. `spanMs` 0: the calls themselves. */
export interface Segment extends TimeSpan {
  readonly spanMs: number;
}

/** What there is, each from a moment on. Moments lie at the beginning of every longer span. */
export interface Source {
  readonly spanMs: number;
  readonly fromMs: number;
}

/**
 * Covers a span wholly and without overlaps. Where the calls at its ends are no longer kept, the shortest sums that are
 * count whole. For a series, sums are used that do not cross the border of two steps, or that are short beside a step.
 *
 * @param sources in any order; those of calls have `spanMs` 0
 * @param originMs where the first step begins
 */
export function cover(
  span: TimeSpan,
  sources: readonly Source[],
  stepMs?: number,
  originMs: number = span.fromMs,
): readonly Segment[] {
  const cuts = sources.map(({ fromMs }) => fromMs).filter((ms) => ms > span.fromMs && ms < span.toMs);
  const ends = [...new Set([span.fromMs, ...cuts, span.toMs])].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, toMs] of ends.entries()) {
    const fromMs = ends[index - 1];
    if (fromMs === undefined) continue;
    const there = sources.filter((source) => source.fromMs <= fromMs).map(({ spanMs }) => spanMs);
    const fitting = fittingSpans(there, originMs, stepMs);
    split({ fromMs, toMs }, fitting.sort((a, b) => b - a), segments);
  }
  return segments;
}

function fittingSpans(there: readonly number[], originMs: number, stepMs: number | undefined): number[] {
  const hasCalls = there.includes(0);
  const sums = there.filter((spanMs) => spanMs > 0);
  if (stepMs === undefined) return [...sums, ...(hasCalls ? [0] : [])];
  const clean = sums.filter((spanMs) =>
    (stepMs % spanMs === 0 && originMs % spanMs === 0) || spanMs * 10 <= stepMs
  );
  if (clean.length > 0) return [...clean, ...(hasCalls ? [0] : [])];
  const shortest = Math.min(...sums);
  // Steps are cut at odd moments: better some sums in the step beside it than all calls read.
  if (shortest <= stepMs) return [shortest, ...(hasCalls ? [0] : [])];
  if (hasCalls) return [0];
  return sums.length === 0 ? [] : [shortest];
}

/** @param spans longest first; when the last is not 0, the ends are widened to it */
function split(span: TimeSpan, spans: readonly number[], into: Segment[]): void {
  const [spanMs, ...shorter] = spans;
  if (spanMs === undefined || span.fromMs >= span.toMs) return;
  if (spanMs === 0) {
    into.push({ ...span, spanMs });
    return;
  }
  const last = shorter.length === 0;
  const [fromMs, toMs] = last
    ? [Math.floor(span.fromMs / spanMs) * spanMs, Math.ceil(span.toMs / spanMs) * spanMs]
    : [Math.ceil(span.fromMs / spanMs) * spanMs, Math.floor(span.toMs / spanMs) * spanMs];
  if (fromMs >= toMs) return split(span, shorter, into);
  if (!last) split({ fromMs: span.fromMs, toMs: fromMs }, shorter, into);
  into.push({ fromMs, toMs, spanMs });
  if (!last) split({ fromMs: toMs, toMs: span.toMs }, shorter, into);
}
