/** Pages of the log, newest first. A page that would have to look for long comes with fewer calls, and goes on from there. */

import type { CallFilter, CallPage, TimeSpan } from "../../../src/plugin.ts";
import { callConditions, type Sql } from "./conditions.ts";
import type { Cube } from "./cubes.ts";
import { type DatabaseSync, snapshot } from "./database.ts";
import { type Driver, driverChooser } from "./drivers.ts";
import { callRow, callSelection, type Row } from "./read-call.ts";

/** Where a page ended: calls before this one are still to come. */
export interface Position {
  readonly atMs: number;
  readonly id: number;
}

export interface PageQuery {
  readonly span: TimeSpan;
  readonly filter: CallFilter;
  readonly retried: boolean;
  readonly before: Position | undefined;
  readonly limit: number;
}

/** Calls that are looked at for one page, and the time for it: whichever is over first. */
const maxLooked = 100_000;
const patienceMs = 100;
const firstChunk = 500;
const largestChunk = 8000;

/** One reading: what was found, and where it stopped before the end. */
interface Reading {
  readonly found: readonly Row[];
  readonly stopped: Position | undefined;
}

export function pageReader(
  database: DatabaseSync,
  cubes: readonly Cube[],
  mostLooked: number = maxLooked,
): (query: PageQuery) => CallPage {
  const choose = driverChooser(database, cubes);
  const edges = ["", " DESC"].map((order) =>
    database.prepare(`SELECT at_ms FROM calls ORDER BY at_ms${order} LIMIT 1`)
  );

  return (query) =>
    snapshot(database, () => {
      const [first, last] = edges.map((edge) => edge.get()?.["at_ms"]);
      const { filter, retried, limit } = query;
      if (first === undefined) return { calls: [] };
      const before = query.before;
      const span = {
        fromMs: Math.max(query.span.fromMs, Number(first)),
        toMs: Math.min(query.span.toMs, Number(last) + 1, before === undefined ? Infinity : before.atMs + 1),
      };
      if (span.fromMs >= span.toMs) return { calls: [] };
      const driver = choose(span, filter, retried);
      const conditions = callConditions(filter);
      const rest = retried ? { ...conditions, text: `${conditions.text} AND c.attempts > 1` } : conditions;
      const start = before ?? { atMs: span.toMs, id: 0 };
      const untilMs = performance.now() + patienceMs;
      const readings = driver.values.map((value) => {
        const look = { driver, value, fromMs: span.fromMs, start, rest, limit };
        return read(database, look, mostLooked / driver.values.length, untilMs);
      });
      return pageOf(readings, limit);
    });
}

interface Look {
  readonly driver: Driver;
  readonly value: string | undefined;
  readonly fromMs: number;
  readonly start: Position;
  readonly rest: Sql;
  readonly limit: number;
}

function read(database: DatabaseSync, look: Look, most: number, untilMs: number): Reading {
  const { driver, value, fromMs, start, rest, limit } = look;
  const { from, where, atMs, id } = driver;
  const along =
    `FROM ${from} WHERE ${where} AND ${atMs} >= ? AND ${atMs} <= ? AND (${atMs} < ? OR ${id} < ?)`;
  const order = `ORDER BY ${atMs} DESC, ${id} DESC`;
  const bound = value === undefined ? [] : [value];
  const chunkEnd = database.prepare(
    `SELECT ${atMs} AS at_ms, ${id} AS id ${along} ${order} LIMIT 1 OFFSET ?`,
  );
  const inChunk = database.prepare(
    `SELECT c.id, ${callSelection} ${along} AND ${atMs} >= ? AND (${atMs} > ? OR ${id} >= ?)${rest.text} ${order} LIMIT ?`,
  );
  const found: Row[] = [];
  let position = start;
  for (let [chunk, looked] = [firstChunk, 0];; looked += chunk, chunk = Math.min(2 * chunk, largestChunk)) {
    const at = [...bound, fromMs, position.atMs, position.atMs, position.id];
    const end = chunkEnd.get(...at, chunk - 1);
    const until = end === undefined ? { atMs: fromMs, id: 0 } : positionOf(end);
    const bounds = [until.atMs, until.atMs, until.id];
    found.push(...inChunk.all(...at, ...bounds, ...rest.values, limit + 1 - found.length));
    const last = found.at(-1);
    if (found.length > limit && last !== undefined) return { found, stopped: positionOf(last) };
    if (end === undefined) return { found, stopped: undefined };
    if (looked + chunk >= most || performance.now() >= untilMs) return { found, stopped: until };
    position = until;
  }
}

/** What several readings have in common: down to where the first of them stopped. */
function pageOf(readings: readonly Reading[], limit: number): CallPage {
  const stops = readings.flatMap(({ stopped }) => stopped === undefined ? [] : [stopped]).sort(newestFirst);
  const floor = stops[0];
  const rows = new Map<number, Row>();
  for (const row of readings.flatMap(({ found }) => found)) {
    if (floor === undefined || newestFirst(positionOf(row), floor) <= 0) rows.set(positionOf(row).id, row);
  }
  const sorted = [...rows.values()].sort((a, b) => newestFirst(positionOf(a), positionOf(b)));
  const shown = sorted.slice(0, limit);
  const last = shown.at(-1);
  const calls = shown.map(callRow);
  const next = sorted.length > limit && last !== undefined ? positionOf(last) : floor;
  return next === undefined ? { calls } : { calls, next: cursorOf(next) };
}

function newestFirst(a: Position, b: Position): number {
  return b.atMs - a.atMs || b.id - a.id;
}

function positionOf(row: Row): Position {
  return { atMs: Number(row["at_ms"]), id: Number(row["id"]) };
}

function cursorOf({ atMs, id }: Position): string {
  return `${atMs}.${id}`;
}

/** `undefined`: no page ended like this. */
export function readCursor(cursor: string): Position | undefined {
  const [, atMs, id] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  return atMs === undefined || id === undefined ? undefined : { atMs: Number(atMs), id: Number(id) };
}
