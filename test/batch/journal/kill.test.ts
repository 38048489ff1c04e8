/** A process that is killed while it appends, again and again: nothing it said to be on the disk is lost, nothing doubled. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { folderOf } from "../../support/folder.ts";
import { opened, textOf } from "./records.ts";
import { startAppending } from "./start-appending.ts";

/** At the same time, each with a journal of its own. */
const lanes = 3;
const killsPerLane = 8;

describe("a journal whose process is killed", () => {
  it("goes on where it was, after each kill", async (context) => {
    await using folder = await folderOf();
    const paths = Array.from({ length: lanes }, (_, lane) => folder.file(`${lane}`));
    const rows = await Promise.all(paths.map(killAgainAndAgain));
    context.diagnostic(`${lanes * killsPerLane} kills, ${rows.join(" + ")} rows`);
    for (const [lane, path] of paths.entries()) await checkAll(path, rows[lane] ?? 0);
  });
});

/** @returns how many rows there are in the end */
async function killAgainAndAgain(path: string): Promise<number> {
  let rows = 0;
  for (let kill = 0; kill < killsPerLane; kill++) {
    const appending = startAppending(path);
    // Some are killed before anything is on the disk.
    await appending.flushed(kill % 4);
    const flushed = await appending.kill();
    const journal = await opened(path);
    assert.ok(journal.totals.ok >= Math.max(rows, flushed), `${journal.totals.ok} after ${flushed}`);
    rows = journal.totals.ok;
    assert.deepEqual([journal.isDone(rows - 1), journal.isDone(rows)], [rows > 0, false]);
    await journal.close();
  }
  return rows;
}

async function checkAll(path: string, rows: number): Promise<void> {
  assert.ok(rows > killsPerLane, `only ${rows} rows`);
  const journal = await opened(path);
  for (let row = 0; row < rows; row++) assert.equal((await journal.read(row))?.text, textOf(row));
  await journal.close();
  const lines = (await readFile(path)).filter((byte) => byte === 10).length;
  assert.equal(lines, rows + 1, "no row is there twice");
}
