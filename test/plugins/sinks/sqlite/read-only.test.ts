/** The file opened for reading alone: it answers, also while others write, and nothing in it changes. */

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import sqlite from "../../../../plugins/sinks/sqlite/index.ts";
import { CLOCK, LOGGER, RANDOM, type Sink } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fakeRecord } from "../../../../src/testing.ts";
import { folderOf } from "../../../support/folder.ts";
import { optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function open(path: string, readOnly: boolean): Promise<Sink> {
  const use = useOf([CLOCK, systemClock], [LOGGER, quiet], [RANDOM, Math.random]);
  return await sqlite.make(use, optionsOf(sqlite, { path, readOnly, flushMs: 0 }));
}

describe("sink sqlite, read only", () => {
  it("keeps calls that are older than its own retention, and takes none", async () => {
    await using folder = await folderOf();
    const path = folder.file("loom.db");
    const use = useOf([CLOCK, systemClock], [LOGGER, quiet], [RANDOM, Math.random]);
    const writer: Sink = await sqlite.make(use, optionsOf(sqlite, { path, retainDays: 3650, flushMs: 0 }));
    const atMs = Date.now() - 300 * 86_400_000;
    writer.write(fakeRecord({ callId: "old", atMs }));
    await writer.close?.();
    const before = await readFile(path);
    const reader = await open(path, true);
    reader.write(fakeRecord({ callId: "refused" }));
    await reader.flush?.();
    const page = await reader.history?.calls({});
    assert.deepEqual(page?.calls.map(({ callId }) => callId), ["old"]);
    assert.equal((await reader.history?.totals({ fromMs: 0, toMs: Date.now() }))?.requests, 1);
    await reader.close?.();
    assert.deepEqual(await readFile(path), before);
  });

  it("sees what is written meanwhile", async () => {
    await using folder = await folderOf();
    const path = folder.file("loom.db");
    const writer = await open(path, false);
    const reader = await open(path, true);
    writer.write(fakeRecord({ callId: "new", atMs: Date.now() }));
    await writer.flush?.();
    assert.equal((await reader.history?.call("new"))?.callId, "new");
    await reader.close?.();
    await writer.close?.();
  });

  it("makes no file, and says which it cannot read", async () => {
    await using folder = await folderOf();
    await assert.rejects(open(folder.file("none.db"), true), /none\.db cannot be opened/);
    await assert.rejects(stat(folder.file("none.db")));
    const other = new DatabaseSync(folder.file("other.db"));
    other.exec("CREATE TABLE a (b)");
    other.close();
    await assert.rejects(open(folder.file("other.db"), true), /is not a file of the sink sqlite/);
    await (await open(folder.file("loom.db"), false)).close?.();
    const later = new DatabaseSync(folder.file("loom.db"));
    later.exec("PRAGMA user_version = 99");
    later.close();
    await assert.rejects(open(folder.file("loom.db"), true), /written by another version of Loom/);
  });
});
