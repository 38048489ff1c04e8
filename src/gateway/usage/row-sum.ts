/** Adds up the rows of several spans of time, group by group. */

import type { Grouping, UsageFigures, UsageRow } from "./rows.ts";

type Sums = { -readonly [K in keyof UsageFigures]: number };

const counts = [
  "requests",
  "errors",
  "cacheHits",
  "inputTokens",
  "outputTokens",
  "cachedTokens",
  "reasoningTokens",
  "totalTokens",
  "unpricedRequests",
] as const;
/** Added up in whole nano-USD, so that the sums are exact. */
const money = ["costUsd", "savedUsd"] as const;

export interface RowSum {
  add(rows: readonly UsageRow[]): void;
  readonly size: number;
  /** By their groups, in the order of the question. */
  sorted(): readonly UsageRow[];
}

export function rowSum(groupBy: readonly Grouping[]): RowSum {
  const known = new Map<string, { readonly names: readonly string[]; readonly sums: Sums }>();
  const sumsOf = (names: readonly string[]): Sums => {
    const key = names.join("\u0000");
    let found = known.get(key);
    if (found === undefined) known.set(key, found = { names, sums: nothing() });
    return found.sums;
  };
  // Everything together is one row, also when there was nothing.
  if (groupBy.length === 0) sumsOf([]);

  return {
    add(rows) {
      for (const row of rows) {
        const sums = sumsOf(groupBy.map((group) => row[group] ?? ""));
        for (const figure of counts) sums[figure] += row[figure];
        for (const figure of money) sums[figure] += Math.round(row[figure] * 1e9);
      }
    },
    get size() {
      return known.size;
    },
    sorted: () =>
      [...known.values()].sort((a, b) => compare(a.names, b.names)).map(({ names, sums }) => ({
        ...Object.fromEntries(groupBy.map((group, index) => [group, names[index] ?? ""])),
        ...sums,
        costUsd: sums.costUsd / 1e9,
        savedUsd: sums.savedUsd / 1e9,
      })),
  };
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, name] of a.entries()) {
    const than = b[index] ?? "";
    if (name !== than) return name < than ? -1 : 1;
  }
  return 0;
}

function nothing(): Sums {
  return {
    requests: 0,
    errors: 0,
    cacheHits: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    totalTokens: 0,
    costUsd: 0,
    unpricedRequests: 0,
    savedUsd: 0,
  };
}
