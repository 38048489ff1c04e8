/** The folder in which Loom keeps things, and files that are written at once. */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { writeFileAtomic } from "../../../src/batch/home/atomic-file.ts";
import { ensureFolder, loomHome } from "../../../src/batch/home/loom-home.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";

describe("the home", () => {
  const places = [
    [undefined, join(homedir(), ".loom")],
    ["", join(homedir(), ".loom")],
    ["/srv/loom", "/srv/loom"],
    ["~", homedir()],
    ["~/data/loom", join(homedir(), "data/loom")],
    ["~other", resolve("~other")],
    ["here", resolve("here")],
  ] as const;
  for (const [named, path] of places) {
    it(`is ${path} where LOOM_HOME is ${named}`, () => {
      const home = loomHome(fixedEnvironment({ LOOM_HOME: named }));
      assert.deepEqual(home, { path, batches: join(path, "batches"), cache: join(path, "cache") });
    });
  }

  it("needs LOOM_HOME where the user has no home directory", async () => {
    const without = [() => "", () => {
      throw new Error("no such user");
    }];
    for (const userHome of without) {
      const { message } = await failureOf(() => loomHome(fixedEnvironment({}), userHome), "file-unwritable");
      assert.match(message, /no home directory; set LOOM_HOME/);
      assert.equal(loomHome(fixedEnvironment({ LOOM_HOME: "/x" }), userHome).path, "/x");
    }
  });

  it("makes folders for this user alone, or says which it cannot make", async () => {
    await using folder = await folderOf({ file: "" });
    await ensureFolder(folder.file("home/cache"));
    await ensureFolder(folder.file("home/cache"));
    for (const name of ["home", "home/cache"]) {
      assert.equal((await stat(folder.file(name))).mode & 0o777, 0o700, name);
    }
    const { message } = await failureOf(ensureFolder(folder.file("file/cache")), "file-unwritable");
    assert.match(message, /cannot write .*file\/cache: a part of its path is a file.*LOOM_HOME/);
  });
});

describe("a file that is written at once", () => {
  it("has the new text, for this user alone, and leaves nothing beside it", async () => {
    await using folder = await folderOf();
    const path = folder.file("state.json");
    for (const text of ["old", "new ä"]) {
      await writeFileAtomic(path, text);
      assert.equal(await readFile(path, "utf8"), text);
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder.path), ["state.json"]);
  });

  it("is whole for whoever reads it meanwhile", async () => {
    await using folder = await folderOf();
    const path = folder.file("state.json");
    const texts = ["a", "b"].map((letter) => letter.repeat(200_000));
    await writeFileAtomic(path, texts[0] ?? "");
    let writing = true;
    const writes = Promise.all(texts.map((text) => writeFileAtomic(path, text))).finally(() =>
      writing = false
    );
    while (writing) assert.ok(texts.includes(await readFile(path, "utf8")));
    await writes;
  });

  it("stays as it was when it cannot be replaced", async () => {
    await using folder = await folderOf();
    await mkdir(folder.file("taken/inner"), { recursive: true });
    const { message, data } = await failureOf(writeFileAtomic(folder.file("taken"), "x"), "file-unwritable");
    assert.match(message, /cannot write .*taken: it is a folder/);
    assert.equal(data.file, folder.file("taken"));
    await failureOf(writeFileAtomic(folder.file("absent/state.json"), "x"), "file-unwritable");
    assert.deepEqual(await readdir(folder.path), ["taken"]);
  });
});
