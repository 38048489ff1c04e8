/** What every sink that can be asked again must hold: its answers are those of the calls it was given. */

import assert from "node:assert/strict";
import type { CallDimension, CallFilter, CallHistory, CallRow, TimeSpan } from "../contract/history.ts";
import type { CallRecord, Sink } from "../contract/sink.ts";
import { assertTotals, dimensions, randomCalls, seeded, selected, valuesOf } from "./history-reckoning.ts";
import { fakeRecord } from "./sink-suite.ts";
import { failureOf, type TestFunction, within } from "./suite.ts";

export interface HistorySuiteOptions {
  /** Where the sink's clock stands. Default: where a fresh `fakeClock` does. */
  readonly nowMs?: number;
  /** Called after some records were flushed, and again after the rest: for what a sink does to them in the background. */
  readonly settled?: (sink: Sink) => Promise<void>;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const callCount = 600;
const questions = 40;

/**
 * Registers the tests. `make` gives a fresh sink with a `history` each time.
 */
export function historySuite(
  test: TestFunction,
  make: () => Sink | Promise<Sink>,
  options: HistorySuiteOptions = {},
): void {
  const { nowMs = 1_767_225_600_000, settled } = options;

  function check(name: string, body: (history: CallHistory, sink: Sink) => Promise<void>) {
    test(`history: ${name}`, async () => {
      const sink = await make();
      const { history } = sink;
      assert.ok(history !== undefined, "the sink has no history");
      try {
        await body(history, sink);
      } finally {
        await within(sink.close?.(), "close");
      }
    });
  }

  /** Writes calls in two parts, so that a sink may have done something to the first of them. */
  async function filled(sink: Sink): Promise<CallRecord[]> {
    const records = randomCalls(callCount, nowMs, seeded(1));
    for (const part of [records.slice(0, callCount / 2), records.slice(callCount / 2)]) {
      for (const record of part) sink.write(record);
      await within(sink.flush?.(), "flush");
      await settled?.(sink);
    }
    sink.write(fakeRecord({ callId: "last", atMs: nowMs - 1, user: "user-1" }));
    await within(sink.flush?.(), "flush");
    return [...records, fakeRecord({ callId: "last", atMs: nowMs - 1, user: "user-1" })];
  }

  const everything = { fromMs: nowMs - 5 * dayMs, toMs: nowMs + minuteMs };

  check("totals are those of the calls within the span that pass the filter", async (history, sink) => {
    const records = await filled(sink);
    assertTotals(await history.totals(everything), records, "all");
    const random = seeded(2);
    for (let index = 0; index < questions; index++) {
      const [span, filter] = [randomSpan(random, nowMs), randomFilter(random, records)];
      const what = JSON.stringify({ span, filter });
      assertTotals(await history.totals(span, filter), selected(records, span, filter), what);
    }
    assertTotals(await history.totals(everything, { team: [] }), [], "none of no teams");
    assertTotals(await history.totals({ fromMs: nowMs, toMs: nowMs }), [], "an empty span");
    assertTotals(await history.totals({ fromMs: 0, toMs: 8.64e15 }), records, "all times");
  });

  check("a series has a figure for each step", async (history, sink) => {
    const records = await filled(sink);
    const random = seeded(3);
    for (
      const [stepMs, steps] of [[dayMs, 5], [hourMs, 120], [15 * minuteMs, 96], [minuteMs, 90], [7000, 50]]
    ) {
      assert.ok(stepMs !== undefined && steps !== undefined);
      const fromMs = Math.floor(nowMs / stepMs) * stepMs - (steps - 1) * stepMs;
      for (const filter of [{}, randomFilter(random, records)]) {
        const span = { fromMs, toMs: fromMs + steps * stepMs };
        const rows = await history.series(span, stepMs, filter);
        assert.equal(rows.length, steps);
        for (const [step, row] of rows.entries()) {
          const part: TimeSpan = { fromMs: fromMs + step * stepMs, toMs: fromMs + (step + 1) * stepMs };
          assert.equal(row.atMs, part.fromMs);
          assertTotals(row, selected(records, part, filter), JSON.stringify({ stepMs, step, filter }));
        }
      }
    }
  });

  check("a series that begins anywhere loses nothing", async (history, sink) => {
    const records = await filled(sink);
    for (const stepMs of [hourMs, 20 * minuteMs, 90_000]) {
      const span = { fromMs: nowMs - 30 * stepMs - 12_345, toMs: nowMs };
      const rows = await history.series(span, stepMs);
      assert.equal(rows.length, 31);
      const sum = rows.reduce((total, { requests }) => total + requests, 0);
      assert.equal(sum, selected(records, span, {}).length);
    }
  });

  check("breakdowns group by every dimension, dearest first", async (history, sink) => {
    const records = await filled(sink);
    const random = seeded(4);
    for (const by of dimensions) {
      for (const filter of [{}, randomFilter(random, records), randomFilter(random, records)]) {
        const span = randomSpan(random, nowMs);
        const rows = await history.breakdown(span, by, filter);
        const calls = selected(records, span, filter);
        const names = [...new Set(calls.flatMap((record) => valuesOf(record, by)))];
        const what = JSON.stringify({ by, span, filter });
        assert.deepEqual(rows.map(({ name }) => name).sort(), names.sort(), what);
        for (const row of rows) {
          const own = calls.filter((record) => valuesOf(record, by).includes(row.name));
          assertTotals(row, own, `${what} ${row.name}`);
        }
        const costs = rows.map(({ costNanoUsd }) => costNanoUsd);
        assert.deepEqual(costs, costs.toSorted((a, b) => b - a), what);
      }
    }
    const users = await history.breakdown(everything, "user");
    assert.deepEqual(await history.breakdown(everything, "user", {}, 3), users.slice(0, 3));
  });

  check("pages hold every call once, newest first", async (history, sink) => {
    const records = await filled(sink);
    const random = seeded(5);
    for (let index = 0; index < questions; index++) {
      const filter = index === 0 ? {} : randomFilter(random, records);
      const retried = index % 3 === 2;
      const span = index % 2 === 0 ? undefined : randomSpan(random, nowMs);
      const rows = await allPages(history, { filter, retried, limit: 37, ...(span && { span }) });
      const wanted = selected(records, span ?? everything, filter).filter(({ attempts }) =>
        !retried || attempts > 1
      );
      const what = JSON.stringify({ span, filter, retried });
      const ids = (calls: readonly { readonly callId: string }[]) => calls.map(({ callId }) => callId).sort();
      assert.deepEqual(ids(rows), ids(wanted), what);
      const times = rows.map(({ atMs }) => atMs);
      assert.deepEqual(times, times.toSorted((a, b) => b - a), what);
    }
  });

  check("a row and a call are what was written", async (history, sink) => {
    const records = await filled(sink);
    for (const record of records.slice(0, 30)) {
      const { receipt: _receipt, ...row } = record;
      const tags = record.tags && { tags: [...new Set(record.tags)] };
      const found = await history.call(record.callId);
      assert.deepEqual({ ...found, ...tags }, { ...record, ...tags });
      const span = { fromMs: record.atMs, toMs: record.atMs + 1 };
      const { calls } = await history.calls({ span });
      const same = calls.find(({ callId }) => callId === record.callId);
      assert.deepEqual({ ...same, ...tags }, { ...row, ...tags });
    }
    assert.equal(await history.call("nobody"), undefined);
  });

  check("content is kept where there is some", async (history, sink) => {
    const content = { input: [{ role: "user", text: "hi 🔑" }], output: "ho", cut: false };
    sink.write(fakeRecord({ callId: "talk", content }));
    await within(sink.flush?.(), "flush");
    assert.deepEqual((await history.call("talk"))?.content, content);
  });

  check(
    "followers hear of each record until they stop, whatever others of them do",
    async (history, sink) => {
      const heard: string[] = [];
      const stopBroken = history.follow(() => {
        throw new Error("no");
      });
      const stop = history.follow(({ callId }) => heard.push(callId));
      sink.write(fakeRecord({ callId: "one" }));
      sink.write(fakeRecord({ callId: "two" }));
      await within(sink.flush?.(), "flush");
      stop();
      stop();
      sink.write(fakeRecord({ callId: "three" }));
      stopBroken();
      assert.deepEqual(heard, ["one", "two"]);
    },
  );

  check("questions that cannot be answered are refused", async (history) => {
    const span = { fromMs: 0, toMs: 3000 };
    await failureOf(history.series(span, 1), "2,000 steps and more");
    await failureOf(history.series(span, 0), "steps of nothing");
    await failureOf(history.totals({ fromMs: NaN, toMs: 1 }), "no moment");
    await failureOf(history.calls({ next: "elsewhere" }), "a made-up next");
  });
}

async function allPages(
  history: CallHistory,
  query: Parameters<CallHistory["calls"]>[0],
): Promise<CallRow[]> {
  const rows: CallRow[] = [];
  let next: string | undefined;
  // Pages may come with fewer calls than asked for; this many never do.
  for (let pages = 0; pages < 1000; pages++) {
    const page = await history.calls({ ...query, ...(next === undefined ? {} : { next }) });
    assert.ok(page.calls.length <= (query.limit ?? 100));
    rows.push(...page.calls);
    next = page.next;
    if (next === undefined) return rows;
  }
  throw new assert.AssertionError({ message: "the pages have no end" });
}

/** Spans that begin and end on the minute, the hour, the day, and anywhere. */
function randomSpan(random: () => number, nowMs: number): TimeSpan {
  const grain = [1, minuteMs, hourMs, dayMs][Math.floor(random() * 4)] ?? 1;
  const [a, b] = [random(), random()].map((share) => nowMs - Math.floor(share * 4.5 * dayMs));
  const [fromMs, toMs] = [Math.min(a ?? 0, b ?? 0), Math.max(a ?? 0, b ?? 0)];
  return { fromMs: Math.floor(fromMs / grain) * grain, toMs: Math.ceil(toMs / grain) * grain };
}

/** One to three dimensions, each with values that some call has. */
function randomFilter(random: () => number, records: readonly CallRecord[]): CallFilter {
  const filter: Partial<Record<CallDimension, readonly string[]>> = {};
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const dimension = dimensions[Math.floor(random() * dimensions.length)] ?? "model";
    filter[dimension] = [random(), random()].slice(0, 1 + Math.floor(random() * 2)).flatMap((share) => {
      const record = records[Math.floor(share * records.length)];
      return record === undefined ? [] : valuesOf(record, dimension).slice(0, 1);
    });
  }
  return filter;
}
