/** The environment: variables of the process, `.env` beneath them, nothing that is empty. */

import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { fixedEnvironment, processEnvironment } from "../../src/runtime/environment.ts";
import { failureOf } from "../support/failure.ts";
import { folderOf } from "../support/folder.ts";

const home = process.cwd();
const names = ["LOOM_TEST_A", "LOOM_TEST_B", "LOOM_TEST_EMPTY"];
afterEach(() => {
  process.chdir(home);
  for (const name of names) delete process.env[name];
});

const dotEnv =
  'LOOM_TEST_A=from file\nLOOM_TEST_B="b #1" # a remark\nLOOM_TEST_EMPTY=\nexport LOOM_TEST_C=c\n';

describe("processEnvironment()", () => {
  it("reads .env of the working directory beneath the process environment, and changes nothing", async () => {
    await using folder = await folderOf({ ".env": dotEnv });
    process.chdir(folder.path);
    process.env["LOOM_TEST_A"] = "from process";
    const { get } = processEnvironment();
    assert.equal(get("LOOM_TEST_A"), "from process");
    assert.equal(get("LOOM_TEST_B"), "b #1");
    assert.equal(get("LOOM_TEST_C"), "c");
    assert.equal(get("LOOM_TEST_EMPTY"), undefined);
    assert.equal(process.env["LOOM_TEST_B"], undefined, "the process environment is not touched");
  });

  it("takes an empty variable for none, so that .env fills it", async () => {
    await using folder = await folderOf({ ".env": dotEnv });
    process.env["LOOM_TEST_A"] = "";
    assert.equal(processEnvironment(folder.file(".env")).get("LOOM_TEST_A"), "from file");
  });

  it("sees variables that are set later", async () => {
    await using folder = await folderOf();
    const { get } = processEnvironment(folder.file(".env"));
    assert.equal(get("LOOM_TEST_A"), undefined);
    process.env["LOOM_TEST_A"] = "later";
    assert.equal(get("LOOM_TEST_A"), "later");
  });

  it("needs no file, and takes a folder of that name for none", async () => {
    await using folder = await folderOf({ ".env/inside": "" });
    assert.equal(processEnvironment(folder.file(".env")).get("LOOM_TEST_A"), undefined);
    assert.equal(processEnvironment(folder.file("nothing/.env")).get("LOOM_TEST_A"), undefined);
  });

  it("says when the file is there and cannot be read", async () => {
    await using folder = await folderOf();
    const { symlink } = await import("node:fs/promises");
    await symlink(".env", folder.file(".env"));
    const error = await failureOf(() => processEnvironment(folder.file(".env")), "config-invalid");
    assert.equal(error.data.file, folder.file(".env"));
  });

  it("knows only variables: nothing that every object has", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty", ""]) {
      assert.equal(processEnvironment().get(name), undefined, name);
      assert.equal(fixedEnvironment({}).get(name), undefined, name);
    }
  });
});

describe("fixedEnvironment()", () => {
  it("holds what it was given and nothing else", () => {
    process.env["LOOM_TEST_B"] = "outside";
    const { get } = fixedEnvironment({ LOOM_TEST_A: "a", LOOM_TEST_EMPTY: "", LOOM_TEST_UNSET: undefined });
    assert.deepEqual(["LOOM_TEST_A", ...names.slice(1)].map(get), ["a", undefined, undefined]);
  });
});
