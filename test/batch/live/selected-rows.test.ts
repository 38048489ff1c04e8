/** `--limit` and `--sample`: which rows are asked. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { selectedRows } from "../../../src/batch/live/selected-rows.ts";

const cases: readonly [
  what: string,
  job: { readonly limit?: number; readonly sample?: number },
  count: number | undefined,
  rows: readonly number[],
  total: number | undefined,
][] = [
  ["all", {}, 4, [0, 1, 2, 3], 4],
  ["all, uncounted", {}, undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], undefined],
  ["the first ones", { limit: 3 }, 10, [0, 1, 2], 3],
  ["a limit beyond the end", { limit: 30 }, 3, [0, 1, 2], 3],
  ["a limit, uncounted", { limit: 2 }, undefined, [0, 1], undefined],
  ["a sample, evenly spread", { sample: 3 }, 9, [2, 5, 8], 3],
  ["a sample that does not divide", { sample: 4 }, 10, [2, 4, 7, 9], 4],
  ["a sample as large as all", { sample: 5 }, 5, [0, 1, 2, 3, 4], 5],
  ["a sample larger than all", { sample: 50 }, 3, [0, 1, 2], 3],
  ["a sample of the first ones", { limit: 4, sample: 2 }, 10, [1, 3], 2],
  ["a sample of nothing", { sample: 3 }, 0, [], 0],
];

describe("selectedRows", () => {
  for (const [what, job, count, rows, total] of cases) {
    it(what, () => {
      const selected = selectedRows(job, count);
      const seen = Array.from({ length: count ?? 10 }, (_, index) => index).filter(selected.isSelected);
      assert.deepEqual([seen, selected.total], [rows, total]);
    });
  }

  it("takes exactly as many as were asked for, of any number of rows", () => {
    for (let count = 1; count < 200; count += 7) {
      for (let sample = 1; sample <= count; sample += 3) {
        const { isSelected } = selectedRows({ sample }, count);
        let taken = 0;
        for (let index = 0; index < count; index++) if (isSelected(index)) taken++;
        assert.equal(taken, sample, `${sample} of ${count}`);
      }
    }
  });
});
