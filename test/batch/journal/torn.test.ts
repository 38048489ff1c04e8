/** Journals that a crash cut off, and such as somebody else wrote into. */

import assert from "node:assert/strict";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { okRecord, opened, recordsOf } from "./records.ts";

const rows = 3;

/** Opening takes milliseconds, so going on is tried after some of the cuts. */
const goOnEvery = 7;

/** A journal of some rows. */
async function written(path: string, text?: string): Promise<Buffer> {
  const journal = await opened(path);
  for (let row = 0; row < rows; row++) await journal.append(okRecord(row, text));
  await journal.close();
  return await readFile(path);
}

describe("a torn journal", () => {
  it("opens with the whole records in front, wherever it was cut, and goes on", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const whole = await written(path, "ä");
    const ends = [...whole].flatMap((byte, at) => byte === 10 ? [at + 1] : []);
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(path, whole);
      await truncate(path, length);
      const kept = Math.max(0, ends.filter((end) => end <= length).length - 1);
      const journal = await opened(path);
      assert.equal(journal.totals.ok, kept, `cut at ${length}`);
      if (length % goOnEvery !== 0) {
        await journal.close();
        continue;
      }
      void journal.append(okRecord(kept, "ä"));
      await journal.close();
      const again = await opened(path);
      assert.deepEqual(
        await recordsOf(again, kept + 2),
        [...Array.from({ length: kept + 1 }, (_, row) => okRecord(row, "ä")), undefined],
        `cut at ${length}`,
      );
      await again.close();
    }
  });

  it("loses what a power cut left as zeros at its end", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const whole = await written(path);
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(9000)]));
    const journal = await opened(path);
    assert.equal(journal.totals.ok, rows);
    await journal.close();
    assert.deepEqual(await readFile(path), whole);
  });

  it("is told by line when it is garbled in the middle, and stays as it is", async () => {
    await using folder = await folderOf();
    const path = folder.file("j");
    const whole = (await written(path)).toString("latin1").split("\n");
    const garbled: readonly (readonly [what: string, line: number, (text: string) => string])[] = [
      ["a digit", 3, (text) => text.replace("row 1", "row 7")],
      ["a checksum", 4, (text) => text.replace(/"crc":"./, '"crc":"x')],
      ["zeros", 2, (text) => "\0".repeat(text.length)],
      ["an empty line", 3, () => ""],
      ["half a line", 3, (text) => text.slice(0, 40)],
      ["the header", 1, (text) => text.replace("rows.csv", "rows.tsv")],
    ];
    for (const [what, line, garble] of garbled) {
      const text = whole.map((one, at) => at === line - 1 ? garble(one) : one).join("\n");
      await writeFile(path, text, "latin1");
      const { message, data } = await failureOf(opened(path), "file-unreadable");
      assert.match(message, new RegExp(`/j, line ${line} is garbled.*--force`), what);
      assert.equal(data.file, path);
      assert.equal(await readFile(path, "latin1"), text, what);
    }
  });

  it("is told from files of others, which it does not touch", async () => {
    await using folder = await folderOf();
    const foreign = ["hello", "hello\n", "{}", '{"loom_journey":1', "id,text\n1,a\n"];
    for (const text of foreign) {
      const path = await folder.write("j", text);
      const { message } = await failureOf(opened(path), "file-unreadable");
      assert.match(message, /j is not a journal of Loom/);
      assert.equal(await readFile(path, "utf8"), text);
    }
    const path = await folder.write("j", '{"loom_journal":2,"new":true}\n');
    assert.match((await failureOf(opened(path), "file-unreadable")).message, /has form 2.* writes form 1/);
  });
});
