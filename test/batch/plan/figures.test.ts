/** Figures as people read them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bytes, count, dollars, span } from "../../../src/batch/plan/figures.ts";

const cases: readonly (readonly [shown: string, expected: string])[] = [
  [count(1_234_567.4), "1,234,567"],
  [dollars(null), "unknown"],
  [dollars(0), "$0"],
  [dollars(0.00004), "under $0.0001"],
  [dollars(0.01234), "$0.0123"],
  [dollars(1_204.5), "$1,204.50"],
  [span(0), "no time"],
  [span(999), "under 1 s"],
  [span(1_000), "1 s"],
  [span(90_000), "1 min 30 s"],
  [span(3_599_900), "1 h"],
  [span(59_990), "1 min"],
  [span(7_500_000), "2 h 5 min"],
  [span(86_400_000), "1 d"],
  [bytes(999), "999 B"],
  [bytes(1_250), "1.3 kB"],
  [bytes(200_000_000), "200.0 MB"],
  [bytes(5_000_000_000), "5.0 GB"],
];

describe("figures of a forecast", () => {
  for (const [shown, expected] of cases) it(expected, () => assert.equal(shown, expected));
});
