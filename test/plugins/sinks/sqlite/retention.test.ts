/** What is old goes, some at a time: calls first, then short sums, then all; and names beyond a bound are counted together. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { cubesOf } from "../../../../plugins/sinks/sqlite/cubes.ts";
import { openDatabase } from "../../../../plugins/sinks/sqlite/database.ts";
import { pageReader } from "../../../../plugins/sinks/sqlite/pages.ts";
import { fakeClock, fakeRecord } from "../../../../src/testing.ts";
import { folderOf } from "../../../support/folder.ts";
import { openSink } from "./support.ts";

const dayMs = 86_400_000;
const startMs = 1_767_225_600_000;
const always = { fromMs: 0, toMs: 8.64e15 };

describe("retention", () => {
  test("forgets calls, then their sums, and says the same of what is left", async () => {
    await using folder = await folderOf();
    const path = folder.file("loom.db");
    const clock = fakeClock();
    const content = { input: [], output: "", cut: false };
    const first = await openSink(path, {}, clock);
    for (let index = 0; index < 1200; index++) {
      first.sink.write(
        fakeRecord({ callId: `old-${index}`, atMs: startMs + index * 60_000, tags: ["x", "y"], content }),
      );
    }
    await first.sink.flush?.();
    await clock.advance(20_000);
    const before = await first.history.totals(always);
    assert.equal(before.requests, 1200);
    await first.sink.close?.();

    const look = new DatabaseSync(path);
    const rows = (table: string) =>
      Number(look.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"]);
    assert.deepEqual(["calls", "call_receipts", "call_contents", "call_tags"].map(rows), [
      1200,
      1200,
      1200,
      2400,
    ]);
    const minutes = "call_summaries WHERE span_ms = 60000";
    assert.ok(rows(minutes) > 1200);

    // A month and two days on; a fake clock that has run that far would have looked in each hour.
    const later = fakeClock(startMs + 32 * dayMs);
    const second = await openSink(path, {}, later);
    await later.advance(20_000);
    assert.deepEqual(["calls", "call_receipts", "call_contents", "call_tags", minutes].map(rows), [
      0,
      0,
      0,
      0,
      0,
    ]);
    assert.deepEqual(await second.history.totals(always), before, "hours and days say the same");
    const part = { fromMs: startMs + 90 * 60_000, toMs: startMs + 150 * 60_000 };
    assert.equal((await second.history.totals(part)).requests, 120, "hours that are touched count whole");
    const series = await second.history.series({ fromMs: startMs, toMs: startMs + dayMs }, 600_000);
    assert.equal(
      series.reduce((sum, { requests }) => sum + requests, 0),
      1200,
      "steps shorter than what is kept",
    );
    assert.deepEqual(await second.history.calls({}), { calls: [] });
    second.sink.write(fakeRecord({ callId: "late", atMs: startMs }));
    await second.sink.flush?.();
    await later.advance(20_000);
    await second.sink.close?.();

    const last = fakeClock(startMs + 402 * dayMs);
    const third = await openSink(path, {}, last);
    await last.advance(20_000);
    assert.equal(rows("call_summaries"), 0);
    assert.equal((await third.history.totals(always)).requests, 0);
    look.close();
    await third.sink.close?.();
  });

  test("gives space back to the disk, some pages at a time", async () => {
    await using folder = await folderOf();
    const path = folder.file("loom.db");
    const { receipt } = fakeRecord();
    const steps = Array.from({ length: 200 }, () => ({ atMs: 0, by: "stage", what: "something" }));
    const first = await openSink(path);
    for (let index = 0; index < 3000; index++) {
      first.sink.write(fakeRecord({ receipt: { ...receipt, steps } }));
    }
    await first.sink.close?.();
    const pages = () => {
      const look = new DatabaseSync(path);
      const count = Number(look.prepare("PRAGMA page_count").get()?.["page_count"]);
      look.close();
      return count;
    };
    const full = pages();
    const later = fakeClock(startMs + 40 * dayMs);
    const second = await openSink(path, {}, later);
    await later.advance(20_000);
    await second.sink.close?.();
    assert.ok(full > 5000 && pages() < full / 2, `${full} pages, then ${pages()}`);
  });
});

test("names beyond the bound are counted together, and nothing is lost", async () => {
  const { sink, history, clock } = await openSink(":memory:", { maxNames: 10 });
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 100; index++) {
      sink.write(
        fakeRecord({
          user: `user-${round}-${index}`,
          model: `model-${index}`,
          via: { keyId: `${index}`, format: "x" },
        }),
      );
    }
    await sink.flush?.();
    await clock.advance(20_000);
  }
  for (const [by, most] of [["user", 101], ["model", 11], ["key", 11]] as const) {
    const rows = await history.breakdown(always, by, {}, 1000);
    assert.equal(rows.length, most, by);
    assert.equal(rows[0]?.name, "other");
    assert.equal(rows.reduce((sum, { requests }) => sum + requests, 0), 300);
  }
  await sink.close?.();
});

test("a page that looks for long comes with fewer calls, and the pages together hold all", async () => {
  await using folder = await folderOf();
  const { sink, clock } = await openSink(folder.file("loom.db"));
  for (let index = 0; index < 3000; index++) {
    sink.write(
      fakeRecord({
        callId: `${index}`,
        atMs: startMs + index,
        provider: index % 1000 === 0 ? "rare" : "acme",
        team: "a",
      }),
    );
  }
  await sink.flush?.();
  await clock.advance(20_000);
  await sink.close?.();
  const database = openDatabase(folder.file("loom.db"));
  const read = pageReader(database, cubesOf(400, 1000), 500);
  const found: string[] = [];
  let pages = 0;
  // Both of the filters hold for most calls, but seldom together with this status.
  const query = {
    span: always,
    filter: { team: ["a"], cache: ["miss"], provider: ["rare", ""] },
    retried: false,
    limit: 10,
  };
  let next: { atMs: number; id: number } | undefined | null;
  for (; next !== null; pages++) {
    const page = read({ ...query, before: next });
    found.push(...page.calls.map(({ callId }) => callId));
    const [atMs, id] = page.next?.split(".").map(Number) ?? [];
    next = atMs === undefined || id === undefined ? null : { atMs, id };
  }
  database.close();
  assert.deepEqual(found, ["2000", "1000", "0"]);
  assert.equal(pages, 7);
});
