/** However large a file is, little of it is in memory. */

import assert from "node:assert/strict";
import { open, stat } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folderOf } from "../../support/folder.ts";
import { startProgram } from "../../support/child.ts";

const program = fileURLToPath(new URL("programs/read-large.ts", import.meta.url));
const fileBytes = 192 * 1024 * 1024;

test("a file is read and merged in less memory than it has bytes, the runtime's own included", async () => {
  await using folder = await folderOf();
  const path = folder.file("d.csv");
  const block = `7,${"quantum physics explained ".repeat(160)},"x, ""y"""\n`.repeat(256);
  const handle = await open(path, "w");
  await handle.write("id,text,more\n");
  for (let written = 0; written < fileBytes; written += block.length) await handle.write(block);
  await handle.close();
  const child = startProgram(program, [path, String(fileBytes * 0.8)]);
  await child.said("bounded");
  assert.ok((await stat(`${path}.out`)).size > fileBytes);
});
