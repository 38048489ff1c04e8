/** Reads a deadline: a time from now such as `90m`, `2h`, `1d12h`, or a moment in ISO 8601. */

import { loomError } from "../../errors/index.ts";

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = /^(?:\d+(?:\.\d+)?[smhd])+$/;
const moment = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * @param now in milliseconds since 1970
 * @returns the deadline in milliseconds since 1970
 * @throws LoomError `invalid-request`, when it is none, or in the past
 */
export function deadlineOf(given: string, now: number): number {
  const text = given.trim();
  if (duration.test(text)) {
    const deadline = now + durationMs(text);
    if (deadline > now && Number.isFinite(new Date(deadline).getTime())) return deadline;
    throw refused(`"${given}" is no time to run in; give one such as 90m, 2h or 1d`);
  }
  const at = moment.test(text) ? Date.parse(text.replace(" ", "T")) : NaN;
  if (Number.isNaN(at)) {
    throw refused(`"${given}" is neither a time from now (90m, 2h, 1d) nor a moment (2026-11-22T08:00Z)`);
  }
  if (at <= now) throw refused(`${iso(at)} is in the past; it is ${iso(now)} now`);
  return at;
}

function durationMs(text: string): number {
  let sum = 0;
  for (const { 1: number = "", 2: unit = "" } of text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)) {
    sum += Number(number) * (unitMs[unit] ?? NaN);
  }
  return Math.round(sum);
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

function refused(problem: string): Error {
  return loomError("invalid-request", `--deadline: ${problem}`, { path: "deadline" });
}
