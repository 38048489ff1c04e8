/** The words of progress: bars and lines at every stage and width. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { barLine } from "../../../src/cli/progress/bar-line.ts";
import type { Figures } from "../../../src/cli/progress/figures.ts";
import { plainLine } from "../../../src/cli/progress/plain-line.ts";
import { cut, harmless, widthOf } from "../../../src/cli/progress/width.ts";
import { count, dollars, duration, rate } from "../../../src/cli/progress/words.ts";

const running: Figures = {
  label: "Running",
  unit: "rows",
  done: 340,
  total: 1000,
  fraction: 0.34,
  failed: 0,
  cacheHits: 12,
  costUsd: 0.01234,
  elapsedMs: 72_000,
  perSecond: 85.2,
  etaMs: 155_000,
};

const counting: Figures = {
  label: "Counting tokens",
  unit: "rows",
  done: 340,
  total: 1000,
  fraction: 0.34,
  failed: 0,
  inputTokens: 12_311,
  estimatedTotal: 36_210,
  elapsedMs: 72_000,
  perSecond: 4.7,
  etaMs: 155_000,
};

const bars: readonly (readonly [figures: Figures, columns: number, ended: boolean, line: string])[] = [
  [
    running,
    200,
    false,
    "Running ████░░░░░░░░  340/1000  cache=12  errors=0  $0.0123  85.2 rows/s  0:01:12  eta 0:02:35",
  ],
  [
    counting,
    200,
    false,
    "Counting tokens ████░░░░░░░░  340/1000  est_total≈36,210  errors=0  0:01:12  eta 0:02:35",
  ],
  [running, 200, true, "Running ████░░░░░░░░  340/1000  cache=12  errors=0  $0.0123  85.2 rows/s  0:01:12"],
  [running, 80, false, "Running ████░░░░░░░░  340/1000  cache=12  errors=0  $0.0123  eta 0:02:35"],
  [running, 60, false, "Running 340/1000  cache=12  errors=0  $0.0123  eta 0:02:35"],
  [running, 45, false, "340/1000  errors=0  $0.0123  eta 0:02:35"],
  [running, 20, false, "340/1000  errors=0"],
  [running, 5, false, "340/1"],
  [counting, 60, false, "340/1000  est_total≈36,210  errors=0  eta 0:02:35"],
];

/** A file whose end is not yet known. */
const { total: _total, ...unknown } = running;

describe("barLine", () => {
  for (const [figures, columns, ended, line] of bars) {
    it(`shows ${figures.label} in ${columns} columns${ended ? " at the end" : ""}`, () => {
      assert.equal(barLine(figures, columns, ended), line);
    });
  }

  it("never is wider than it may be", () => {
    for (let columns = 0; columns < 130; columns++) {
      for (const figures of [running, counting, { ...running, label: "読み込み中" }, unknown]) {
        const line = barLine(figures, columns, false);
        assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
      }
    }
  });

  it("shows the share of the file as long as nobody knows how many rows there are", () => {
    assert.match(barLine({ ...unknown, fraction: 0.347 }, 200, false), /^Running ████░{8} {2}340 \(34%\) /);
    const { fraction: _, ...rest } = unknown;
    assert.match(barLine({ ...rest, fraction: undefined }, 200, false), /^Running 340 {2}cache=12/);
  });

  it("is full at the end and not before, and knows no time left before the first row", () => {
    assert.match(barLine({ ...running, done: 999, fraction: 0.999 }, 200, false), / █{11}░ /);
    assert.match(barLine({ ...running, done: 1000, fraction: 1 }, 200, true), / █{12} /);
    const start: Figures = { ...running, done: 0, fraction: 0, perSecond: undefined, etaMs: undefined };
    assert.match(barLine(start, 200, false), /^Running ░{12} {2}0\/1000 .* {2}0:01:12 {2}eta -:--:--$/);
  });
});

describe("plainLine", () => {
  const lines: readonly (readonly [figures: Figures, ended: boolean, line: string])[] = [
    [running, false, "340/1000 rows, 12 from cache, 0 errors, $0.0123, 85.2 rows/s, eta 0:02:35"],
    [running, true, "340/1000 rows, 12 from cache, 0 errors, $0.0123, 85.2 rows/s, in 0:01:12"],
    [
      { ...counting, failed: 1 },
      false,
      "340/1000 rows, est_total≈36,210, 1 error, 4.7 rows/s, eta 0:02:35",
    ],
    [
      { ...unknown, etaMs: undefined },
      false,
      "340 rows (34%), 12 from cache, 0 errors, $0.0123, 85.2 rows/s",
    ],
  ];
  for (const [figures, ended, line] of lines) {
    it(line, () => assert.equal(plainLine(figures, ended), line));
  }
});

describe("words", () => {
  const words: readonly (readonly [said: string, expected: string])[] = [
    [duration(0), "0:00:00"],
    [duration(59_600), "0:01:00"],
    [duration(3_599_000), "0:59:59"],
    [duration(36_000_000), "10:00:00"],
    [duration(400_000_000), "111:06:40"],
    [dollars(0), "$0.0000"],
    [dollars(12.5), "$12.5000"],
    [rate(0.04), "0.0"],
    [rate(999.94), "999.9"],
    [rate(12_345.6), "12,346"],
    [count(999), "999"],
    [count(1_234_567.4), "1,234,567"],
  ];
  for (const [said, expected] of words) it(expected, () => assert.equal(said, expected));

  it("count letters as a terminal does", () => {
    assert.equal(widthOf("abc"), 3);
    assert.equal(widthOf("日本語"), 6);
    assert.equal(widthOf("e\u0301"), 1);
    assert.equal(cut("日本語", 5), "日本");
    assert.equal(cut("abc", 3), "abc");
    assert.equal(cut("abc", 0), "");
  });

  it("let nothing reach for the terminal", () => {
    assert.equal(
      harmless("a\u001b[2Jb\rc\r\nd\te\u009b1m\u0007\u007f"),
      "a?[2Jb\nc\nd\te?1m??",
    );
  });
});
