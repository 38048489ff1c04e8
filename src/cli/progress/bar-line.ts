/** The line that moves: a bar with the figures that fit beside it. */

import type { Figures } from "./figures.ts";
import { count, dollars, duration, rate } from "./words.ts";
import { cut, harmless, widthOf } from "./width.ts";

/** A part of the line; the higher its rank, the sooner it gives way in a narrow terminal. */
type Part = readonly [rank: number, text: string];

const barCells = 12;

/** @param ended the last line of a stage, which stays: no time is left */
export function barLine(figures: Figures, columns: number, ended: boolean): string {
  let parts = partsOf(figures, ended);
  let text = joined(parts);
  while (widthOf(text) > columns && parts.length > 1) {
    const highest = Math.max(...parts.map(([rank]) => rank));
    parts = parts.filter(([rank]) => rank !== highest);
    text = joined(parts);
  }
  return cut(text, columns);
}

const labelRank = 6;

function partsOf(figures: Figures, ended: boolean): readonly Part[] {
  const { label, fraction, failed, cacheHits, costUsd, elapsedMs, etaMs, perSecond, unit, estimatedTotal } =
    figures;
  const parts: Part[] = [[labelRank, harmless(label)]];
  if (fraction !== undefined) parts.push([7, bar(fraction)]);
  parts.push([0, doneOf(figures)]);
  if (estimatedTotal !== undefined) parts.push([2, `est_total≈${count(estimatedTotal)}`]);
  if (cacheHits !== undefined) parts.push([5, `cache=${cacheHits}`]);
  if (failed !== undefined) parts.push([1, `errors=${failed}`]);
  if (costUsd !== undefined) parts.push([3, dollars(costUsd)]);
  // Where tokens are counted, their estimate tells more.
  if (estimatedTotal === undefined && perSecond !== undefined) {
    parts.push([9, `${rate(perSecond)} ${unit}/s`]);
  }
  parts.push([8, duration(elapsedMs)]);
  if (!ended) parts.push([4, `eta ${etaMs === undefined ? "-:--:--" : duration(etaMs)}`]);
  return parts;
}

function joined(parts: readonly Part[]): string {
  const [[rank, first] = [0, ""], ...rest] = parts;
  const others = rest.map(([, text]) => text).join("  ");
  if (rest.length === 0) return first;
  return `${first}${rank === labelRank ? " " : "  "}${others}`;
}

function bar(fraction: number): string {
  // Full only when it is: rounding would say so too soon.
  const full = Math.floor(fraction * barCells);
  return "█".repeat(full) + "░".repeat(barCells - full);
}

/** `340/1000`, or `340 (12%)` as long as only the bytes are known. */
function doneOf({ done, total, fraction }: Figures): string {
  if (total !== undefined) return `${done}/${total}`;
  return fraction === undefined ? `${done}` : `${done} (${Math.floor(fraction * 100)}%)`;
}
