/** Which index a page of calls is read along: that of the rarest thing that was asked for. */

import type { CallDimension, CallFilter, TimeSpan } from "../../../src/plugin.ts";
import { wantedOf } from "./conditions.ts";
import { type Cube, dayMs } from "./cubes.ts";
import type { DatabaseSync } from "./database.ts";
import { sumSource } from "./sources.ts";

/** Calls in one order: newest first, along an index. */
export interface Driver {
  /** `FROM` with everything that `c` and the moment need. */
  readonly from: string;
  /** Holds for the calls that are read along; wants `value` when there is one. */
  readonly where: string;
  readonly atMs: string;
  readonly id: string;
  /** One reading for each. */
  readonly values: readonly (string | undefined)[];
}

/** What the partial index of a dimension leaves out. */
const leftOut: Readonly<
  Partial<Record<CallDimension, readonly [condition: string, values: readonly string[]]>>
> = {
  status: ["c.status <> 'ok'", ["ok"]],
  cache: ["c.cache NOT IN ('off', 'miss')", ["off", "miss"]],
  modality: ["c.modality <> 'text'", ["text"]],
};

const byTime: Driver = {
  from: "calls c INDEXED BY calls_at",
  where: "true",
  atMs: "c.at_ms",
  id: "c.id",
  values: [undefined],
};

const byRetries: Driver = { ...byTime, from: "calls c INDEXED BY calls_retried", where: "c.attempts > 1" };

/** An index is worth its detour only when it leaves out most calls. */
const worthwhile = 0.5;
/** More values than this are read in the order of time. */
const maxValues = 20;

export function driverChooser(
  database: DatabaseSync,
  cubes: readonly Cube[],
): (span: TimeSpan, filter: CallFilter, retried: boolean) => Driver {
  const cubeNamed = (name: string) => cubes.find((cube) => cube.name === name);

  function count(cube: Cube | undefined, span: TimeSpan, filter: CallFilter, figure: string): number {
    if (cube === undefined) return Infinity;
    const fromMs = Math.floor(span.fromMs / dayMs) * dayMs;
    const { rows } = sumSource(cube, { fromMs, toMs: span.toMs, spanMs: dayMs }, filter, {});
    return Number(
      database.prepare(`SELECT total(${figure}) AS found ${rows.text}`).get(...rows.values)?.["found"],
    );
  }

  return (span, filter, retried) => {
    const all = cubeNamed("all");
    const choices = wantedOf(filter).flatMap(([dimension, wanted]) => {
      const driver = driverOf(dimension, wanted);
      if (driver === undefined) return [];
      const calls = count(cubeNamed(dimension), span, { [dimension]: wanted }, "s.requests");
      return [{ driver, calls }];
    });
    if (retried) {
      choices.push({ driver: byRetries, calls: count(all, span, {}, "s.retries + s.failovers") });
    }
    const rarest = choices.sort((a, b) => a.calls - b.calls)[0];
    if (rarest === undefined || rarest.calls > worthwhile * count(all, span, {}, "s.requests")) return byTime;
    return rarest.driver;
  };
}

function driverOf(dimension: CallDimension, wanted: readonly string[]): Driver | undefined {
  const [condition, without] = leftOut[dimension] ?? [`c.${dimension} <> ''`, [""]];
  if (wanted.length > maxValues || wanted.some((value) => without.includes(value))) return undefined;
  if (dimension === "tag") {
    return {
      from: "call_tags t CROSS JOIN calls c ON c.id = t.id",
      where: "t.tag = ?",
      atMs: "t.at_ms",
      id: "t.id",
      values: wanted,
    };
  }
  return {
    ...byTime,
    from: `calls c INDEXED BY calls_${dimension}`,
    where: `c.${dimension} = ? AND ${condition}`,
    values: wanted,
  };
}
