/** The sqlite store on a disk that does not take what is written: limits hold on, and nothing is lost once it does again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keptCounters } from "../../../plugins/stores/sqlite/counters.ts";
import { openDatabase } from "../../../plugins/stores/sqlite/database.ts";
import { fakeClock } from "../../../src/testing.ts";

const holds = [{ counter: "budget", amount: 1, max: 100 }];

async function setup(flushMs: number) {
  const clock = fakeClock();
  const said: string[] = [];
  const note = (text: string) => void said.push(text);
  const database = await openDatabase(":memory:");
  const counters = keptCounters(
    database,
    clock,
    { debug: note, info: note, warn: note, error: note },
    flushMs,
  );
  return {
    clock,
    said,
    counters,
    fill: () =>
      database.exec(
        "CREATE TRIGGER full BEFORE INSERT ON counters BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
      ),
    free: () => database.exec("DROP TRIGGER full"),
    rows: () => database.prepare("SELECT used FROM counters").all().map(({ used }) => used),
  };
}

describe("a disk that is full", () => {
  for (const flushMs of [0, 50]) {
    test(`is said once and written to again (flushMs ${flushMs})`, async () => {
      const { clock, said, counters, fill, free, rows } = await setup(flushMs);
      fill();
      for (let index = 0; index < 100; index++) {
        counters.hold(`l${index}`, holds, 1000);
        counters.settle(`l${index}`, holds, [1]);
      }
      await clock.advance(20_000);
      assert.equal(counters.hold("more", holds, 1000).ok, false, "memory is the truth");
      assert.deepEqual(rows(), []);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", /cannot write; limits hold until this process ends.*disk is full/);
      free();
      await clock.advance(5_000);
      assert.deepEqual(rows(), [100]);
      assert.match(said[1] ?? "", /writes again; nothing that was counted is lost/);
      assert.equal(clock.pending, 0);
    });
  }

  test("at the end fails the close, so that somebody hears of it", async () => {
    const { counters, fill } = await setup(50);
    fill();
    counters.settle("l", holds, [1]);
    assert.throws(() => counters.close(), /disk is full/);
  });
});
