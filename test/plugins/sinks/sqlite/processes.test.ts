/** Several processes write to one file and hear of each other; one that is killed leaves nothing half done. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sqlite from "../../../../plugins/sinks/sqlite/index.ts";
import { CLOCK, LOGGER, RANDOM } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fakeRecord } from "../../../../src/testing.ts";
import { within } from "../../../../src/testing/suite.ts";
import { startProgram } from "../../../support/child.ts";
import { folderOf } from "../../../support/folder.ts";
import { optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";
import { openSink } from "./support.ts";

const writer = fileURLToPath(new URL("./writer.ts", import.meta.url));
const always = { fromMs: 0, toMs: 8.64e15 };

test("three processes write to one file, and one of them hears of the others", async () => {
  await using folder = await folderOf();
  const path = folder.file("loom.db");
  const said: string[] = [];
  const note = (text: string) => void said.push(text);
  const logger = { debug: note, info: note, warn: note, error: note };
  const use = useOf([CLOCK, systemClock], [LOGGER, logger], [RANDOM, Math.random]);
  const sink = await sqlite.make(use, optionsOf(sqlite, { path, flushMs: 10 }));
  const heard = new Set<string>();
  const all = new Promise<void>((resolve) => {
    sink.history?.follow(({ callId }) => {
      heard.add(callId);
      if (heard.size === 640) resolve();
    });
  });
  // Its first look at what is there must come before the others write.
  await sink.history?.totals(always);
  const others = ["one", "two"].map((name) => startProgram(writer, [path, name, "300"]));
  for (let index = 0; index < 40; index++) {
    sink.write(fakeRecord({ callId: `own-${index}`, atMs: Date.now() }));
    await sink.flush?.();
  }
  await Promise.all(others.map((other) => other.said("done, 0 dropped")));
  // Following by itself keeps no program alive.
  await within(all, "hearing of all calls");
  assert.equal((await sink.history?.totals(always))?.requests, 640);
  const users = await sink.history?.breakdown(always, "user");
  assert.deepEqual(users?.map(({ name, requests }) => [name, requests]), [["one", 300], ["two", 300], [
    "",
    40,
  ]]);
  await sink.close?.();
  assert.deepEqual(said, []);
});

test("a process that is killed while it writes leaves whole batches", async () => {
  await using folder = await folderOf();
  const path = folder.file("loom.db");
  const child = startProgram(writer, [path, "killed"]);
  await child.said("under way");
  await child.kill();
  const { sink, history, clock } = await openSink(path);
  const database = new DatabaseSync(path);
  const one = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  assert.equal(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
  const calls = one("SELECT count(*) FROM calls");
  assert.ok(calls > 200);
  assert.equal(one("SELECT count(*) FROM call_receipts"), calls);
  assert.equal(one("SELECT count(*) FROM call_tags"), 2 * calls);
  assert.equal(one("SELECT count(*) FROM calls c JOIN call_receipts r ON r.id = c.id"), calls);
  assert.equal((await history.totals(always)).requests, calls);
  await clock.advance(60_000);
  assert.equal((await history.totals(always)).requests, calls, "after they were summed up, too");
  database.close();
  await sink.close?.();
});
