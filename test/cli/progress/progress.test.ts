/** Progress on a clock: how often it is drawn, what it writes around notes, and that the terminal is given back. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProgressStage } from "../../../src/batch/progress.ts";
import { meterOf } from "../../../src/cli/progress/figures.ts";
import { openProgress, type ProgressOptions } from "../../../src/cli/progress/open-progress.ts";
import { fakeClock } from "../../../src/testing.ts";

function stage(change: Partial<ProgressOptions> = {}) {
  const clock = fakeClock();
  const written: string[] = [];
  const guarded: string[] = [];
  const screen = { columns: 80 };
  const progress = openProgress({
    json: false,
    isTerminal: true,
    stream: { write: (text) => void written.push(text) },
    columns: () => screen.columns,
    clock,
    guard: (restore) => {
      guarded.push("on");
      return () => {
        guarded.push("off");
        restore();
      };
    },
    ...change,
  });
  return { clock, written, guarded, screen, progress };
}

const hide = "\u001b[?25l";
const show = "\u001b[?25h";

describe("progress on a terminal", () => {
  it("draws ten times a second at most, however often it is told", async () => {
    const { clock, written, progress } = stage();
    progress.begin({ label: "Running", total: 100_000 });
    for (let second = 0; second < 2; second++) {
      for (let row = 1; row <= 1000; row++) {
        progress.row({ done: second * 1000 + row });
        await clock.advance(1);
      }
    }
    assert.equal(written[0], hide);
    assert.ok(written.length > 15 && written.length <= 22, `${written.length} pictures in 2 s`);
    assert.match(written.at(-1) ?? "", /2000\/100000/);
    progress.end();
    assert.equal(clock.pending, 0);
  });

  it("writes nothing while nothing changes", async () => {
    const { clock, written, progress } = stage();
    progress.begin({ label: "Running", total: 10 });
    await clock.advance(400);
    assert.equal(written.length, 2);
    progress.end();
  });

  it("prints notes above the bar, and leaves the last figures and the cursor", async () => {
    const { clock, written, guarded, progress } = stage();
    progress.note("before");
    progress.begin({ label: "Running", total: 4 });
    progress.row({ done: 2, failed: 1, cacheHits: 1, costUsd: 0.5 });
    await clock.advance(100);
    progress.note("row 3: the prompt is \u001b[31mempty");
    progress.row({ done: 4 });
    progress.end();
    progress.end();
    progress.note("after");
    const bar = (text: string) => `\r${text}\u001b[J\r`;
    assert.deepEqual(written, [
      "before\n",
      hide,
      bar("Running ░░░░░░░░░░░░  0/4  0:00:00  eta -:--:--"),
      bar("Running ██████░░░░░░  2/4  cache=1  errors=1  $0.5000  0:00:00  eta 0:00:00"),
      "\r\u001b[J",
      "row 3: the prompt is ?[31mempty\n",
      bar("Running ██████░░░░░░  2/4  cache=1  errors=1  $0.5000  0:00:00  eta 0:00:00"),
      "\rRunning ████████████  4/4  cache=1  errors=1  $0.5000  40.0 rows/s  0:00:00\u001b[J\n" + show,
      "\r\u001b[J" + show,
      "after\n",
    ]);
    assert.deepEqual(guarded, ["on", "off"]);
  });

  it("prints notes elsewhere, where they are what the command was called for", () => {
    const results: string[] = [];
    for (const isTerminal of [true, false]) {
      const { written, progress } = stage({
        isTerminal,
        notes: { write: (text) => void results.push(text) },
      });
      progress.begin({ label: "Downloading", total: 4 });
      progress.note("complete");
      assert.ok(!written.join("").includes("complete"));
      progress.end();
    }
    assert.deepEqual(results, ["complete\n", "complete\n"]);
  });

  it("fits a terminal that becomes narrow", async () => {
    const { clock, written, screen, progress } = stage();
    progress.begin({ label: "Running", total: 4 });
    screen.columns = 20;
    await clock.advance(100);
    assert.equal(written.at(-1), "\r0/4  eta -:--:--\u001b[J\r");
    progress.end();
  });

  it("leaves nothing behind of a stage that is only passed", async () => {
    const { clock, written, progress } = stage();
    progress.begin({ label: "Reading", passing: true });
    progress.row({ done: 7, readBytes: 50, totalBytes: 100 });
    await clock.advance(1000);
    assert.match(
      written.at(-1) ?? "",
      /Reading █{6}░{6} {2}7 \(50%\) {2}7\.0 rows\/s {2}0:00:01 {2}eta 0:00:01/,
    );
    progress.end();
    assert.equal(written.at(-2), `\r\u001b[J${show}`);
    const log = stage({ isTerminal: false });
    log.progress.begin({ label: "Reading", passing: true });
    log.progress.end();
    assert.deepEqual(log.written, []);
  });

  it("ends a stage that another one follows", () => {
    const { clock, written, progress } = stage();
    progress.begin({ label: "Reading" });
    progress.row({ done: 7 });
    progress.begin({ label: "Running", total: 7 });
    progress.end();
    assert.equal(written.filter((text) => text === hide).length, 2);
    assert.match(written.join(""), /Reading 7 .*\n.*Running ░+ {2}0\/7/s);
    assert.equal(clock.pending, 0);
  });
});

describe("progress without a terminal", () => {
  it("is a line every ten seconds while something moves, and one at the end", async () => {
    const { clock, written, guarded, progress } = stage({ isTerminal: false });
    progress.begin({ label: "Running", total: 1000, done: 100 });
    progress.note("goes on after 100 rows");
    await clock.advance(9_999);
    progress.row({ done: 200, failed: 0, cacheHits: 3, costUsd: 0.25 });
    assert.equal(written.length, 1);
    await clock.advance(1);
    await clock.advance(30_000);
    progress.row({ done: 1000, failed: 1 });
    await clock.advance(10_000);
    progress.end();
    assert.deepEqual(written, [
      "goes on after 100 rows\n",
      "200/1000 rows, 3 from cache, 0 errors, $0.2500, 10.0 rows/s, eta 0:01:20\n",
      "1000/1000 rows, 3 from cache, 1 error, $0.2500, 26.7 rows/s, eta 0:00:00\n",
      "1000/1000 rows, 3 from cache, 1 error, $0.2500, 18.0 rows/s, in 0:00:50\n",
    ]);
    assert.deepEqual(guarded, []);
  });
});

describe("progress for scripts", () => {
  it("is one JSON object a line, once a second", async () => {
    const { clock, written, progress } = stage({ json: true });
    progress.begin({ label: "Running", total: 10 });
    for (let row = 1; row <= 10; row++) {
      progress.row({ done: row, ok: row, failed: 0, cacheHits: 1, costUsd: row / 8 });
      await clock.advance(200);
    }
    progress.note("written", { output: "data.csv" });
    progress.end();
    const events = written.map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.deepEqual(events.map(({ event }) => event), ["begin", "progress", "progress", "note", "end"]);
    assert.deepEqual(events[0], {
      event: "begin",
      label: "Running",
      unit: "rows",
      done: 0,
      total: 10,
      fraction: 0,
      elapsed_ms: 0,
    });
    assert.deepEqual(events[1], {
      event: "progress",
      label: "Running",
      unit: "rows",
      done: 5,
      total: 10,
      fraction: 0.5,
      ok: 5,
      failed: 0,
      cache_hits: 1,
      cost_usd: 0.625,
      per_second: 5,
      elapsed_ms: 1000,
      eta_ms: 1000,
    });
    assert.deepEqual(events[3], { event: "note", text: "written", data: { output: "data.csv" } });
    assert.ok(written.every((text) => text.endsWith("}\n")));
  });
});

describe("meterOf", () => {
  async function after(
    begun: ProgressStage,
    steps: readonly (readonly [
      ms: number,
      update: { done: number; total?: number; readBytes?: number; totalBytes?: number },
    ])[],
  ) {
    const clock = fakeClock();
    const meter = meterOf(begun, clock.monotonic);
    for (const [ms, update] of steps) {
      for (let waited = 0; waited < ms; waited += 1000) {
        await clock.advance(Math.min(1000, ms - waited));
        meter.read();
      }
      meter.update(update);
    }
    return meter.read();
  }

  it("takes the rate of the last half minute", async () => {
    const { perSecond, etaMs } = await after({ label: "Running", total: 10_000 }, [
      [10_000, { done: 5000 }],
      [60_000, { done: 5300 }],
    ]);
    assert.equal(perSecond, 10);
    assert.equal(Math.round(etaMs ?? 0), 470_000);
  });

  it("counts what an earlier run did as done, and not for the rate", async () => {
    const { perSecond, fraction } = await after({ label: "Running", total: 1000, done: 900 }, [
      [10_000, { done: 950 }],
    ]);
    assert.deepEqual([perSecond, fraction], [5, 0.95]);
  });

  it("goes by bytes until the rows are counted", async () => {
    const byBytes = await after({ label: "Running" }, [
      [10_000, { done: 40, readBytes: 250, totalBytes: 1000 }],
    ]);
    assert.deepEqual([byBytes.fraction, byBytes.etaMs, byBytes.perSecond], [0.25, 30_000, 4]);
    const counted = await after({ label: "Running" }, [
      [10_000, { done: 40, readBytes: 1000, totalBytes: 1000 }],
      [5_000, { done: 60, total: 160 }],
      [0, { done: 60 }],
    ]);
    assert.deepEqual([counted.fraction, counted.etaMs], [0.375, undefined]);
  });

  it("says nothing of the time before anything is done, and no NaN of an empty file", async () => {
    const { perSecond, etaMs } = await after({ label: "Running", total: 10 }, [[5_000, { done: 0 }]]);
    assert.deepEqual([perSecond, etaMs], [undefined, undefined]);
    const empty = await after({ label: "Running", total: 0 }, [[5_000, { done: 0 }]]);
    assert.deepEqual([empty.fraction, empty.etaMs], [1, 0]);
  });
});
