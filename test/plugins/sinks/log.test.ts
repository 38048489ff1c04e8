/** The log sink: the suite, what its lines say, and streams that are backed up, stuck or gone. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import log from "../../../plugins/sinks/log/index.ts";
import { type LogLevel, onlyFrom } from "../../../plugins/sinks/log/level.ts";
import { jsonLine, prettyLine } from "../../../plugins/sinks/log/line.ts";
import {
  type LineWriter,
  logSink,
  type OutputStream,
  streamWriter,
} from "../../../plugins/sinks/log/sink.ts";
import { CLOCK } from "../../../src/plugin.ts";
import { fakeClock, fakeRecord, sinkSuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

/** A writer that takes `room` lines, then is backed up until `drain`. */
function narrowWriter(room: number = Infinity) {
  const lines: string[] = [];
  let left = room;
  let drained = () => {};
  const unconfirmed: (() => void)[] = [];
  const writer: LineWriter = {
    write(text, done) {
      lines.push(text);
      if (room === Infinity) queueMicrotask(done);
      else unconfirmed.push(done);
      return --left > 0;
    },
    onDrained: (listener) => void (drained = listener),
    release() {},
  };
  const drain = (again: number) => {
    left = again;
    for (const done of unconfirmed.splice(0)) done();
    drained();
  };
  return { writer, lines, drain };
}

let lines: string[] = [];
sinkSuite(test, () => {
  const narrow = narrowWriter();
  lines = narrow.lines;
  return logSink(narrow.writer, fakeClock(), jsonLine);
}, { arrived: () => lines.length });

describe("log line", () => {
  test("as JSON holds the figures of the call and no prompt", () => {
    assert.deepEqual(
      JSON.parse(jsonLine(fakeRecord({ status: "failed", errorCode: "timed-out", team: "a" }))),
      {
        time: "2026-01-01T00:00:00.000Z",
        callId: "call-1",
        status: "failed",
        errorCode: "timed-out",
        provider: "acme",
        model: "m1",
        modality: "text",
        stream: true,
        latencyMs: 812.5,
        firstPartMs: 120.3,
        tokens: { input: 100, output: 20, cached: 40, reasoning: 5, total: 120 },
        costUsd: 0.00123,
        savedUsd: 0,
        cache: "miss",
        attempts: 1,
        team: "a",
      },
    );
  });

  const { receipt } = fakeRecord();
  const target = { provider: "acme", model: "m1", upstreamModel: "m1", startedMs: 0, latencyMs: 1 } as const;
  const error = { code: "rate-limited", status: 429, message: "slow down" } as const;
  const failed = fakeRecord({
    status: "failed",
    errorCode: "all-failed",
    attempts: 2,
    cache: "off",
    receipt: {
      ...receipt,
      attempts: [
        { ...target, attempt: 1, status: "failed", error },
        {
          ...target,
          provider: "b\u001b",
          attempt: 1,
          status: "failed",
          error: { ...error, message: "x".repeat(900) },
        },
      ],
    },
  });

  test("says at a failure what each attempt met", () => {
    const { why } = JSON.parse(jsonLine(failed)) as { readonly why: readonly { readonly message: string }[] };
    assert.deepEqual(why[0], {
      provider: "acme",
      model: "m1",
      attempt: 1,
      code: "rate-limited",
      status: 429,
      message: "slow down",
    });
    assert.equal(why[1]?.message.length, 201);
    assert.match(
      prettyLine(failed),
      / 2 attempts \(acme\/m1 rate-limited 429, b\?\/m1 rate-limited 429\) call-1$/,
    );
  });

  const leveled: readonly (readonly [LogLevel, readonly string[]])[] = [
    ["info", ["ok", "warned", "again", "left", "failed"]],
    ["warn", ["warned", "again", "left", "failed"]],
    ["error", ["failed"]],
  ];
  for (const [level, expected] of leveled) {
    test(`level ${level} writes ${expected.join(", ")}`, () => {
      const { writer, lines } = narrowWriter();
      const sink = onlyFrom(level, logSink(writer, fakeClock(), ({ callId }) => callId));
      const warnings = [{ code: "a", message: "b" }];
      sink.write(fakeRecord({ callId: "ok" }));
      sink.write(fakeRecord({ callId: "warned", receipt: { ...receipt, warnings } }));
      sink.write(fakeRecord({ callId: "again", attempts: 2 }));
      sink.write(fakeRecord({ callId: "left", status: "cancelled" }));
      sink.write(fakeRecord({ callId: "failed", status: "failed" }));
      assert.deepEqual(lines.map((line) => line.trim()), expected);
    });
  }

  const pretty: [string, Parameters<typeof fakeRecord>[0], string][] = [
    [
      "of a good call",
      {},
      "00:00:00.000 ok acme/m1 813 ms (first 120 ms) 100+20 tokens (40 cached) $0.00123 cache miss call-1",
    ],
    [
      "of a failed call",
      { status: "failed", errorCode: "rate-limited", costUsd: null, attempts: 3, cache: "off" },
      "00:00:00.000 failed rate-limited acme/m1 813 ms (first 120 ms) 100+20 tokens (40 cached) cost unknown 3 attempts call-1",
    ],
    [
      "of a free call",
      { costUsd: 0, deduplicated: true, cache: "off" },
      "00:00:00.000 ok acme/m1 813 ms (first 120 ms) 100+20 tokens (40 cached) $0 deduplicated call-1",
    ],
  ];
  for (const [name, change, expected] of pretty) {
    test(`for people, ${name}`, () => assert.equal(prettyLine(fakeRecord(change)), expected));
  }

  test("is one line, without control characters, and short, whatever names callers choose", () => {
    const record = fakeRecord({
      user: "a\n00:00 forged\u001b[2J\u2028",
      model: "m".repeat(10_000),
      callId: "\r",
    });
    for (const line of [prettyLine(record), jsonLine(record)]) {
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(line, /[\u0000-\u001f]/);
      assert.ok(line.length < 1000);
    }
  });
});

describe("log sink", () => {
  test("holds what a backed up stream does not take, drops and counts the rest, and says so", async () => {
    const { writer, lines, drain } = narrowWriter(1);
    const sink = logSink(writer, fakeClock(), (record) => record.callId);
    for (let index = 0; index < 1500; index++) sink.write(fakeRecord({ callId: `${index}` }));
    assert.deepEqual(lines, ["0\n"]);
    const flushed = sink.flush?.();
    drain(500);
    assert.equal(lines.length, 501);
    drain(Infinity);
    drain(Infinity);
    await flushed;
    assert.equal(lines.length, 1002);
    assert.equal(lines[1000], "1000\n");
    assert.equal(lines[1001], "loom: the log was backed up; 499 lines were dropped\n");
    sink.write(fakeRecord({ callId: "after" }));
    assert.equal(lines.at(-1), "after\n");
    assert.equal(sink.dropped, 499);
  });

  test("flush and close give up on a stream that takes nothing", async () => {
    const clock = fakeClock();
    const { writer } = narrowWriter(1);
    const sink = logSink(writer, clock, jsonLine);
    sink.write(fakeRecord());
    let closed = false;
    const closing = Promise.resolve(sink.close?.()).then(() => closed = true);
    await clock.advance(1999);
    assert.equal(closed, false);
    await clock.advance(1);
    await closing;
    assert.equal(clock.pending, 0);
  });

  test("goes on without a stream whose reader is gone", async () => {
    const listeners = new Map<string, () => void>();
    let taken = 0;
    const stream: OutputStream = {
      write: (_text, done) => (taken++, queueMicrotask(done), false),
      on: (event, listener) => listeners.set(event, listener),
      off: (event) => listeners.delete(event),
    };
    const sink = logSink(streamWriter(stream), fakeClock(), jsonLine);
    sink.write(fakeRecord());
    sink.write(fakeRecord());
    listeners.get("error")?.();
    sink.write(fakeRecord());
    await sink.flush?.();
    assert.equal(taken, 1);
    await sink.close?.();
    assert.deepEqual([...listeners.keys()], ["error"]);
  });

  test("as a plugin leaves no listeners on the process's streams", async () => {
    const { default: process } = await import("node:process");
    const before = process.stderr.listenerCount("error");
    const sink = await log.make(useOf([CLOCK, fakeClock()]), optionsOf(log));
    assert.equal(process.stderr.listenerCount("error"), before + 1);
    await sink.close?.();
    assert.equal(process.stderr.listenerCount("error"), before);
  });

  for (const given of [{ format: "xml" }, { stream: "file" }, { path: "x" }, { level: "debug" }]) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      const [name] = Object.keys(given);
      assert.match(complaintsOf(log, given).join("\n"), new RegExp(name ?? ""));
    });
  }
});
