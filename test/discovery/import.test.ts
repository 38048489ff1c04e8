/** Loading what a name stands for: paths, packages, manifests, lists; and what is said when that fails. */

import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { fileId, loadNamed } from "../../src/discovery/import.ts";
import { failureOf } from "../support/failure.ts";
import { folderOf, manifestText, pluginText } from "../support/folder.ts";

const home = process.cwd();
afterEach(() => process.chdir(home));

/** What was loaded, in one word each. */
async function names(name: string): Promise<readonly string[]> {
  const loaded = await loadNamed(name);
  return loaded.map((one) =>
    "plugin" in one ? `${one.plugin.kind} ${one.plugin.id}` : `manifest ${one.manifest.id}`
  );
}

describe("loadNamed()", () => {
  it("loads modules by absolute path, relative path and file URL, TypeScript too", async () => {
    await using folder = await folderOf({
      "paper.mjs": pluginText("sink", "paper"),
      "typed.ts": `const id: string = "typed";\n${pluginText("sink", "x").replace('"x"', "id")}`,
      "with space.mjs": pluginText("sink", "space"),
    });
    assert.deepEqual(await names(folder.file("paper.mjs")), ["sink paper"]);
    assert.deepEqual(await names(folder.file("typed.ts")), ["sink typed"]);
    assert.deepEqual(await names(folder.file("with space.mjs")), ["sink space"]);
    assert.deepEqual(await names(pathToFileURL(folder.file("paper.mjs")).href), ["sink paper"]);
    process.chdir(folder.path);
    assert.deepEqual(await names("./paper.mjs"), ["sink paper"]);
  });

  it("loads a list of plugins from one module", async () => {
    const [one, two] = [pluginText("sink", "one"), pluginText("vault", "two")].map((text) =>
      text.replace("export default ", "").replace(/;\s*$/, "")
    );
    await using folder = await folderOf({ "many.mjs": `export default [${one}, ${two}];` });
    assert.deepEqual(await names(folder.file("many.mjs")), ["sink one", "vault two"]);
  });

  it("loads a package of the project that it runs in", async () => {
    await using folder = await folderOf({
      "package.json": "{}",
      "node_modules/loom-sink-paper/package.json":
        '{"name":"loom-sink-paper","type":"module","exports":"./main.js"}',
      "node_modules/loom-sink-paper/main.js": pluginText("sink", "paper"),
    });
    process.chdir(folder.path);
    assert.deepEqual(await names("loom-sink-paper"), ["sink paper"]);
  });

  it("reads a manifest; its name is the id", async () => {
    await using folder = await folderOf({
      "newco.yaml": manifestText("https://api.newco.example/v1", "NEWCO_KEY"),
    });
    const [loaded] = await loadNamed(folder.file("newco.yaml"));
    assert.ok(loaded !== undefined && "manifest" in loaded);
    assert.deepEqual(
      [loaded.manifest.id, loaded.manifest.baseUrl, loaded.manifest.auth.env],
      ["newco", "https://api.newco.example/v1", ["NEWCO_KEY"]],
    );
    assert.equal(loaded.origin, folder.file("newco.yaml"));
  });

  const faults: readonly (readonly [what: string, file: string, text: string | undefined, says: RegExp])[] = [
    ["a module that is not there", "absent.mjs", undefined, /cannot find .*absent\.mjs/],
    ["a module without default export", "none.mjs", "export const plugin = 1;", /it exports nothing/],
    ["an empty list", "empty.mjs", "export default [];", /exports an empty list/],
    ["a module that throws", "bomb.mjs", "throw new Error('boom');", /failed while loading: boom/],
    ["a module that is not JavaScript", "broken.mjs", "export default {", /failed while loading: /],
    [
      "a missing dependency",
      "needy.mjs",
      'import "@acme/absent-sdk"; export default 1;',
      /cannot find @acme\/absent-sdk/,
    ],
    ["a missing file beside it", "beside.mjs", 'import "./gone.mjs";', /cannot find .*gone\.mjs/],
    ["a wrong version", "old.mjs", "export default { api: 0 };", /speaks version 0/],
    ["a manifest that is not there", "absent.yaml", undefined, /cannot be read/],
    ["a manifest that is not YAML", "bad.yaml", "label: [", /is not YAML: .*line 1/],
    [
      "a manifest with an unknown key",
      "typo.yaml",
      manifestText("https://x.example") + "heders: {}\n",
      /heders/,
    ],
    [
      "a manifest over plain http",
      "clear.yaml",
      manifestText("http://api.newco.example/v1"),
      /http.*in the clear/,
    ],
  ];
  for (const [what, name, text, says] of faults) {
    it(`says what is wrong with ${what}`, async () => {
      await using folder = await folderOf(text === undefined ? {} : { [name]: text });
      const error = await failureOf(loadNamed(folder.file(name)), "plugin-invalid");
      assert.match(error.message.replaceAll("\n", " "), says);
      assert.ok(error.message.includes(name), error.message);
    });
  }

  it("names the command that installs a package", async () => {
    await using folder = await folderOf({ "package.json": "{}" });
    process.chdir(folder.path);
    const error = await failureOf(loadNamed("loom-sink-absent"), "plugin-invalid");
    assert.match(
      error.message,
      /plugin loom-sink-absent is not installed; run: npm install loom-sink-absent/,
    );
  });
});

describe("fileId()", () => {
  it("is the name without folder and ending", () => {
    assert.deepEqual(
      ["plugins/providers/deepseek.yaml", "a.b.yml", "C:\\x\\newco.yaml", "plain"].map(fileId),
      ["deepseek", "a.b", "newco", "plain"],
    );
  });
});
