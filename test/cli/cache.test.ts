/** `loom cache clear`: what it deletes, what it says, and whom it asks. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { describe, it } from "node:test";
import { folderOf } from "../support/folder.ts";
import { loomOnTerminal } from "../support/terminal.ts";
import { loom } from "./loom-command.ts";

/** A home with so many answers of 1,000 bytes. */
function homeOf(answers: number) {
  const names = Array.from(
    { length: answers },
    (_, at) => `cache/${createHash("sha256").update(`${at}`).digest("hex")}.json`,
  );
  return folderOf({
    "cache/mine.txt": "keep",
    ...Object.fromEntries(names.map((name) => [name, "x".repeat(1000)])),
  });
}

describe("loom cache clear", () => {
  it("deletes with --yes, and says what", async () => {
    await using home = await homeOf(1100);
    const variables = { LOOM_HOME: home.path };
    const first = await loom(["cache", "clear", "--yes"], home.path, variables);
    assert.deepEqual(first, {
      code: 0,
      stdout: `Deleted 1,100 cached responses (1.1 MB) under ${home.path}/cache.\n`,
      stderr: "",
    });
    assert.deepEqual(await readdir(home.file("cache")), ["mine.txt"]);
    const second = await loom(["cache", "clear", "-y"], home.path, variables);
    assert.deepEqual([second.code, second.stdout], [
      0,
      `There are no cached responses under ${home.path}/cache.\n`,
    ]);
  });

  it("refuses where nobody can be asked", async () => {
    await using home = await homeOf(1);
    const { code, stdout, stderr } = await loom(["cache", "clear"], home.path, { LOOM_HOME: home.path });
    assert.deepEqual([code, stdout], [65, ""]);
    assert.match(
      stderr,
      /^loom: would delete 1 cached response \(1\.0 kB\) under .*, and nobody .*; add --yes\n$/,
    );
    assert.equal((await readdir(home.file("cache"))).length, 2);
  });

  it("says which home it cannot use", async () => {
    await using folder = await folderOf({ file: "" });
    const { code, stderr } = await loom(["cache", "clear", "-y"], folder.path, {
      LOOM_HOME: folder.file("file"),
    });
    assert.equal(code, 66);
    assert.match(stderr, /^loom: cannot read .*file\/cache: a part of its path is a file/);
  });

  const answers:
    readonly (readonly [what: string, keys: string, code: number, left: number, says: RegExp])[] = [
      ["y", "y\r", 0, 1, /Deleted 2 cached responses \(2\.0 kB\)/],
      ["n", "n\r", 0, 3, /Nothing was deleted/],
      ["the end of input", "\u0004", 0, 3, /Nothing was deleted/],
      ["Ctrl-C", "\u0003", 130, 3, /\[y\/N\]/],
    ];
  for (const [what, keys, code, left, says] of answers) {
    it(`asks a person, who answers ${what}`, async () => {
      await using home = await homeOf(2);
      await using terminal = loomOnTerminal(["cache", "clear"], {
        cwd: home.path,
        variables: { LOOM_HOME: home.path },
      });
      await terminal.sees(/Delete 2 cached responses \(2\.0 kB\) under [\s\S]*\? \[y\/N\]/);
      terminal.type(keys);
      assert.equal(await terminal.ended, code);
      assert.match(terminal.lines.join("\n"), says);
      assert.equal((await readdir(home.file("cache"))).length, left);
    });
  }
});
