/** The `loom` command as people run it: what it prints, and the exit code that each failure gives. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { version } from "../../src/runtime/version.ts";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

describe("loom", () => {
  it("tells its version, its help, and what it does not know", async () => {
    await using folder = await folderOf();
    const [told, help, unknown, extra] = await Promise.all([
      loom(["--version"], folder.path),
      loom(["--help"], folder.path),
      loom(["dcotor"], folder.path),
      loom(["doctor", "--jsn"], folder.path),
    ]);
    assert.deepEqual([told.code, told.stdout.trim()], [0, version()]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /doctor .*show the resolved chain/);
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.stderr, /unknown command 'dcotor'[\s\S]*doctor/);
    assert.notEqual(extra.code, 0);
    assert.match(extra.stderr, /unknown option '--jsn'/);
  });
});

describe("loom doctor", () => {
  it("shows chain, plugins with origin, and keys, but never a key", async () => {
    await using folder = await folderOf({
      ".env": "MISTRAL_API_KEY=sk-hidden-in-file\n",
      "plugins/providers/newco.yaml":
        "label: NewCo\ndialect: openai-chat\nbaseUrl: https://api.newco.example\nauth: { type: bearer, env: [NEWCO_KEY] }\nsources: []\n",
    });
    const { code, stdout, stderr } = await loom(["doctor"], folder.path, { OPENAI_API_KEY: "sk-hidden" });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^loom ${version()} on (node|deno) `));
    assert.match(
      stdout,
      /Chain, outermost first\n {2}telemetry\n {2}cost\n {2}resolve\n[\s\S]* {2}adapter\n/,
    );
    assert.match(stdout, /openai +from environment/);
    assert.match(stdout, /mistral +from environment/);
    assert.match(stdout, /deepseek +missing: set DEEPSEEK_API_KEY/);
    assert.match(stdout, /sandbox +needs no key/);
    assert.match(stdout, /ollama +needs no key/);
    assert.match(stdout, /provider +newco \(.*newco\.yaml\)/);
    assert.match(stdout, /newco +missing: set NEWCO_KEY/);
    assert.match(stdout, /\d+ of \d+ providers can be called/);
    assert.ok(!stdout.includes("sk-hidden"));
  });

  it("speaks JSON, and reads a config file", async () => {
    await using folder = await folderOf({
      "loom.yaml":
        "cache: { type: memory, max_size: 5 }\nretry: false\nproviders:\n  eu: { type: openai, api_key: '${EU_KEY}' }\n  broken: { type: openai, base_url: 'ftp://x' }\n",
    });
    const { code, stdout, stderr } = await loom(["doctor", "--json", "-c", "loom.yaml"], folder.path, {
      EU_KEY: "sk-hidden",
    });
    assert.deepEqual([code, stderr], [0, ""]);
    const diagnosis = JSON.parse(stdout) as {
      readonly chain: readonly { readonly name: string }[];
      readonly providers: readonly { readonly id: string; readonly key: string; readonly fault?: string }[];
    };
    const names = diagnosis.chain.map(({ name }) => name);
    assert.ok(names.includes("cache") && !names.includes("retry"), names.join());
    const of = (id: string) => diagnosis.providers.find((one) => one.id === id);
    assert.equal(of("eu")?.key, "code");
    assert.match(
      of("broken")?.fault ?? "",
      /base URL.*ftp/,
      "a provider that cannot be made is told, not fatal",
    );
    assert.ok(!stdout.includes("sk-hidden"));
  });

  const faults: readonly (readonly [what: string, config: string, says: RegExp])[] = [
    ["a wrong option", "retry:\n  max_attempts: 0\n", /retry\.max_?[aA]ttempts/],
    ["an unknown option", "cahce: {}\n", /cahce/],
    ["a variable that is not set", "api_keys: { OPENAI_API_KEY: '${NOT_SET}' }\n", /NOT_SET/],
    ["a plugin that is not there", "plugins: [./absent.ts]\n", /absent\.ts/],
  ];
  for (const [what, config, says] of faults) {
    it(`ends with code 78 and one line for ${what}`, async () => {
      await using folder = await folderOf({ "loom.yaml": config });
      const { code, stdout, stderr } = await loom(["doctor", "-c", "loom.yaml"], folder.path);
      assert.deepEqual([code, stdout], [78, ""]);
      assert.match(stderr, says);
      assert.match(stderr, /^loom: .+\n$/);
    });
  }

  it("says which config file is not there", async () => {
    await using folder = await folderOf();
    const { code, stderr } = await loom(["doctor", "-c", "absent.yaml"], folder.path);
    assert.equal(code, 78);
    assert.match(stderr, /^loom: cannot read .*absent\.yaml\n$/);
  });
});
