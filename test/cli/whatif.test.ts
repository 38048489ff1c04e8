/** `loom whatif`: recorded traffic at other models' prices. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loom } from "./loom-command.ts";
import { recorded } from "./recorded.ts";

const usage = {
  inputTokens: 1_000_000,
  outputTokens: 100_000,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 1_100_000,
};
const catalog = `newco:
  modalities:
    text:
      - { id: cheap, input_usd_per_1m: 0.1, output_usd_per_1m: 1 }
      - { id: dear, input_usd_per_1m: 10, output_usd_per_1m: 20 }
      - { id: secret }
`;

describe("loom whatif", () => {
  it("prices text calls on other models, as a table and as JSON, and says which price is unknown", async () => {
    await using folder = await recorded([
      { usage, costUsd: 2 },
      { usage, costUsd: 2, model: "m2" },
      { usage, costUsd: null, team: "b" },
      { modality: "image", costUsd: 9 },
    ]);
    await folder.write("models.yaml", catalog);
    await folder.write("loom.yaml", "catalog: models.yaml\n");
    const models = ["-c", "loom.yaml", "-m", "newco/cheap", "newco/dear", "newco/secret"];
    const [table, json, filtered] = await Promise.all([
      loom(["whatif", ...models], folder.path),
      loom(["whatif", ...models, "--json"], folder.path),
      loom(["whatif", ...models, "--filter", "model=m2"], folder.path),
    ]);
    assert.deepEqual([table.code, table.stderr], [0, ""]);
    const [head, , , paid = "", cheap = "", dear = "", secret = ""] = table.stdout.split("\n");
    assert.equal(head, "3 text calls since 7d: 3.0M tokens in, 300k out".replace("300k", "300.0k"));
    assert.match(paid, /^as it was +\$4\.00 +1 calls have no known price and are missing$/);
    assert.match(cheap, /^newco\/cheap +\$0\.60 +-\$3\.40 \(-85%\)$/);
    assert.match(dear, /^newco\/dear +\$36\.00 +\+\$32\.00 \(\+800%\)$/);
    assert.match(secret, /^newco\/secret +unknown +the catalog has no price for these tokens$/);
    const found = JSON.parse(json.stdout) as {
      readonly cost_usd: number;
      readonly models: readonly { readonly name: string; readonly cost_usd: number | null }[];
    };
    assert.equal(found.cost_usd, 4);
    assert.deepEqual(found.models.map(({ name, cost_usd }) => [name, cost_usd]), [
      ["newco/cheap", 0.6],
      ["newco/dear", 36],
      ["newco/secret", null],
    ]);
    assert.match(
      filtered.stdout,
      /^1 text calls .*\n\n.*\nas it was +\$2\.00\nnewco\/cheap +\$0\.20 +-\$1\.80 \(-90%\)\n/s,
    );
  });

  it("says that a model is unknown, that one is missing, and that there is no traffic", async () => {
    await using folder = await recorded([]);
    const [unknown, missing, none, modality] = await Promise.all([
      loom(["whatif", "-m", "openai/gpt-4o-mni"], folder.path),
      loom(["whatif"], folder.path),
      loom(["whatif", "-m", "openai/gpt-4o-mini"], folder.path),
      loom(["whatif", "-m", "openai/gpt-4o-mini", "--modality", "smell"], folder.path),
    ]);
    assert.deepEqual([unknown.code, none.stdout], [65, "no text calls since 7d\n"]);
    assert.match(unknown.stderr, /did you mean openai\/gpt-4o-mini/);
    assert.match(missing.stderr, /required option '-m, --model/);
    assert.match(modality.stderr, /--modality wants one of text, /);
  });
});
