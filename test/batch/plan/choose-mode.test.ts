/** Live or batch for a deadline: the cheapest way that meets it, with the numbers that say why. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseMode } from "../../../src/batch/plan/choose-mode.ts";
import { sampleForecast } from "./sample-forecast.ts";

const hour = 3_600_000;

interface Case {
  readonly name: string;
  readonly changes?: Parameters<typeof sampleForecast>[0];
  readonly leftMs: number;
  readonly workers?: number;
  readonly mode: "live" | "batch";
  /** Of live calls, chosen or not. */
  readonly atOnce?: number;
  readonly meets: boolean;
  readonly why: string;
}

const cases: readonly Case[] = [
  {
    name: "a batch where there is a day, since it is cheaper",
    leftMs: 36 * hour,
    mode: "batch",
    meets: true,
    why:
      "A batch takes up to 1 d of the 1 d 12 h that are left, and costs $0.6250. Live it would cost $1.25.",
  },
  {
    name: "live calls where a batch could be late",
    leftMs: 2 * hour,
    mode: "live",
    atOnce: 8,
    meets: true,
    why: "Live calls by 8 workers take about 4 min 10 s of the 2 h that are left, and cost $1.25. " +
      "A batch may take 1 d, more than the 2 h that are left.",
  },
  {
    // 1,000 rows of 2 s: each worker asks 24 in four fifths of 60 s, so 42 are needed.
    name: "as many workers as the deadline needs, with a fifth in reserve",
    leftMs: 60_000,
    mode: "live",
    atOnce: 42,
    meets: true,
    why: "Live calls by 42 workers take about 48 s of the 1 min that are left, and cost $1.25. " +
      "A batch may take 1 d, more than the 1 min that are left.",
  },
  {
    name: "the sooner way where none is in time",
    leftMs: 4_000,
    mode: "live",
    atOnce: 256,
    meets: false,
    why: "Live calls take about 8 s even with 256 workers, more than the 4 s that are left. " +
      "Nothing is sooner. A batch may take 1 d, more than the 4 s that are left.",
  },
  {
    name: "the batch, where none is in time and live calls would take longer still",
    changes: { time: { rowMs: 1_000_000 } },
    leftMs: 20 * hour,
    workers: 1,
    mode: "batch",
    atOnce: 1,
    meets: false,
    why: "A batch may take 1 d, more than the 20 h that are left. Nothing is sooner. " +
      "Live calls take about 11 d 14 h even with 1 worker, more than the 20 h that are left.",
  },
  {
    name: "no more workers than were given",
    leftMs: 60_000,
    workers: 8,
    mode: "live",
    atOnce: 8,
    meets: false,
    why: "Live calls take about 4 min 10 s even with 8 workers, more than the 1 min that are left. " +
      "Nothing is sooner. A batch may take 1 d, more than the 1 min that are left.",
  },
  {
    name: "live calls where a batch is no cheaper",
    changes: { cost: { batchUsd: 1.25, batchIsCheaper: false } },
    leftMs: 36 * hour,
    mode: "live",
    atOnce: 8,
    meets: true,
    why: "Live calls by 8 workers take about 4 min 10 s of the 1 d 12 h that are left, and cost $1.25. " +
      "A batch would be in time as well, but the catalog knows no lower price of it than $1.25.",
  },
  {
    name: "live calls where no price is known",
    changes: { cost: { liveUsd: null, batchUsd: null, batchIsCheaper: false } },
    leftMs: 36 * hour,
    mode: "live",
    atOnce: 8,
    meets: true,
    why:
      "Live calls by 8 workers take about 4 min 10 s of the 1 d 12 h that are left, and cost an unknown price. " +
      "A batch would be in time as well, but no price is known by which it would be cheaper.",
  },
  {
    name: "live calls of a vendor without batches",
    changes: { batch: null, cost: { batchUsd: null, batchIsCheaper: false }, time: { batchMs: null } },
    leftMs: 36 * hour,
    mode: "live",
    atOnce: 8,
    meets: true,
    why: "The vendor takes no batches of this. " +
      "Live calls by 8 workers take about 4 min 10 s of the 1 d 12 h that are left, and cost $1.25.",
  },
  {
    name: "anything where there is nothing to ask",
    changes: { rows: { toAsk: 0 }, cost: { liveUsd: 0, batchUsd: 0, batchIsCheaper: false } },
    leftMs: 36 * hour,
    mode: "live",
    atOnce: 8,
    meets: true,
    why: "There is no row to ask.",
  },
];

describe("a plan for a deadline", () => {
  for (const { name, changes, leftMs, workers, mode, atOnce, meets, why } of cases) {
    it(`chooses ${name}`, () => {
      const choice = chooseMode(sampleForecast(changes), leftMs, workers);
      assert.equal(choice.why, why);
      const { chosen, other } = choice;
      assert.deepEqual([chosen.mode, chosen.meetsDeadline], [mode, meets]);
      const live = chosen.mode === "live" ? chosen : other;
      if (atOnce !== undefined) assert.equal(live?.workers, atOnce);
    });
  }
});
