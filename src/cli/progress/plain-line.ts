/** A line of a log: the same figures where there is no terminal to draw on. */

import type { Figures } from "./figures.ts";
import { count, dollars, duration, rate } from "./words.ts";

/** `340/1000 rows, 12 from cache, 0 errors, $0.0123, 85.2 rows/s, eta 0:02:35`; at the end the time it took. */
export function plainLine(figures: Figures, ended: boolean): string {
  const { failed, cacheHits, costUsd, perSecond, etaMs, elapsedMs, estimatedTotal } = figures;
  const words = [doneOf(figures)];
  if (estimatedTotal !== undefined) words.push(`est_total≈${count(estimatedTotal)}`);
  if (cacheHits !== undefined) words.push(`${cacheHits} from cache`);
  if (failed !== undefined) words.push(`${failed} ${failed === 1 ? "error" : "errors"}`);
  if (costUsd !== undefined) words.push(dollars(costUsd));
  if (perSecond !== undefined) words.push(`${rate(perSecond)} ${figures.unit}/s`);
  if (ended) words.push(`in ${duration(elapsedMs)}`);
  else if (etaMs !== undefined) words.push(`eta ${duration(etaMs)}`);
  return words.join(", ");
}

function doneOf({ done, total, fraction, unit }: Figures): string {
  if (total !== undefined) return `${done}/${total} ${unit}`;
  return `${done} ${unit}${fraction === undefined ? "" : ` (${Math.floor(fraction * 100)}%)`}`;
}
