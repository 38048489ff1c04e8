/** Adds calls that are not in the sums yet to the sums of all cubes. */

import { sumColumns } from "./columns.ts";
import { type Cube, cubeColumns, openDimensions } from "./cubes.ts";
import { type DatabaseSync, transaction } from "./database.ts";
import { type CallValues, entriesOf, type Entry, entrySelection } from "./entries.ts";
import { marksIn, summedId, sumsFrom } from "./marks.ts";
import { pack, unpackInto } from "./packed-buckets.ts";

/** What stands for names beyond the bound. */
const other = "other";

type Stored = Readonly<Record<string, unknown>>;

/** Gives a function that sums up the next calls, `most` at a time, and says how many there were. */
export function summariser(
  database: DatabaseSync,
  cubes: readonly Cube[],
): (most: number) => number {
  const marks = marksIn(database);
  const read = database.prepare(`SELECT ${entrySelection} FROM calls c WHERE c.id > ? ORDER BY c.id LIMIT ?`);
  read.setReturnArrays(true);
  const { find, put, countOf } = rowsOf(database);

  return (most) =>
    transaction(database, () => {
      const calls = read.all(marks.get(summedId), most) as unknown as CallValues[];
      const last = calls.at(-1);
      if (last === undefined) return 0;
      const rows = new Map<string, number>();
      const keptFrom = (cube: Cube, spanMs: number) => marks.get(sumsFrom(cube.name, spanMs));
      for (const entry of entriesOf(calls, cubes, keptFrom)) add(entry, rows);
      marks.set(summedId, last[0]);
      return calls.length;
    });

  function add(entry: Entry, rows: Map<string, number>): void {
    const { cube, spanMs, fromMs, sums } = entry;
    let { names } = entry;
    let known = find.get(cube.name, spanMs, fromMs, ...names) as Stored | undefined;
    if (known === undefined) {
      const place = `${cube.name}/${spanMs}/${fromMs}`;
      const there = rows.get(place) ?? Number(countOf.get(cube.name, spanMs, fromMs)?.["rows"]);
      rows.set(place, there + 1);
      if (there >= cube.maxRows) {
        names = names.map((name, index) => isOpen(cube, index) && name !== "" ? other : name);
        known = find.get(cube.name, spanMs, fromMs, ...names) as Stored | undefined;
      }
    }
    const figures = sums.figures.map((figure, index) =>
      figure + Number(known?.[sumColumns[index]?.[0] ?? ""] ?? 0)
    );
    // Copies: longer spans are still to be made of these sums.
    const [latency, firstPart] = [new Map(sums.latency), new Map(sums.firstPart)];
    if (known !== undefined) {
      unpackInto(latency, known["latency"] as Uint8Array);
      unpackInto(firstPart, known["first_part"] as Uint8Array);
    }
    put.run(cube.name, spanMs, fromMs, ...names, ...figures, pack(latency), pack(firstPart));
  }
}

function rowsOf(database: DatabaseSync) {
  const keys = ["cube", "span_ms", "from_ms", ...cubeColumns];
  const sums = [...sumColumns.map(([column]) => column), "latency", "first_part"];
  return {
    find: database.prepare(
      `SELECT ${sums.join(", ")} FROM call_summaries WHERE ${keys.map((key) => `${key} = ?`).join(" AND ")}`,
    ),
    put: database.prepare(
      `INSERT OR REPLACE INTO call_summaries (${[...keys, ...sums].join(", ")})
      VALUES (${[...keys, ...sums].map(() => "?").join(", ")})`,
    ),
    countOf: database.prepare(
      "SELECT count(*) AS rows FROM call_summaries WHERE cube = ? AND span_ms = ? AND from_ms = ?",
    ),
  };
}

function isOpen(cube: Cube, index: number): boolean {
  const dimension = cubeColumns[index];
  return dimension !== undefined && cube.dimensions.includes(dimension) && openDimensions.has(dimension);
}
