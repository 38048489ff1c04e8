/** What people read of a dry run, and what scripts do. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snakeCased } from "../../../src/batch/plan/forecast-json.ts";
import { forecastTable } from "../../../src/batch/plan/forecast-table.ts";
import { sampleForecast } from "./sample-forecast.ts";

describe("the table of a dry run", () => {
  it("says rows, tokens, cost, time and batches", () => {
    assert.equal(
      forecastTable(sampleForecast()),
      `Nothing was sent, nothing was spent. What a run would do:
  File     /data/data.csv
  Model    openai/gpt-4o-mini
  Rows     1,000 to ask, of 1,000 in data.csv
  Tokens   36,210 in (counted with o200k_base)
           at most 100,000 out (100 a row, the most that the params allow)
  Longest  row 17 (id 17, line 18) with 512 tokens; 128,000 fit into a call
  Cost     live $1.25, batch $0.6250
  Time     live about 4 min 10 s (8 workers, 2.0 s a row, assumed; the limits of the account may make it longer)
           batch up to 1 d, as vendors promise
  Batches  1 (250.0 kB; the vendor takes at most 50,000 rows and 200.0 MB at once)
  Output   /data/out.csv`,
    );
  });

  it("names the rows that are not asked, or too long", () => {
    const long = { row: 3, id: "c", line: 4, tokens: 200_000 };
    const table = forecastTable(sampleForecast({
      problems: ["row 4 (id d, line 5): the prompt is empty"],
      rows: {
        total: 1_000,
        selected: 900,
        unusable: 2,
        duplicates: 30,
        duplicatesAtLeast: true,
        answered: 5,
        cached: 6,
        toAsk: 857,
      },
      tokens: { exact: false, outputFrom: "guess" },
      context: { longest: long, tooLong: 3, tooLongRows: [long] },
      output: { exists: true },
    }));
    assert.equal(
      table.split("\n").slice(3, -5).join("\n"),
      `  Rows     857 to ask, of 1,000 in data.csv
           900 selected by --limit or --sample
           5 answered by an earlier run
           6 in the cache on disk
           at least 30 ask what an earlier row asks; --dedupe pays equal rows once
           2 without a prompt, which are not asked:
             row 4 (id d, line 5): the prompt is empty
             and 1 more
  Tokens   about 36,210 in (estimated with o200k_base)
           about 100,000 out (100 a row, a guess: a limit in --params, such as {"max_tokens": 200}, bounds it)
  Longest  row 3 (id c, line 4) with about 200,000 tokens; 128,000 fit into a call
           3 too long, which the vendor will refuse:
             row 3 (id c, line 4) with about 200,000 tokens
             and 2 more`,
    );
    assert.match(table, /\/data\/out\.csv \(is there already: --force replaces it\)$/);
  });

  const costs: readonly (readonly [Parameters<typeof sampleForecast>[0], string])[] = [
    [
      { cost: { liveUsd: null, batchUsd: null, batchIsCheaper: false } },
      "unknown: the catalog has no price of openai/gpt-4o-mini",
    ],
    [
      { cost: { batchUsd: 1.25, batchIsCheaper: false } },
      "live $1.25, batch $1.25: the catalog knows no lower price of batches here",
    ],
    [{ cost: { batchUsd: null } }, "live $1.25, batch unknown: the catalog has no price of it"],
    [{ batch: null, time: { batchMs: null }, cost: { batchUsd: null } }, "live $1.25"],
    [{ cost: { liveUsd: 0, batchUsd: 0, batchIsCheaper: false } }, "live $0, batch $0"],
  ];
  for (const [changes, line] of costs) {
    it(`says of the cost: ${line}`, () => {
      assert.ok(forecastTable(sampleForecast(changes)).includes(`\n  Cost     ${line}\n`));
    });
  }

  it("does not name a limit that nobody reaches", () => {
    const batch = { parts: 1, bytes: 544, maxRows: Number.MAX_SAFE_INTEGER, maxBytes: 20_000_000 };
    assert.match(
      forecastTable(sampleForecast({ batch })),
      /\n {2}Batches {2}1 \(544 B; the vendor takes at most 20\.0 MB at once\)\n/,
    );
  });

  it("says where there are no batches", () => {
    const table = forecastTable(sampleForecast({ batch: null, time: { batchMs: null } }));
    assert.match(table, /\n {2}Batches {2}openai takes no batches of this; --sync asks live\n/);
    assert.doesNotMatch(table, /batch up to/);
  });

  it("is JSON in snake case for scripts", () => {
    const { cost, context, rows } = snakeCased(sampleForecast());
    assert.deepEqual(cost, { live_usd: 1.25, batch_usd: 0.625, batch_is_cheaper: true });
    assert.deepEqual(context, {
      tokens: 128_000,
      longest: { row: 17, id: "17", line: 18, tokens: 512 },
      too_long: 0,
      too_long_rows: [],
    });
    assert.equal((rows as { to_ask: number }).to_ask, 1_000);
  });
});
