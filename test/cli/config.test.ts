/** `loom config check` and `loom config schema`. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

const right = `ai_gateway:
  providers: [{ name: openai, type: openai, api_key: "\${OPENAI_API_KEY}", models: [gpt-4o-mini] }]
  model_mapping: { fast: { openai: gpt-4o-mini } }
  keys: [{ key: check-key-0123456789, user: alice, rpm: 3 }]
`;

describe("loom config", () => {
  test("says that a configuration is right, and what is in it", async () => {
    await using folder = await folderOf({ "loom.yaml": right });
    const { code, stdout, stderr } = await loom(["config", "check"], folder.path, { OPENAI_API_KEY: "k" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /loom\.yaml is right: 1 provider, 1 mapped model, 1 key, 0 rules/);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ["a variable that is missing", right, /loom\.yaml:2.*OPENAI_API_KEY/],
    [
      "a field that is not known",
      right.replace("rpm", "rmp").replace("${OPENAI_API_KEY}", "k"),
      /did you mean rpm/,
    ],
    [
      "a mapping to nobody",
      right.replace("fast: { openai", "fast: { nobody").replace("${OPENAI_API_KEY}", "k"),
      /nobody/,
    ],
    ["a file that is not there", "", /missing\.yaml/],
  ];
  for (const [name, text, says] of wrong) {
    test(`names ${name}`, async () => {
      await using folder = await folderOf(text === "" ? {} : { "loom.yaml": text });
      const { code, stderr } = await loom(
        ["config", "check", text === "" ? "missing.yaml" : "loom.yaml"],
        folder.path,
      );
      assert.equal(code, 78);
      assert.match(stderr, says);
      assert.ok(!/\n\s+at /.test(stderr), stderr);
    });
  }

  test("prints the schema that is published", async () => {
    await using folder = await folderOf();
    const { stdout } = await loom(["config", "schema"], folder.path);
    assert.ok("ai_gateway" in JSON.parse(stdout).properties);
  });
});
