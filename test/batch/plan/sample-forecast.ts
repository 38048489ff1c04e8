/** A forecast to change: 1,000 rows of some vendor that takes batches at half the price. */

import type { Forecast } from "../../../src/batch/plan/forecast.ts";

type Sections = "output" | "rows" | "tokens" | "cost" | "time" | "context";
type Changes =
  & Partial<Pick<Forecast, "problems" | "batch">>
  & { readonly [K in Sections]?: Partial<Forecast[K]> };

export function sampleForecast(changes: Changes = {}): Forecast {
  const row = { row: 17, id: "17", line: 18, tokens: 512 };
  return {
    file: "/data/data.csv",
    provider: "openai",
    model: "gpt-4o-mini",
    problems: [],
    ...changes,
    output: { path: "/data/out.csv", exists: false, ...changes.output },
    rows: {
      total: 1_000,
      selected: 1_000,
      unusable: 0,
      duplicates: 0,
      duplicatesAtLeast: false,
      answered: null,
      cached: null,
      toAsk: 1_000,
      ...changes.rows,
    },
    tokens: {
      input: 36_210,
      exact: true,
      encoding: "o200k_base",
      outputPerRow: 100,
      outputFrom: "params",
      output: 100_000,
      ...changes.tokens,
    },
    cost: { liveUsd: 1.25, batchUsd: 0.625, batchIsCheaper: true, ...changes.cost },
    time: {
      workers: 8,
      rowMs: 2_000,
      rowMsFrom: "assumed",
      liveMs: 250_000,
      batchMs: 86_400_000,
      ...changes.time,
    },
    context: { tokens: 128_000, longest: row, tooLong: 0, tooLongRows: [], ...changes.context },
    batch: changes.batch === undefined
      ? { parts: 1, bytes: 250_000, maxRows: 50_000, maxBytes: 200_000_000 }
      : changes.batch,
  };
}
