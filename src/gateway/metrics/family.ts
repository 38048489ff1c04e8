/** One family of series: a cell for every combination of label values, up to a bound. */

import { label, other } from "./label.ts";

/** What a family is called and how its series are told apart. */
export interface Definition {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** How the figures of several processes become one. Default: their sum. */
  readonly aggregator?: "sum" | "max";
  readonly labels: readonly string[];
  /** Labels whose values callers can think up. Beyond the bound they are `other`. */
  readonly open?: readonly string[];
}

export interface Family<Cell> {
  readonly definition: Definition;
  /**
   * The cell of these label values, in the order of the definition; made when it is new. Keep it: looking it up again costs
   * more than counting.
   */
  cell(...values: readonly string[]): Cell;
  series(): Iterable<{ readonly values: readonly string[]; readonly cell: Cell }>;
}

/** @param maxSeries beyond it, new combinations are counted with their open labels as `other` */
export function family<Cell>(
  definition: Definition,
  maxSeries: number,
  make: () => Cell,
): Family<Cell> {
  const known = new Map<string, { readonly values: readonly string[]; readonly cell: Cell }>();
  const open = definition.labels.map((name) => definition.open?.includes(name) === true);

  function find(values: readonly string[], bounded: boolean): Cell {
    // Cleaned values hold no control characters, so joined by one they cannot be mistaken for others.
    const key = values.join("\u0000");
    const found = known.get(key);
    if (found !== undefined) return found.cell;
    if (bounded && known.size >= maxSeries) {
      return find(values.map((value, index) => open[index] ? other : value), false);
    }
    const cell = make();
    known.set(key, { values, cell });
    return cell;
  }

  return {
    definition,
    cell: (...values) => find(values.map(label), true),
    series: () => known.values(),
  };
}
