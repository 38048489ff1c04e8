/** Files that cannot be opened are said so at once; what goes wrong later is counted, tried again, and touches no call. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { Desk } from "../../../../plugins/sinks/sqlite/desk.ts";
import sqlite from "../../../../plugins/sinks/sqlite/index.ts";
import { recordQueue } from "../../../../plugins/sinks/sqlite/queue.ts";
import { sqliteSink } from "../../../../plugins/sinks/sqlite/sink.ts";
import { CLOCK, LOGGER, LoomError, RANDOM } from "../../../../src/plugin.ts";
import { fakeClock, fakeRecord } from "../../../../src/testing.ts";
import { folderOf } from "../../../support/folder.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";
import { openSink } from "./support.ts";

const always = { fromMs: 0, toMs: 8.64e15 };

/** A logger that remembers. */
function recorder() {
  const said: string[] = [];
  const note = (text: string) => void said.push(text);
  return { said, logger: { debug: () => {}, info: note, warn: note, error: note } };
}

describe("the sink sqlite refuses at once", () => {
  const broken: readonly (readonly [what: string, make: (folder: string) => string, says: RegExp])[] = [
    [
      "a folder that is not there",
      (folder) => `${folder}/none/loom.db`,
      /none\/loom\.db cannot be opened.*folder/,
    ],
    ["a folder in place of the file", (folder) => folder, /cannot be opened.*may this program write/],
    ["a file in place of the folder", (folder) => `${folder}/garbage/loom.db`, /cannot be opened/],
    [
      "something that is no database",
      (folder) => `${folder}/garbage`,
      /garbage is no SQLite database, or is damaged/,
    ],
    [
      "a database of something else",
      (folder) => made(`${folder}/other.db`, "PRAGMA user_version = 1"),
      /something else/,
    ],
    [
      "a database of a later version",
      (folder) => made(`${folder}/later.db`, "PRAGMA user_version = 99; PRAGMA application_id = 1282371437"),
      /written by a later version of Loom; update/,
    ],
  ];
  for (const [what, make, says] of broken) {
    test(what, async () => {
      await using folder = await folderOf({ garbage: "no database at all, ".repeat(100) });
      const options = optionsOf(sqlite, { path: make(folder.path) });
      const { logger } = recorder();
      const use = useOf([CLOCK, fakeClock()], [LOGGER, logger], [RANDOM, Math.random]);
      await assert.rejects(async () => await sqlite.make(use, options), (error) => {
        assert.ok(LoomError.is(error) && error.code === "config-invalid");
        assert.match(error.message, says);
        return true;
      });
    });
  }

  for (
    const given of [{}, { path: "" }, { path: "x", retainDays: 0 }, { path: "x", maxQueued: 0 }, {
      path: "x",
      size: 1,
    }]
  ) {
    test(`the options ${JSON.stringify(given)}`, () => assert.ok(complaintsOf(sqlite, given).length > 0));
  }

  function made(path: string, sql: string): string {
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE own (a); ${sql}`);
    database.close();
    return path;
  }
});

describe("a file that takes nothing", () => {
  test("because another program has locked it gets everything later", async () => {
    await using folder = await folderOf();
    const { sink, history, clock, said } = await openSink(folder.file("loom.db"));
    const other = new DatabaseSync(folder.file("loom.db"));
    other.exec("BEGIN IMMEDIATE");
    for (let index = 0; index < 500; index++) sink.write(fakeRecord({ callId: `call-${index}` }));
    await clock.advance(5000);
    await assert.rejects(async () => await sink.flush?.(), /locked/);
    assert.equal((await history.call("call-7"))?.callId, "call-7", "what waits is found");
    assert.equal(said.filter((text) => text.includes("cannot write")).length, 1);
    other.exec("COMMIT");
    other.close();
    await clock.advance(60_000);
    assert.equal((await history.totals(always)).requests, 500);
    assert.equal(sink.dropped, 0);
    assert.match(said.at(-1) ?? "", /writes again/);
    await sink.close?.();
    assert.equal(clock.pending, 0);
  });

  test("because the disk is full drops and counts what does not fit, and keeps what did", async () => {
    await using folder = await folderOf();
    const path = folder.file("loom.db");
    const { sink, clock, said } = await openSink(path, { maxPages: 150, maxQueued: 400 });
    for (let index = 0; index < 2000; index++) {
      sink.write(fakeRecord({ callId: `call-${index}` }));
      if (index % 100 === 0) await clock.advance(1000);
    }
    await sink.close?.();
    assert.ok(
      sink.dropped !== undefined && sink.dropped > 0 && sink.dropped < 2000,
      `${sink.dropped} were dropped`,
    );
    assert.equal(said.filter((text) => /cannot write.*full/.test(text)).length, 1);
    assert.equal(said.filter((text) => text.includes("drops records (")).length, 1);
    assert.match(said.at(-1) ?? "", /could not write \d+ records, which are lost/);
    const { history, sink: again } = await openSink(path);
    assert.equal((await history.totals(always)).requests, 2000 - sink.dropped);
    await again.close?.();
  });

  test("because its thread never answers holds up nobody, and is left behind", async () => {
    const clock = fakeClock();
    const { said, logger } = recorder();
    const desk: Desk = { ask: () => new Promise(() => {}), close: () => new Promise(() => {}) };
    const sink = sqliteSink(desk, clock, logger, { maxQueued: 100, flushMs: 10, writer: 1 });
    for (let index = 0; index < 1000; index++) sink.write(fakeRecord());
    await clock.advance(10_000);
    assert.equal(sink.dropped, 900);
    let closed = false;
    const closing = Promise.resolve(sink.close?.()).then(() => closed = true);
    await clock.advance(19_000);
    assert.equal(closed, false);
    await clock.advance(1000);
    await closing;
    assert.match(said.at(-1) ?? "", /would not close/);
  });

  test("because of a record loses that batch, not the rest", async () => {
    const clock = fakeClock();
    const { said, logger } = recorder();
    let written = 0;
    const desk = {
      ask: (_method: string, calls: readonly unknown[]) => {
        if (written++ === 0) return Promise.reject(new Error("datatype mismatch"));
        written += calls.length;
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    } as unknown as Desk;
    const queue = recordQueue(desk, clock, logger, { maxQueued: 1000, flushMs: 10, writer: 1 });
    for (let index = 0; index < 500; index++) queue.push(fakeRecord());
    await queue.flush();
    assert.equal(queue.dropped, 200);
    assert.equal(written, 303);
    assert.match(said[0] ?? "", /drops records \(200 so far\): datatype mismatch/);
  });
});

test("records whose numbers and details make no sense are kept as far as they do", async () => {
  const { sink, history } = await openSink(":memory:");
  const round: unknown[] = [];
  round.push(round);
  const detail = round as unknown as string;
  const steps = Array.from({ length: 5000 }, () => ({ atMs: 1, by: "stage", what: "x".repeat(100) }));
  const { receipt } = fakeRecord();
  const odd = [
    fakeRecord({
      callId: "nan",
      atMs: NaN,
      latencyMs: NaN,
      firstPartMs: Infinity,
      costUsd: NaN,
      attempts: -1,
    }),
    fakeRecord({
      callId: "round",
      receipt: { ...receipt, steps: [{ atMs: 0, by: "x", what: "y", detail }] },
    }),
    fakeRecord({ callId: "long", receipt: { ...receipt, steps } }),
    fakeRecord({ callId: "lone", user: "\ud800", tags: Array.from({ length: 99 }, (_, tag) => `${tag}`) }),
    fakeRecord({
      callId: "dear",
      costUsd: 1e300,
      usage: { ...odder, inputTokens: 1e300, images: 3, seconds: 1.5 },
    }),
  ];
  for (const record of odd) sink.write(record);
  await sink.flush?.();
  assert.equal(sink.dropped, 0);
  assert.equal((await history.totals(always)).requests, 5);
  const [long, dear] = [await history.call("long"), await history.call("dear")];
  assert.deepEqual(long?.receipt.warnings.map(({ code }) => code), ["receipt-cut"]);
  assert.equal(long?.receipt.steps.length, 200);
  assert.deepEqual([dear?.usage?.images, dear?.usage?.seconds], [3, 1.5]);
  assert.deepEqual((await history.call("round"))?.receipt.steps, [{ atMs: 0, by: "x", what: "y" }]);
  assert.equal((await history.call("lone"))?.tags?.length, 32);
  await sink.close?.();
});

const odder = {
  inputTokens: 1,
  outputTokens: 1,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 2,
};
