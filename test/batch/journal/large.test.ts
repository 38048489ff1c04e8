/** A large journal in little memory. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folderOf } from "../../support/folder.ts";
import { runToEnd } from "./run-to-end.ts";

const rows = 200_000;
const heapMb = 32;
/** Including those that nobody holds any more: they are given back when the runtime sees fit. */
const buffersMb = 64;

describe("a journal of 200,000 records", () => {
  it("is written, opened and read in bounded memory", async () => {
    await using folder = await folderOf();
    const said = await runToEnd(
      "fill-and-read.ts",
      [folder.file("j"), `${rows}`],
      `--max-old-space-size=${heapMb}`,
    );
    const [read, waited, fileMb, largestMb] = said.trim().split(" ").map(Number) as [
      number,
      number,
      number,
      number,
    ];
    assert.equal(read, rows);
    assert.ok(fileMb > heapMb + buffersMb, `only ${fileMb} MB on disk`);
    assert.ok(waited < rows / 500, `${waited} reads had to wait`);
    assert.ok(largestMb < buffersMb, `${largestMb} MB of buffers`);
  });
});
