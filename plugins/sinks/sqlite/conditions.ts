/** The SQL of filters. Names of columns come from a closed list, values are bound; nothing that was asked is in the text. */

import type { CallDimension, CallFilter } from "../../../src/plugin.ts";
import { cubeColumns } from "./cubes.ts";

/** A piece of SQL with what is bound in it. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** The wanted values of each dimension that is asked about. */
export function wantedOf(filter: CallFilter): readonly (readonly [CallDimension, readonly string[]])[] {
  return cubeColumns.flatMap((dimension) => {
    const wanted = filter[dimension];
    return wanted === undefined ? [] : [[dimension, [...new Set(wanted)]] as const];
  });
}

export function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

/** Conditions on the calls `c`. */
export function callConditions(filter: CallFilter): Sql {
  const texts: string[] = [];
  const values: string[] = [];
  for (const [dimension, wanted] of wantedOf(filter)) {
    texts.push(
      dimension === "tag"
        ? `EXISTS (SELECT 1 FROM json_each(${listed}) one WHERE one.value IN (${marks(wanted)}))`
        : `c.${dimension} IN (${marks(wanted)})`,
    );
    values.push(...wanted);
  }
  return { text: texts.map((text) => ` AND ${text}`).join(""), values };
}

/** Conditions on the sums `s` of a cube. What it does not hold is the empty text, which leads to the rows at once. */
export function sumConditions(filter: CallFilter, dimensions: readonly CallDimension[]): Sql {
  const texts: string[] = [];
  const values: string[] = [];
  for (const column of cubeColumns) {
    const wanted = filter[column];
    if (!dimensions.includes(column)) texts.push(`s.${column} = ''`);
    else if (wanted !== undefined) {
      texts.push(`s.${column} IN (${marks(wanted)})`);
      values.push(...wanted);
    }
  }
  return { text: texts.map((text) => ` AND ${text}`).join(""), values };
}

/** A call without tags has the empty one. */
export const listed = `coalesce(c.tags, '[""]')`;
