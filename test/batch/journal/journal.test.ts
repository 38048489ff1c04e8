/** Journals that nothing happens to: what goes in comes out, in this run and in the next. */

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { describe, it } from "node:test";
import type { RowRecord } from "../../../src/batch/journal/journal.ts";
import { openJournal } from "../../../src/batch/journal/open-journal.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { failedRecord, header, okRecord, opened, recordsOf } from "./records.ts";

const everyKind: readonly RowRecord[] = [
  okRecord(0),
  failedRecord(1),
  { index: 2, status: "ok", text: "", provider: "p", model: "m", costUsd: null },
  { index: 3, status: "ok", text: "{}", output: { a: [1, null, "\ud800"] }, origin: "cache" },
  { ...okRecord(4), origin: "duplicate" },
  { ...failedRecord(5), costUsd: 0.25 },
  { index: 7, status: "ok", text: "x".repeat(3_000_000), provider: "p", model: "m" },
];

const totals = {
  ok: 5,
  failed: 2,
  fromCache: 1,
  duplicates: 1,
  inputTokens: 10,
  outputTokens: 2,
  costUsd: 0.35,
  unpriced: 1,
};

describe("a journal", () => {
  it("keeps records of every kind, before they are written, afterwards, and in the next run", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const first = await opened(path);
    for (const record of everyKind) await first.append(record);
    const expected = Array.from({ length: 9 }, (_, row) => everyKind.find(({ index }) => index === row));
    assert.deepEqual(await recordsOf(first, 9), expected);
    assert.deepEqual({ ...first.totals }, totals);
    await first.close();

    const second = await opened(path);
    assert.deepEqual({ ...second.totals }, totals);
    assert.deepEqual(await recordsOf(second, 9), expected);
    assert.deepEqual([0, 1, 6, 7, 9999].map((row) => second.isDone(row)), [true, false, false, true, false]);
    assert.deepEqual([0, 1, 6, 7, 9999].map((row) => second.isFailed(row)), [
      false,
      true,
      false,
      false,
      false,
    ]);
    await second.close();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("gives back what is not in the file yet", async () => {
    await using folder = await folderOf();
    const journal = await opened(folder.file("j"));
    for (const record of everyKind) void journal.append(record);
    const reads = everyKind.map(({ index }) => journal.read(index));
    assert.deepEqual(await Promise.all(reads), everyKind);
    await journal.close();
  });

  it("is lines of JSON that other programs read", async () => {
    await using folder = await folderOf();
    const journal = await opened(folder.file("j"));
    void journal.append(okRecord(0));
    await journal.close();
    const [first = "", second = "", ...rest] = (await readFile(folder.file("j"), "utf8")).split("\n");
    assert.deepEqual(rest, [""]);
    assert.deepEqual({ ...JSON.parse(first), crc: 0 }, { loom_journal: 1, ...header, crc: 0 });
    assert.equal(JSON.parse(second).result.text, okRecord(0).text);
  });

  it("takes a later record of a row for an earlier one; what was spent stays spent", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const retried = { inputTokens: 10, outputTokens: 2 };
    const steps: readonly (readonly [RowRecord, Readonly<Record<string, number>>])[] = [
      [{ ...failedRecord(0), costUsd: 0.2 }, { failed: 1, costUsd: 0.2 }],
      [okRecord(0), { ok: 1, ...retried, costUsd: 0.3 }],
      [{ ...failedRecord(1), costUsd: null }, { ok: 1, failed: 1, ...retried, costUsd: 0.3, unpriced: 1 }],
      [{ ...failedRecord(1), costUsd: null }, { ok: 1, failed: 1, ...retried, costUsd: 0.3, unpriced: 1 }],
      [{ ...okRecord(1), origin: "cache" }, {
        ok: 2,
        fromCache: 1,
        ...retried,
        costUsd: 0.3,
        unpriced: 1,
      }],
      [{ ...failedRecord(2), origin: "duplicate" }, {
        ok: 2,
        failed: 1,
        fromCache: 1,
        duplicates: 1,
        ...retried,
        costUsd: 0.3,
        unpriced: 1,
      }],
      [okRecord(2), { ok: 3, fromCache: 1, inputTokens: 20, outputTokens: 4, costUsd: 0.4, unpriced: 1 }],
    ];
    const none = Object.fromEntries(Object.keys(totals).map((name) => [name, 0]));
    for (const [record, expected] of steps) {
      const journal = await opened(path);
      void journal.append(record);
      const now = { ...none, ...expected };
      assert.deepEqual({ ...journal.totals }, now);
      await journal.close();
      const again = await opened(path);
      assert.deepEqual({ ...again.totals }, now);
      assert.deepEqual(await again.read(record.index), record);
      await again.close();
    }
  });

  it("reads in ascending order without waiting, and in any order", async () => {
    await using folder = await folderOf();
    const journal = await opened(folder.file("j"));
    const rows = 4000;
    const text = (row: number) => `${row} `.repeat(row % 400);
    // As workers finish: roughly in order.
    const finished = Array.from({ length: rows }, (_, at) => at ^ 7);
    for (const row of finished) await journal.append(okRecord(row, text(row)));
    await journal.flush();
    let waits = 0;
    for (let row = 0; row < rows; row++) {
      const record = journal.read(row);
      if (record instanceof Promise) waits++;
      assert.equal((await record)?.text, text(row));
    }
    assert.ok(waits < 20, `${waits} of ${rows} had to wait`);
    for (let step = 0; step < 300; step++) {
      const row = (step * 2654435761) % rows;
      assert.equal((await journal.read(row))?.text, text(row));
    }
    await journal.close();
  });

  it("belongs to one job", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const first = await opened(path);
    void first.append(okRecord(0));
    await first.close();
    const before = await readFile(path);
    const { input } = header;
    const others = [
      [{ ...header, input: { ...input, bytes: 5 } }, /had 1234 bytes, and \/data\/rows\.csv has 5.*--force/],
      [{ ...header, input: { ...input, modifiedMs: 5 } }, /rows\.csv was modified 1970-.*, not 2023-/],
      [{ ...header, job: '{"model":"secret","provider":"p"}' }, /another job: model is another; --force/],
      [{ ...header, job: '{"system":#70:not JSON}' }, /model is another|what it asks is another/],
    ] as const;
    for (const [other, says] of others) {
      const { message } = await failureOf(openJournal(path, other, { fresh: false }), "file-unwritable");
      assert.match(message, says);
      assert.ok(!message.includes("secret"), message);
    }
    assert.deepEqual(await readFile(path), before, "a refusal changes nothing");

    const moved = await openJournal(path, { ...header, input: { ...input, path: "/moved.csv" } }, {
      fresh: false,
    });
    assert.equal(moved.isDone(0), true, "a dataset that was moved is the same one");
    await moved.close();

    const [other] = others[0];
    const anew = await openJournal(path, other, { fresh: true });
    assert.equal(anew.isDone(0), false);
    await anew.close();
    const kept = await openJournal(path, other, { fresh: false });
    assert.deepEqual({ ...kept.totals }, Object.fromEntries(Object.keys(totals).map((name) => [name, 0])));
    await kept.close();
  });

  it("ends once, takes nothing afterwards, and leaves nothing when it is removed", async () => {
    await using folder = await folderOf();
    const journal = await opened(folder.file("j"));
    void journal.append(okRecord(0));
    await Promise.all([journal.close(), journal.close()]);
    await failureOf(() => void journal.append(okRecord(1)), "closed");
    await failureOf(journal.flush(), "closed");
    await assert.rejects(stat(folder.file("j.lock")), /ENOENT/);

    const again = await opened(folder.file("j"));
    void again.append(okRecord(1));
    await again.remove();
    for (const name of ["j", "j.lock", "j.lock.holder"]) {
      await assert.rejects(stat(folder.file(name)), /ENOENT/);
    }
  });
});
