/** What every sink must hold, and records to try sinks with. */

import assert from "node:assert/strict";
import type { CallRecord, Sink } from "../contract/sink.ts";
import { deepFreeze, type TestFunction, within } from "./suite.ts";

export interface SinkSuiteOptions {
  /** How many records have arrived where the sink sends them; asked after a flush. Absent: arrival is not checked. */
  readonly arrived?: (sink: Sink) => number | Promise<number>;
}

/** Far more than a sink can have sent on when the next one comes. */
const burst = 5000;

/** Records of every shape: full, sparse, failed, cancelled, and with texts that break naive formats. */
const shapes: readonly Partial<CallRecord>[] = [
  {},
  { status: "failed", errorCode: "rate-limited", costUsd: null, savedUsd: null, attempts: 3 },
  { status: "cancelled", errorCode: "aborted" },
  { cache: "hit", deduplicated: true, attempts: 0 },
  { tenant: "t", user: "line\nbreak\u001b[31m", team: "quote\"'\\", tags: ["a,b", "ключ 🔑", "\u0000"] },
  { model: "m".repeat(100_000) },
];

/**
 * Registers the tests. `make` gives a fresh sink each time.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { sinkSuite } from "loom-router/testing";
 * let count = 0;
 * sinkSuite(test, () => {
 *   count = 0;
 *   return { write: () => void count++ };
 * }, { arrived: () => count });
 * ```
 */
export function sinkSuite(
  test: TestFunction,
  make: () => Sink | Promise<Sink>,
  options: SinkSuiteOptions = {},
): void {
  const { arrived } = options;

  function check(name: string, body: (sink: Sink) => Promise<void>) {
    test(`sink: ${name}`, async () => {
      const sink = await make();
      try {
        await within(body(sink), name);
      } finally {
        await within(sink.close?.(), "close");
      }
    });
  }

  async function expectArrived(sink: Sink, count: number) {
    await within(sink.flush?.(), "flush");
    if (arrived !== undefined) assert.equal(await arrived(sink), count);
  }

  check("write returns at once, and flush brings every record home", async (sink) => {
    for (const shape of shapes) {
      assert.equal(sink.write(fakeRecord(shape)), undefined, "write gives nothing back");
    }
    await expectArrived(sink, shapes.length);
  });

  check("does not change the record", async (sink) => {
    sink.write(deepFreeze(fakeRecord({ tags: ["a"] })));
    await expectArrived(sink, 1);
  });

  check("survives a burst, and works on after it", async (sink) => {
    for (let index = 0; index < burst; index++) sink.write(fakeRecord({ callId: `call-${index}` }));
    await within(sink.flush?.(), "flush after a burst");
    const before = await arrived?.(sink);
    if (before !== undefined) {
      assert.ok(before > 0 && before <= burst, `${before} of ${burst} records arrived`);
    }
    sink.write(fakeRecord());
    await within(sink.flush?.(), "a second flush");
    if (before !== undefined) assert.equal(await arrived?.(sink), before + 1, "after the burst");
  });

  check("flush with nothing to do settles, many at once too", async (sink) => {
    await within(Promise.all([sink.flush?.(), sink.flush?.(), sink.flush?.()]), "flush");
    await expectArrived(sink, 0);
  });

  check("close brings home what was written and may be called twice", async (sink) => {
    sink.write(fakeRecord());
    await within(sink.close?.(), "the first close");
    if (arrived !== undefined) assert.equal(await arrived(sink), 1);
  });

  check("write and flush after close harm nobody", async (sink) => {
    await within(sink.close?.(), "close");
    sink.write(fakeRecord());
    await within(sink.flush?.(), "flush after close");
  });
}

/** The record of a good streamed call to `acme/m1`, with `change` laid over it. */
export function fakeRecord(change: Partial<CallRecord> = {}): CallRecord {
  const startedAtMs = 1_767_225_600_000;
  return {
    callId: "call-1",
    atMs: startedAtMs,
    modality: "text",
    stream: true,
    provider: "acme",
    model: "m1",
    upstreamModel: "m1-2026",
    status: "ok",
    latencyMs: 812.5,
    firstPartMs: 120.25,
    usage: {
      inputTokens: 100,
      outputTokens: 20,
      cachedTokens: 40,
      cacheWriteTokens: 0,
      reasoningTokens: 5,
      totalTokens: 120,
    },
    costUsd: 0.00123,
    savedUsd: 0,
    cache: "miss",
    deduplicated: false,
    attempts: 1,
    receipt: {
      callId: "call-1",
      startedAtMs,
      latencyMs: 812.5,
      cache: "miss",
      deduplicated: false,
      steps: [],
      attempts: [],
      warnings: [],
    },
    ...change,
  };
}
