/** `loom models`: the table for people, the JSON for programs, and what it says to wrong names. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ModelEntry } from "../../src/contract/catalog.ts";
import { modelJson } from "../../src/cli/model-json.ts";
import { modelTable } from "../../src/cli/model-table.ts";
import { folderOf } from "../support/folder.ts";
import { loom } from "./loom-command.ts";

interface Listed {
  readonly provider: string;
  readonly id: string;
  readonly modality: string;
  readonly deprecated?: string;
  readonly retired?: boolean;
  readonly price: Readonly<Record<string, unknown>> | null;
}

describe("loom models", () => {
  it("prints a plain table of one provider and modality", async () => {
    await using folder = await folderOf();
    const { code, stdout, stderr } = await loom(
      ["models", "--provider", "openai", "--modality", "transcription"],
      folder.path,
      { FORCE_COLOR: "1" },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    // deno-lint-ignore no-control-regex
    assert.ok(!/\u001b/.test(stdout), "there are no colours in it");
    const [heading = "", first = ""] = stdout.split("\n");
    assert.match(heading, /^MODEL +MODALITY +CONTEXT +USD .* +STATUS +CAPABILITIES$/);
    assert.match(
      first,
      /^openai\/whisper-1 +transcription +- +0\.0001\/second +deprecated, until 2027-02-26 +-$/,
    );
    assert.match(stdout, /\n\n4 models\n$/);
    assert.ok(!stdout.includes("gpt-4o-mini "));
  });

  it("prints JSON with every model of every vendor, and prices under the catalog's own keys", async () => {
    await using folder = await folderOf();
    const { code, stdout } = await loom(["models", "--json"], folder.path);
    assert.equal(code, 0);
    const models = JSON.parse(stdout) as readonly Listed[];
    assert.ok(models.length > 900, String(models.length));
    const of = (provider: string, id: string) =>
      models.find((one) => one.provider === provider && one.id === id);
    assert.equal(of("openai", "gpt-4o-mini")?.price?.["input_usd_per_1m"], 0.15);
    assert.equal(of("openai", "gpt-4o-mini")?.price?.["batch_discount"], 0.5);
    assert.equal(of("groq", "groq/compound")?.price, null);
    assert.deepEqual(of("openai", "sora-2-pro")?.price?.["variants"], [
      { when: { size: ["1024x1792", "1792x1024"] }, second_usd: 0.5 },
    ]);
    assert.equal(of("openai", "gpt-4")?.retired, true);
  });

  it("lists what a config file adds", async () => {
    await using folder = await folderOf({
      "models.yaml":
        "newco:\n  modalities:\n    text:\n      - { id: big, input_usd_per_1m: 1, output_usd_per_1m: 2 }\n",
      "loom.yaml": "catalog: models.yaml\n",
    });
    const { code, stdout, stderr } = await loom(["models", "-c", "loom.yaml", "-p", "newco"], folder.path);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^newco\/big +text +- +in 1, out 2 +- +-$/m);
  });

  it("lists another vendor's models under the name of the provider that serves them", async () => {
    await using folder = await folderOf({
      "loom.yaml": "providers:\n  eu: { type: openai, api_key: placeholder }\n",
    });
    const args = ["models", "-c", "loom.yaml", "-p", "eu", "-m", "speech"];
    const { code, stdout, stderr } = await loom(args, folder.path);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^eu\/tts-1 +speech /m);
  });

  it("says that a provider which takes any name lists none", async () => {
    await using folder = await folderOf();
    const [table, json] = await Promise.all([
      loom(["models", "-p", "vllm"], folder.path),
      loom(["models", "-p", "vllm", "--json"], folder.path),
    ]);
    assert.deepEqual([table.code, table.stdout], [
      0,
      "No models are listed; the provider may take any name.\n",
    ]);
    assert.deepEqual([json.code, json.stdout], [0, "[]\n"]);
  });

  it("ends well when its reader has seen enough", async () => {
    await using folder = await folderOf();
    const { code, stdout, stderr } = await loom(["models", "--json"], folder.path, {}, { readOnce: true });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^\[/);
  });

  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["-p", "opnai"], /^loom: there is no provider "opnai"; did you mean openai/],
    [["-p", "zzzzzzzz"], /there is no provider "zzzzzzzz"; `loom models` lists all/],
    [["-m", "pictures"], /--modality: there is no modality "pictures"; known: text, image/],
    [["-m", "imge"], /did you mean image\?/],
  ];
  for (const [args, says] of wrong) {
    it(`ends with code 65 and one line for ${args.join(" ")}`, async () => {
      await using folder = await folderOf();
      const { code, stdout, stderr } = await loom(["models", ...args], folder.path);
      assert.deepEqual([code, stdout], [65, ""]);
      assert.match(stderr, says);
      assert.match(stderr, /^loom: .+\n$/);
    });
  }
});

const model = (change: Partial<ModelEntry>): ModelEntry => ({
  provider: "acme",
  modality: "text",
  id: "a",
  model: "a",
  ...change,
});

describe("modelTable", () => {
  const rows: readonly (readonly [what: string, entry: Partial<ModelEntry>, cells: RegExp])[] = [
    [
      "tokens",
      { price: { input: 15e7, cachedInput: 75e6, output: 6e8 } },
      /in 0\.15, cached 0\.075, out 0\.6 /,
    ],
    ["steps as a plus", { price: { input: 1e9, steps: [{ aboveInputTokens: 5, input: 2e9 }] } }, /in 1 \+/],
    ["free models", { price: { input: 0, output: 0 } }, / free /],
    ["an unknown price with its reason", { priceUnknown: "nobody says" }, /unknown: nobody says/],
    ["an unknown price without", {}, / unknown /],
    ["a price per picture", { modality: "image", price: { image: 4e7 } }, /0\.04\/image/],
    [
      "a price in variants alone, from and to",
      {
        modality: "image",
        price: { variants: [{ when: { q: 1 }, image: 1e7 }, { when: { q: 2 }, image: 2e8 }] },
      },
      /0\.01-0\.2\/image/,
    ],
    ["large contexts", { contextTokens: 1_048_576, price: { input: 1e9 } }, / 1\.05M /],
    ["small contexts", { contextTokens: 512 }, / 512 /],
    ["what is coming to an end", { deprecated: "2027-01-01" }, /deprecated, until 2027-01-01/],
    ["what has ended", { deprecated: "2026-11-21" }, /retired 2026-11-21/],
    ["capabilities", { capabilities: ["tools", "reasoning"] }, /tools reasoning$/],
  ];
  for (const [what, entry, cells] of rows) {
    it(`shows ${what}`, () => {
      const [, line = ""] = modelTable([model(entry)], "2026-11-21").split("\n");
      assert.match(line, /^acme\/a /);
      assert.match(line, cells);
    });
  }

  it("counts one model as one", () => assert.match(modelTable([model({})], "2026-11-21"), /\n1 model\n$/));
});

describe("modelJson", () => {
  it("leaves out what is unknown, and marks a price that is", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(modelJson(model({}), "2026-11-21"))), {
      provider: "acme",
      id: "a",
      model: "a",
      modality: "text",
      capabilities: [],
      price: null,
    });
  });
});
