/** Reads questions to a history, so that every history refuses the same ones with the same words. */

import type { TimeSpan } from "../contract/history.ts";

/** Most steps of a series. */
export const maxSteps = 2000;
const maxLimit = 10_000;

/** What is wrong with a question; `undefined`: nothing. */
export function spanProblem({ fromMs, toMs }: TimeSpan): string | undefined {
  return Number.isNaN(fromMs) || Number.isNaN(toMs) ? "a span wants two moments in milliseconds" : undefined;
}

export function seriesProblem(span: TimeSpan, stepMs: number): string | undefined {
  if (!(stepMs > 0)) return "stepMs wants more than 0";
  const steps = Math.ceil((span.toMs - span.fromMs) / stepMs);
  return steps <= maxSteps ? undefined : `${steps} steps are too many; ask for ${maxSteps} at most`;
}

/** A limit within its bounds. */
export function boundedLimit(limit: number | undefined, fallback: number): number {
  return limit === undefined || !(limit >= 1) ? fallback : Math.min(Math.floor(limit), maxLimit);
}
