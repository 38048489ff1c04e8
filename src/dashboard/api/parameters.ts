/** Reads what is asked of the API; what is wrong is named. */

import type { CallDimension, CallFilter, TimeSpan } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";

export const dimensions: readonly CallDimension[] = [
  "provider",
  "model",
  "account",
  "team",
  "user",
  "key",
  "tag",
  "modality",
  "status",
  "error",
  "cache",
];

const hourMs = 3_600_000;
const longestSpanMs = 400 * 24 * hourMs;
const maxSteps = 2_000;
/** Of one dimension, and letters of each. */
const [maxValues, longestValue] = [50, 300];

/** @throws LoomError `invalid-request`, when there is something that nobody would read */
export function refuseOthers(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) {
      throw wrong(name, `is not known here; ${known.join(", ") || "nothing"} may be asked`);
    }
  }
}

/** `from` and `to`: milliseconds since the epoch, or a date. Default: the last hour. */
export function readSpan(query: URLSearchParams, nowMs: number): TimeSpan {
  const toMs = moment(query, "to") ?? nowMs;
  const fromMs = moment(query, "from") ?? toMs - hourMs;
  if (fromMs >= toMs) throw wrong("from", "must be before to");
  if (toMs - fromMs > longestSpanMs) throw wrong("from", "is more than 400 days before to");
  return { fromMs, toMs };
}

function moment(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms) || ms < 0) {
    throw wrong(name, "must be milliseconds since 1970 or a date such as 2026-01-31T12:00:00Z");
  }
  return Math.round(ms);
}

/** Default: what makes about sixty steps of the span. */
export function readStep(query: URLSearchParams, { fromMs, toMs }: TimeSpan): number {
  const smallest = (toMs - fromMs) / maxSteps;
  const given = number(query, "step", 1_000, longestSpanMs);
  if (given === undefined) return Math.max(1_000, Math.ceil((toMs - fromMs) / 60_000) * 1_000);
  if (given < smallest) {
    throw wrong("step", `makes more than ${maxSteps} steps; at least ${Math.ceil(smallest)}`);
  }
  return given;
}

/** A whole number; `undefined`: it was not given. */
export function number(
  query: URLSearchParams,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw wrong(name, `must be a whole number from ${least} to ${most}`);
}

export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === "false") return false;
  if (text === "true") return true;
  throw wrong(name, "must be true or false");
}

export function readDimension(query: URLSearchParams, name: string): CallDimension {
  const given = query.get(name);
  const found = dimensions.find((one) => one === given);
  if (found !== undefined) return found;
  throw wrong(name, `must be one of ${dimensions.join(", ")}`);
}

/** Each dimension under its own name, as often as there are values that count. */
export function readFilter(query: URLSearchParams): CallFilter {
  const filter: Partial<Record<CallDimension, readonly string[]>> = {};
  for (const dimension of dimensions) {
    const values = query.getAll(dimension);
    if (values.length === 0) continue;
    if (values.length > maxValues) throw wrong(dimension, `is given more than ${maxValues} times`);
    if (values.some(({ length }) => length > longestValue)) throw wrong(dimension, "is too long");
    filter[dimension] = values;
  }
  return filter;
}

export function wrong(name: string, problem: string): Error {
  return loomError("invalid-request", `${name.slice(0, 100)} ${problem}`, { path: name.slice(0, 100) });
}
