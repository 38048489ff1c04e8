/** Which combinations of dimensions are summed up beforehand, by which spans of time, and for how long. */

import { type CallDimension, singleDimensions } from "../../../src/plugin.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export interface Cube {
  readonly name: string;
  readonly dimensions: readonly CallDimension[];
  /** Spans that it is summed up by, longest first, each with the days that its sums are kept. */
  readonly spans: readonly (readonly [spanMs: number, keptDays: number])[];
  /** Most rows in one span; beyond, names that anybody may choose become `other`. */
  readonly maxRows: number;
}

/** In the order of the columns of `call_summaries`. */
export const cubeColumns: readonly CallDimension[] = [
  "key",
  "team",
  "user",
  "tag",
  "model",
  "provider",
  "account",
  "error",
  "status",
  "cache",
  "modality",
];

/** Names that callers or configurations choose, so that there may be any number of them. */
export const openDimensions: ReadonlySet<CallDimension> = new Set<CallDimension>([
  "key",
  "team",
  "user",
  "tag",
  "model",
  "provider",
  "account",
]);

/** How a call ended. */
const outcome: readonly CallDimension[] = ["error", "status", "cache", "modality"];
/** Where it went, and how it ended. */
const target: readonly CallDimension[] = ["model", "provider", ...outcome];

/** Smallest first: a question is answered from the first that knows all of its dimensions. */
export function cubesOf(summaryDays: number, maxNames: number): readonly Cube[] {
  return [
    cube("all", [], [hourMs, summaryDays], [minuteMs, 8]),
    // Users are many: their minutes are as many rows as there are calls.
    ...([...singleDimensions, "tag"] as const).map((dimension) =>
      cube(dimension, [dimension], [hourMs, 62], ...(dimension === "user" ? [] : [[minuteMs, 3] as const]))
    ),
    cube("outcome", outcome, [hourMs, 62], [minuteMs, 3]),
    cube("provider-outcome", ["provider", ...outcome], [hourMs, 62], [minuteMs, 3]),
    cube("team-outcome", ["team", ...outcome], [hourMs, 62]),
    cube("user-outcome", ["user", "error", "status"]),
    cube("key-model", ["key", "team", "model"], [hourMs, 31]),
    cube("target", target, [hourMs, 31], [minuteMs, 3]),
    cube("team-target", ["team", ...target], [hourMs, 8]),
    cube("key-target", ["key", "team", ...target]),
  ];

  function cube(
    name: string,
    dimensions: readonly CallDimension[],
    ...shorter: readonly (readonly [number, number])[]
  ): Cube {
    const spans = [[dayMs, summaryDays] as const, ...shorter].map(([spanMs, days]) =>
      [spanMs, Math.min(days, summaryDays)] as const
    );
    // Users are many, and whose calls went where is many rows, even when nobody makes up names.
    const many = name.startsWith("user") ? 10 : name.startsWith("key-") || name.endsWith("target") ? 32 : 1;
    return { name, dimensions, spans, maxRows: many * maxNames };
  }
}

/** The smallest cube that can answer; `undefined`: only the calls themselves can. */
export function cubeFor(cubes: readonly Cube[], asked: ReadonlySet<CallDimension>): Cube | undefined {
  return cubes.find(({ dimensions }) => [...asked].every((dimension) => dimensions.includes(dimension)));
}
