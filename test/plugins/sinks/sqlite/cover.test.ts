/** Spans of time are covered wholly and once, by the longest sums that fit, from what is still there. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cover, type Source } from "../../../../plugins/sinks/sqlite/cover.ts";
import { seeded } from "../../../../src/testing/history-reckoning.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const all: readonly Source[] = [0, minute, hour, day].map((spanMs) => ({ spanMs, fromMs: 0 }));

/** `from-to/span`, in minutes. */
function shown(...given: Parameters<typeof cover>): string[] {
  const at = (ms: number) => Math.round(ms / minute * 100) / 100;
  return cover(...given).map(({ fromMs, toMs, spanMs }) => `${at(fromMs)}-${at(toMs)}/${at(spanMs)}`);
}

describe("cover", () => {
  test("takes days inside, hours and minutes beside them, and calls at the ends", () => {
    const span = { fromMs: day - 90.5 * minute, toMs: 2 * day + 61.25 * minute };
    assert.deepEqual(shown(span, all), [
      "1349.5-1350/0",
      "1350-1380/1",
      "1380-1440/60",
      "1440-2880/1440",
      "2880-2940/60",
      "2940-2941/1",
      "2941-2941.25/0",
    ]);
  });

  test("widens to what is left where calls and minutes are gone", () => {
    const sources = [{ spanMs: 0, fromMs: 3 * day }, { spanMs: hour, fromMs: day }, {
      spanMs: day,
      fromMs: 0,
    }];
    assert.deepEqual(shown({ fromMs: 30 * minute, toMs: 2 * day + 90 * minute }, sources), [
      "0-1440/1440",
      "1440-2880/1440",
      "2880-3000/60",
    ]);
  });

  test("takes only sums that fit into the steps of a series", () => {
    const span = { fromMs: 0, toMs: day };
    assert.deepEqual(shown(span, all, hour), ["0-1440/60"]);
    assert.deepEqual(shown(span, all, 15 * minute), ["0-1440/1"]);
    assert.deepEqual(shown(span, all, 10_000), ["0-1440/0"]);
    const odd = { fromMs: 12_345, toMs: day };
    assert.deepEqual(shown(odd, all, hour), ["0.21-1/0", "1-1440/1"]);
    assert.deepEqual(shown(odd, all.filter(({ spanMs }) => spanMs !== minute), hour), [
      "0.21-60/0",
      "60-1440/60",
    ]);
  });

  test("covers whatever span without gaps and overlaps", () => {
    const random = seeded(11);
    for (let round = 0; round < 500; round++) {
      const fromMs = Math.floor(random() * 9 * day);
      const span = { fromMs, toMs: fromMs + 1 + Math.floor(random() * 5 * day) };
      const sources = all.map(({ spanMs }) => ({
        spanMs,
        fromMs: spanMs === day ? 0 : Math.floor(random() * 9) * day,
      }));
      const stepMs = [undefined, day, hour, 90_000][Math.floor(random() * 4)];
      const segments = cover(span, sources, stepMs);
      const what = JSON.stringify({ span, sources, stepMs, segments });
      assert.ok((segments[0]?.fromMs ?? Infinity) <= span.fromMs, what);
      assert.ok((segments.at(-1)?.toMs ?? 0) >= span.toMs, what);
      for (const [index, { fromMs, toMs, spanMs }] of segments.entries()) {
        assert.equal(fromMs, segments[index - 1]?.toMs ?? fromMs, what);
        assert.ok(fromMs < toMs, what);
        if (spanMs > 0) assert.deepEqual([fromMs % spanMs, toMs % spanMs], [0, 0], what);
        assert.ok(fromMs >= (sources.find((source) => source.spanMs === spanMs)?.fromMs ?? 0), what);
      }
    }
  });
});
