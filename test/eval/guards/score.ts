/** Counts hits and misses of a guard on labelled texts. */

import type { Finding } from "../../../src/plugin.ts";
import type { Case, JudgedCase } from "./cases.ts";

export interface Score {
  readonly cases: number;
  readonly hits: number;
  readonly falseAlarms: number;
  readonly misses: number;
  /** Texts in which nothing was to be found, and nothing was. */
  readonly quiet: number;
  readonly precision: number;
  readonly recall: number;
  /** Expected kind -> found kind -> count; `-` stands for none. */
  readonly confusion: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly faults: readonly string[];
}

type Table = Map<string, Map<string, number>>;

/** A hit is a finding of the right kind that covers at least nine tenths of what was expected, and not twice as much. */
export function scoreSpans(cases: readonly Case[], find: (one: Case) => readonly Finding[]): Score {
  const table: Table = new Map();
  const faults: string[] = [];
  let [hits, falseAlarms, misses, quiet] = [0, 0, 0, 0];
  for (const one of cases) {
    const found = [...find(one)];
    if (found.length === 0 && one.expected.length === 0) quiet++;
    for (const { start, end, kind } of one.expected) {
      const at = found.findIndex((finding) =>
        Math.min(finding.end, end) - Math.max(finding.start, start) > (end - start) * 0.9
      );
      const [finding] = at === -1 ? [] : found.splice(at, 1);
      count(table, kind, finding?.kind ?? "-");
      const fits = finding?.kind === kind && finding.end - finding.start < (end - start) * 2 + 24;
      if (fits) hits++;
      else {
        misses++;
        if (finding !== undefined) falseAlarms++;
        faults.push(
          `missed ${kind} (${finding?.kind ?? "nothing"}) in ${JSON.stringify(one.text.slice(0, 160))}`,
        );
      }
    }
    for (const { start, end, kind } of found) {
      count(table, "-", kind);
      falseAlarms++;
      faults.push(
        `false ${kind} ${JSON.stringify(one.text.slice(start, end))} in ${
          JSON.stringify(one.text.slice(0, 160))
        }`,
      );
    }
  }
  return {
    cases: cases.length,
    hits,
    falseAlarms,
    misses,
    quiet,
    ...rates(hits, falseAlarms, misses),
    confusion: table,
    faults,
  };
}

/** Whole texts: attack or not. */
export function scoreTexts(
  cases: readonly JudgedCase[],
  find: (one: JudgedCase) => readonly Finding[],
): Score {
  const table: Table = new Map();
  const faults: string[] = [];
  let [hits, falseAlarms, misses, quiet] = [0, 0, 0, 0];
  for (const one of cases) {
    const found = find(one).length > 0;
    count(table, one.attack ? "attack" : "harmless", found ? "found" : "-");
    if (one.attack && found) hits++;
    else if (one.attack) misses++;
    else if (found) falseAlarms++;
    else quiet++;
    if (one.attack !== found) {
      faults.push(
        `${one.attack ? "missed" : "false"} ${one.language} ${one.role} ${JSON.stringify(one.text)}`,
      );
    }
  }
  return {
    cases: cases.length,
    hits,
    falseAlarms,
    misses,
    quiet,
    ...rates(hits, falseAlarms, misses),
    confusion: table,
    faults,
  };
}

function count(table: Table, expected: string, found: string): void {
  const row = table.get(expected) ?? new Map<string, number>();
  row.set(found, (row.get(found) ?? 0) + 1);
  table.set(expected, row);
}

function rates(hits: number, falseAlarms: number, misses: number): { precision: number; recall: number } {
  return {
    precision: hits + falseAlarms === 0 ? 1 : hits / (hits + falseAlarms),
    recall: hits + misses === 0 ? 1 : hits / (hits + misses),
  };
}
