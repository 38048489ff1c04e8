/** Reads the query string of `GET /ai/usage`. */

import { type LoomError, loomError } from "../../errors/index.ts";
import { nearest } from "../../util/nearest.ts";
import { type Filter, filters, type Grouping, groupings, type UsageQuery } from "./rows.ts";

/** What is asked for, and how the answer is to be written. */
export interface UsageQuestion {
  readonly query: UsageQuery;
  readonly as: "json" | "csv";
}

/** Parameters that narrow, and what by; `format` is taken by how the answer is written. */
const narrowing: readonly (readonly [parameter: string, filter: Filter])[] = filters.map((
  filter,
) => [filter === "format" ? "wire_format" : filter, filter]);
const known = ["from", "to", "last", "group_by", "format", ...narrowing.map(([parameter]) => parameter)];
const hourMs = 3_600_000;
const units: Readonly<Record<string, number>> = { h: hourMs, d: 24 * hourMs, w: 168 * hourMs };
const defaultMs = 30 * 24 * hourMs;
/** Values of one filter. */
const maxValues = 100;

/**
 * `from` (included) and `to` (not included) are ISO dates or times, in UTC unless they say otherwise; `last` is `24h`,
 * `7d` …; without any the last 30 days. `group_by` is a list with commas, filters (`key=`, `team=` …) may be repeated.
 * `format` is `json` or `csv`.
 *
 * @throws LoomError `invalid-request`, naming the parameter
 */
export function readUsageQuery(params: URLSearchParams, nowMs: number): UsageQuestion {
  for (const name of new Set(params.keys())) {
    if (!known.includes(name)) throw unknownName("", name, known);
  }
  for (const name of ["from", "to", "last", "format"]) {
    if (params.getAll(name).length > 1) throw wrong(name, "is given more than once");
  }
  const as = params.get("format") ?? "json";
  if (as !== "json" && as !== "csv") throw wrong("format", `is json or csv, not ${shown(as)}`);
  const filter: Partial<Record<Filter, readonly string[]>> = {};
  for (const [parameter, name] of narrowing) {
    const values = params.getAll(parameter);
    if (values.length > maxValues) throw wrong(parameter, `has more than ${maxValues} values`);
    if (values.length > 0) filter[name] = values;
  }
  const groupBy = groupsOf(params.getAll("group_by"));
  return { query: { ...timesOf(params, nowMs), groupBy, filter }, as };
}

function groupsOf(lists: readonly string[]): readonly Grouping[] {
  const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim()).filter((name) =>
    name !== ""
  );
  return [...new Set(names)].map((name) => {
    const group = groupings.find((one) => one === name);
    if (group === undefined) throw unknownName("group_by", name, groupings);
    return group;
  });
}

function timesOf(params: URLSearchParams, nowMs: number): Pick<UsageQuery, "fromMs" | "toMs"> {
  const [from, to, last] = [params.get("from"), params.get("to"), params.get("last")];
  if (last !== null) {
    if (from !== null || to !== null) throw wrong("last", "does not go together with from and to");
    return { fromMs: nowMs - spanOf(last), toMs: nowMs };
  }
  const toMs = to === null ? nowMs : timeOf("to", to);
  const fromMs = from === null ? toMs - defaultMs : timeOf("from", from);
  if (fromMs >= toMs) {
    throw wrong(from === null ? "to" : "from", "is not before the end of the time asked for");
  }
  return { fromMs, toMs };
}

function spanOf(last: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,4})([hdw])$/.exec(last) ?? [];
  const spanMs = Number(amount) * (units[unit] ?? 0);
  if (spanMs > 0) return spanMs;
  throw wrong("last", `wants a number of hours, days or weeks, such as 24h, 7d or 30d, not ${shown(last)}`);
}

const dateShape = /^\d{4}-\d{2}-\d{2}$/;
const timeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/;

function timeOf(name: string, text: string): number {
  // A plus sign in a query string is a space.
  const given = text.replace(" ", "+");
  const zone = timeShape.exec(given);
  const timeMs = dateShape.test(given)
    ? Date.parse(given)
    : zone === null
    ? NaN
    : Date.parse(zone[1] === undefined ? `${given}Z` : given);
  // Some engines take the 31st of February for the 3rd of March.
  const day = Date.parse(given.slice(0, 10));
  const real = !Number.isNaN(day) && new Date(day).toISOString().startsWith(given.slice(0, 10));
  if (!Number.isNaN(timeMs) && real) return timeMs;
  throw wrong(
    name,
    `wants a date or time in ISO 8601, such as 2026-11-01 or 2026-11-01T13:00:00Z, not ${shown(text)}`,
  );
}

function unknownName(parameter: string, name: string, candidates: readonly string[]): LoomError {
  const near = nearest(name, candidates, 1)[0];
  const help = near === undefined ? `known: ${candidates.join(", ")}` : `did you mean ${near}?`;
  return parameter === ""
    ? wrong(name.slice(0, 100), `is no parameter of this address; ${help}`)
    : wrong(parameter, `knows no ${shown(name)}; ${help}`);
}

function wrong(name: string, problem: string): LoomError {
  return loomError("invalid-request", `${name} ${problem}`, { path: name });
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 99)}…`);
}
