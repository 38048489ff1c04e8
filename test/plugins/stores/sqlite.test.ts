/** The sqlite store passes the suite, forgets nothing when it is closed or killed, and says what is wrong with its file. */

import assert from "node:assert/strict";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import sqlite from "../../../plugins/stores/sqlite/index.ts";
import { CLOCK, type Clock, type Hold, LOGGER, LoomError, type Store } from "../../../src/plugin.ts";
import { fakeClock, storeSuite } from "../../../src/testing.ts";
import { startProgram } from "../../support/child.ts";
import { folderOf } from "../../support/folder.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await folderOf();
  await work(folder.path);
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function make(given: unknown, clock: Clock = fakeClock(), logger = quiet): Promise<Store> {
  return await sqlite.make(useOf([CLOCK, clock], [LOGGER, logger]), optionsOf(sqlite, given));
}

storeSuite(test, ({ clock }) => make({ path: ":memory:" }, clock));

const budget = (amount: number, change: Partial<Hold> = {}): readonly Hold[] => [
  { counter: "budget", amount, max: 100, ...change },
];

/** Counts an amount. */
async function spend(store: Store, lease: string, amount: number, change: Partial<Hold> = {}): Promise<void> {
  await store.hold(lease, budget(0, change), 1000);
  await store.settle(lease, budget(0, change), [amount]);
}

async function levelOf(store: Store, counter = "budget"): Promise<number | undefined> {
  return (await store.hold(`look-${Math.random()}`, [{ counter, amount: 0, max: 0 }], 1)).levels[0];
}

async function rowsOf(path: string, folder: string): Promise<readonly unknown[]> {
  const copy = join(folder, "copy.db");
  for (const end of ["", "-wal"]) await copyFile(path + end, copy + end);
  const database = new DatabaseSync(copy);
  try {
    return database.prepare("SELECT name, used FROM counters ORDER BY name").all().map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

async function refused(making: Promise<unknown>): Promise<string> {
  const error = await making.then(() => undefined, (fault: unknown) => fault);
  assert.ok(LoomError.is(error, "config-invalid"), String(error));
  return error.message;
}

describe("sqlite store", () => {
  test("a restart forgets nothing but what was held", () =>
    withFolder(async (folder) => {
      const path = join(folder, "loom.db");
      const clock = fakeClock();
      const first = await make({ path }, clock);
      await spend(first, "l1", 2 ** 40 + 1);
      await spend(first, "l2", 7, { counter: "day", ttlMs: 60_000 });
      await first.hold("dies with it", budget(5, { counter: "held" }), 60_000);
      await first.set("k", "v", { ttlMs: 60_000 });
      await first.add("n", 2);
      await first.close?.();
      await clock.advance(30_000);
      const second = await make({ path }, clock);
      assert.deepEqual(
        [await levelOf(second), await levelOf(second, "day"), await levelOf(second, "held")],
        [2 ** 40 + 1, 7, 0],
      );
      assert.deepEqual([await second.get("k"), await second.add("n", 1)], ["v", 3]);
      await clock.advance(30_000);
      assert.deepEqual([await levelOf(second, "day"), await second.get("k")], [0, undefined]);
      await second.close?.();
    }));

  test("writes behind, once for many, and deletes what has ended", () =>
    withFolder(async (folder) => {
      const path = join(folder, "loom.db");
      const clock = fakeClock();
      const store = await make({ path, flushMs: 50 }, clock);
      for (let index = 0; index < 100; index++) await spend(store, `l${index}`, 1);
      await spend(store, "brief", 1, { counter: "brief", ttlMs: 1000 });
      assert.equal(clock.pending, 1, "one timer for all of them");
      assert.deepEqual(await rowsOf(path, folder), []);
      await clock.advance(50);
      assert.deepEqual(await rowsOf(path, folder), [{ name: "brief", used: 1 }, {
        name: "budget",
        used: 100,
      }]);
      assert.equal(clock.pending, 0, "nothing is written while nothing is counted");
      await clock.advance(1000);
      await spend(store, "more", 1);
      await clock.advance(50);
      assert.deepEqual(await rowsOf(path, folder), [{ name: "budget", used: 101 }]);
      await store.close?.();
    }));

  test(
    "killed, it has forgotten nothing that was settled",
    { timeout: 60_000 },
    () =>
      withFolder(async (folder) => {
        const path = join(folder, "loom.db");
        const program = fileURLToPath(new URL("../../support/killed-store.ts", import.meta.url));
        const child = startProgram(program, ["sqlite", path]);
        await child.said("counted");
        const message = await refused(make({ path }));
        assert.match(message, /is in use by another process or another Loom; close the other program/);
        await child.kill();
        const store = await make({ path });
        assert.deepEqual([await levelOf(store, "used"), await levelOf(store, "held")], [300, 0]);
        assert.equal(await store.get("entry"), "kept");
        await store.close?.();
      }),
  );

  test("says what is wrong with its file, and leaves it alone", () =>
    withFolder(async (folder) => {
      const text = join(folder, "text.db");
      await writeFile(text, "this is no database, and longer than a header of one hundred bytes ".repeat(20));
      assert.match(
        await refused(make({ path: text })),
        /text\.db is no SQLite database, or is damaged; move it/,
      );

      const missing = join(folder, "gone", "loom.db");
      assert.match(
        await refused(make({ path: missing })),
        /gone.loom\.db cannot be opened.*is its folder there/,
      );

      const later = join(folder, "later.db");
      const database = new DatabaseSync(later);
      database.exec("PRAGMA user_version = 99");
      database.close();
      assert.match(await refused(make({ path: later })), /later version of Loom; update Loom/);

      const path = join(folder, "loom.db");
      const one = await make({ path });
      assert.match(await refused(make({ path })), /in use by another process or another Loom/);
      await spend(one, "l", 3);
      await one.close?.();
      const next = await make({ path });
      assert.equal(await levelOf(next), 3);
      await next.close?.();
    }));

  test("a closed store says so", async () => {
    const store = await make({ path: ":memory:" });
    await store.close?.();
    await store.close?.();
    await assert.rejects(store.get("k"), (error) => LoomError.is(error, "closed"));
    assert.throws(() => store.hold("l", budget(1), 1), (error) => LoomError.is(error, "closed"));
  });

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /^path: /],
    [{ path: "" }, /^path: must be the path of a file/],
    [{ path: "a", flushMs: -1 }, /^flushMs: /],
    [{ path: "a", ttl: 5 }, /ttl/],
  ];
  for (const [given, expected] of wrong) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(sqlite, given).join("\n"), expected);
    });
  }
});
