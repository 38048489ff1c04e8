/** `--since`: how far back to look, as a time until now or as a moment. */

import type { TimeSpan } from "../contract/history.ts";
import { loomError } from "../errors/index.ts";

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const longestMs = 100 * 365 * 86_400_000;

/** @throws LoomError `invalid-request` */
export function spanSince(given: string, nowMs: number): TimeSpan {
  // The millisecond that is now belongs to it.
  const toMs = nowMs + 1;
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(given.trim()) ?? [];
  const lengthMs = Number(count) * (unitMs[unit] ?? NaN);
  if (lengthMs > 0 && lengthMs <= longestMs) return { fromMs: Math.floor(nowMs - lengthMs), toMs };
  const fromMs = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : NaN;
  if (fromMs <= nowMs) return { fromMs, toMs };
  throw loomError(
    "invalid-request",
    `--since wants a time such as 30m, 24h or 7d, or a moment such as 2026-11-21T08:00Z, not "${given}"`,
    { path: "since" },
  );
}
