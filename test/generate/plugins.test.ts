import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { generatePlugins, readPlugins } from "./plugins.ts";

test("plugins/_index.ts is what the plugins folder gives (else: npm run generate)", async () => {
  const files = await generatePlugins();
  assert.deepEqual(Object.keys(files), ["plugins/_index.ts"]);
  for (const [path, content] of Object.entries(files)) {
    const written = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.equal(written, content, `${path} is stale; run npm run generate`);
  }
});

test("readPlugins names every plugin by kind and id, in order", async () => {
  const { manifests, modules } = await readPlugins();
  assert.equal(modules["dialect/openai-chat"], "dialects/openai-chat/index.ts");
  assert.equal(manifests["deepseek"]?.label, "DeepSeek");
  for (const record of [manifests, modules]) {
    assert.deepEqual(Object.keys(record), Object.keys(record).toSorted());
  }
});

test("every module of the index exports the plugin that its path says", async () => {
  const { modules } = await readPlugins();
  assert.ok(Object.keys(modules).length > 0);
  for (const [key, path] of Object.entries(modules)) {
    const module = await import(`../../plugins/${path}`) as {
      default?: { kind?: string; id?: string; api?: number };
    };
    assert.equal(`${module.default?.kind}/${module.default?.id}`, key);
    assert.equal(module.default?.api, 1, key);
  }
});
