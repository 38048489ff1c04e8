/** A vendor is a short manifest whose facts have a source, and whose file name is its id. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { parseManifest } from "../../src/discovery/manifest-schema.ts";
import { filesIn, read } from "./support/files.ts";

const ceiling = 30;
const folder = "plugins/providers/";
const manifests = filesIn("plugins/providers", ".yaml");
const idOf = (path: string) => path.slice(folder.length, -".yaml".length);

/** How media are asked for takes as many lines as the vendor has ways. */
const withoutMedia = (text: string) => text.replace(/^media:\n(?:(?: .*)?\n)*/m, "");

describe("bundled manifests", () => {
  it("are found", () => {
    assert.ok(manifests.length >= 15, `only ${manifests.length} manifests were found`);
  });

  for (const path of manifests) {
    it(`${idOf(path)} is valid, short and has sources`, () => {
      const text = read(path);
      const manifest = parseManifest(idOf(path), parse(text), path);
      assert.ok((manifest.sources ?? []).length > 0, `${path} says nowhere where its facts come from`);
      const lines = withoutMedia(text).split("\n").filter((line) => !/^\s*(?:#|$)/.test(line)).length;
      assert.ok(lines <= ceiling, `${path} has ${lines} lines; over ${ceiling}, a vendor is a code plugin`);
    });
  }

  it("say nothing twice: an id is its file's name alone", () => {
    assert.deepEqual(manifests.filter((path) => /^id:/m.test(read(path))), []);
  });

  it("are listed in the generated index", () => {
    const index = read("plugins/_index.ts");
    assert.deepEqual(manifests.filter((path) => !index.includes(`"${idOf(path)}": {`)), []);
  });
});
