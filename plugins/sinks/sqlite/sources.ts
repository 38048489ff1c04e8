/** Where the figures of a question are read: one SELECT for each part of its time. */

import type { CallDimension, CallFilter, TimeSpan } from "../../../src/plugin.ts";
import { sumColumns } from "./columns.ts";
import { callConditions, listed, marks, type Sql, sumConditions } from "./conditions.ts";
import type { Segment } from "./cover.ts";
import type { Cube } from "./cubes.ts";

/** How figures are grouped. */
export interface Grouping {
  readonly by?: CallDimension;
  /** Only these names, when the first look has found which ones count. */
  readonly names?: readonly string[];
  readonly step?: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number };
}

/** Rows from which sums and buckets are selected: `FROM` and what follows, and the expressions of the groups. */
export interface Source {
  readonly rows: Sql;
  readonly step: Sql;
  readonly name: string;
  /** Of calls or of sums. */
  readonly of: "calls" | "sums";
}

/** The sums of a cube within a segment. */
export function sumSource(cube: Cube, segment: Segment, filter: CallFilter, grouping: Grouping): Source {
  const { fromMs, toMs, spanMs } = segment;
  const conditions = sumConditions(filter, cube.dimensions);
  const name = grouping.by === undefined ? "''" : `s.${grouping.by}`;
  const only = onlyNames(name, grouping);
  return {
    // Moment by moment, so that the primary key leads to the names that are wanted.
    rows: {
      text: `FROM (WITH RECURSIVE moment(at) AS (
          SELECT ? UNION ALL SELECT at + ? FROM moment WHERE at + ? < ?
        ) SELECT at FROM moment) m CROSS JOIN call_summaries s
        ON s.cube = ? AND s.span_ms = ? AND s.from_ms = m.at${conditions.text}${only.text}`,
      values: [fromMs, spanMs, spanMs, toMs, cube.name, spanMs, ...conditions.values, ...only.values],
    },
    step: stepOf("s.from_ms", grouping),
    name,
    of: "sums",
  };
}

/** Calls of a time, up to the last that is in the sums or beyond it. */
export interface CallPart extends TimeSpan {
  readonly id: "<=" | ">";
  readonly summedId: number;
}

/** Calls: those within a segment that are in the sums already, or (without one) all that are not, within the span. */
export function callSource(
  where: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly id: "<=" | ">";
    readonly summedId: number;
  },
  filter: CallFilter,
  grouping: Grouping,
): Source {
  const conditions = callConditions(filter);
  const byTag = grouping.by === "tag";
  const name = grouping.by === undefined ? "''" : byTag ? "t.value" : `c.${grouping.by}`;
  const only = onlyNames(name, grouping);
  const way = wayOf(where, filter);
  return {
    rows: {
      text: `FROM calls c ${way.index}${byTag ? ` CROSS JOIN json_each(${listed}) t` : ""}
        WHERE c.at_ms >= ? AND c.at_ms < ? AND c.id ${where.id} ?${way.text}${conditions.text}${only.text}`,
      values: [
        where.fromMs,
        where.toMs,
        where.summedId,
        ...way.values,
        ...conditions.values,
        ...only.values,
      ],
    },
    step: stepOf("c.at_ms", grouping),
    name,
    of: "calls",
  };
}

/** Dimensions whose values have few calls, the fewest first. */
const rare = ["user", "key", "account", "error", "team", "model", "provider"] as const;
/** Shorter parts of the time are read whole. */
const longMs = 7_200_000;

/** Without statistics SQLite would guess. The newest ids are few, and so are calls of one name. */
function wayOf(where: CallPart, filter: CallFilter): Sql & { readonly index: string } {
  const { tag } = filter;
  if (where.id === ">") return { index: "NOT INDEXED", text: "", values: [] };
  if (where.toMs - where.fromMs > longMs) {
    const dimension = rare.find((one) => filter[one] !== undefined && !filter[one].includes(""));
    if (dimension !== undefined) {
      return { index: `INDEXED BY calls_${dimension}`, text: ` AND c.${dimension} <> ''`, values: [] };
    }
    if (tag !== undefined && !tag.includes("")) {
      return {
        index: "NOT INDEXED",
        text: ` AND c.id IN (SELECT id FROM call_tags WHERE tag IN (${
          marks(tag)
        }) AND at_ms >= ? AND at_ms < ?)`,
        values: [...tag, where.fromMs, where.toMs],
      };
    }
  }
  return { index: "INDEXED BY calls_at", text: "", values: [] };
}

/** The sums of a source by step and name, in the order of `callFigures`. */
export function figuresSql({ rows, step, name, of }: Source): Sql {
  const columns = sumColumns.map(([column, ofCalls]) => `total(${of === "sums" ? `s.${column}` : ofCalls})`);
  return {
    text: `SELECT ${step.text}, ${name}, ${columns.join(", ")} ${rows.text} GROUP BY 1, 2`,
    values: [...step.values, ...rows.values],
  };
}

/** Buckets of a source: of calls `step, name, latency, first part, count`; of sums `step, name` and both packed. */
export function bucketsSql({ rows, step, name, of }: Source): Sql {
  const text = of === "sums"
    ? `SELECT ${step.text}, ${name}, s.latency, s.first_part ${rows.text}`
    : `SELECT ${step.text}, ${name}, c.latency_bucket, c.first_part_bucket, count(*) ${rows.text} GROUP BY 1, 2, 3, 4`;
  return { text, values: [...step.values, ...rows.values] };
}

function onlyNames(name: string, { names }: Grouping): Sql {
  if (names === undefined) return { text: "", values: [] };
  return { text: ` AND ${name} IN (${marks(names)})`, values: names };
}

/** The number of the step that something is counted in: that in which it begins, within the span. */
function stepOf(moment: string, { step }: Grouping): Sql {
  if (step === undefined) return { text: "0", values: [] };
  const { fromMs, toMs, stepMs } = step;
  // What is bound is a fraction to SQLite, even when it is whole.
  const text = `CAST((min(max(${moment}, ?), ?) - ?) / ? AS INTEGER)`;
  return { text, values: [fromMs, toMs - 1, fromMs, stepMs] };
}
