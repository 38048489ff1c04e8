/** Reads how long a vendor asks to wait: from headers in all their forms, or from the words of its error. */

import type { WireReplyHead } from "../contract/dialect.ts";

type Headers = WireReplyHead["headers"];

/** The first of a header's values. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The wait that the headers ask for. A date is held against the answer's own `date`, so that a clock that is wrong here does
 * not matter; `nowMs` stands in where the answer has none. Waits that are negative or no numbers are ignored.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const wait = wholeMs(header(headers, name), 1);
    if (wait !== undefined) return wait;
  }
  const text = header(headers, "retry-after");
  if (text === undefined) return undefined;
  const seconds = wholeMs(text, 1000);
  if (seconds !== undefined) return seconds;
  const untilMs = Date.parse(text);
  // "-5" and the like parse as years.
  if (Number.isNaN(untilMs) || !/[a-z]/i.test(text)) return undefined;
  const saidMs = Date.parse(header(headers, "date") ?? "");
  const wait = untilMs - (Number.isNaN(saidMs) ? nowMs : saidMs);
  return wait >= 0 ? wait : undefined;
}

/** When a bucket is empty, the time until it fills: `x-ratelimit-reset-requests` and `-tokens`, as Go durations or seconds. */
export function bucketResetMs(headers: Headers): number | undefined {
  let longest: number | undefined;
  for (const bucket of ["requests", "tokens"]) {
    if (header(headers, `x-ratelimit-remaining-${bucket}`) !== "0") continue;
    const wait = durationMs(header(headers, `x-ratelimit-reset-${bucket}`) ?? "");
    if (wait !== undefined && (longest === undefined || wait > longest)) longest = wait;
  }
  return longest;
}

/** "Please try again in 1m2.5s", "retry after 60 seconds", "reset after 3 minutes". */
const hint =
  /(?:try again|retry|retrying|wait|reset)\w*\s+(?:in|after|for)?\s*((?:\d+(?:\.\d+)?\s*[a-z]+\s*){1,4})/i;

/** The wait that a sentence names. */
export function hintMs(text: string): number | undefined {
  const found = hint.exec(text)?.[1];
  return found === undefined ? undefined : durationMs(found);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1m2.5s`, `12ms`, `17s`, `60 seconds`; a bare number is seconds. */
export function durationMs(text: string): number | undefined {
  const bare = wholeMs(text, 1000);
  if (bare !== undefined) return bare;
  let total: number | undefined;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const size = unitMs[unitName(unit.toLowerCase())];
    if (size === undefined) break;
    total = (total ?? 0) + Number(amount) * size;
  }
  return total === undefined ? undefined : Math.ceil(total);
}

function unitName(unit: string): string {
  if (unit === "ms" || unit.startsWith("milli")) return "ms";
  return /^(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)$/.test(unit) ? unit.charAt(0) : "";
}

function wholeMs(text: string | undefined, unit: number): number | undefined {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Math.ceil(Number(text) * unit);
}
