import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { equivalents, vendors } from "../../catalog/_index.ts";
import { bill, Catalog, lookup } from "../../src/catalog/index.ts";
import type { Rates } from "../../src/contract/cost.ts";
import { compileVendors, generateCatalog } from "../generate/catalog.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

describe("the bundled catalog", () => {
  it("is what the YAML says (refresh with: npm run generate)", async () => {
    const files = Object.entries(await generateCatalog());
    assert.ok(files.length >= 22);
    for (const [path, content] of files) {
      const checkedIn = await read(path).catch(() => "");
      assert.ok(checkedIn === content, `${path} is stale: run \`npm run generate\` and check the result in`);
    }
    const generated = new Set(files.map(([path]) => path));
    for (const name of await readdir(new URL("catalog/_compiled/", root))) {
      assert.ok(
        generated.has(`catalog/_compiled/${name}`),
        `catalog/_compiled/${name} has no YAML; delete it`,
      );
    }
  });

  it("has every vendor, each with source and date in its first lines", async () => {
    const names = (await readdir(new URL("catalog/", root))).filter((name) => name.endsWith(".yaml"));
    assert.deepEqual(
      names.sort(),
      [...Object.keys(vendors).map((id) => `${id}.yaml`), "equivalents.yaml"].sort(),
    );
    assert.ok(names.length >= 21);
    for (const name of names) {
      const head = (await read(`catalog/${name}`)).split(/^[^#\n]/m)[0] ?? "";
      assert.match(head, /^# Source: .+/m, name);
      assert.match(head, /Date: 20\d\d-\d\d-\d\d/, name);
    }
  });

  it("has sound prices", async () => {
    let checked = 0;
    const check = (rates: Rates, where: string): void => {
      for (const [key, rate] of Object.entries(rates)) {
        if (key === "steps" || key === "aboveInputTokens" || key === "inclusive") continue;
        assert.ok(Number.isSafeInteger(rate) && rate >= 0, `${where} ${key}: ${rate}`);
        checked++;
      }
    };
    for (const vendor of await compileVendors()) {
      for (const entry of vendor.models) {
        const where = `${vendor.provider}/${entry.id}`;
        const { price } = entry;
        if (price === undefined) continue;
        check(price, where);
        for (const step of price.steps ?? []) check(step, where);
        assert.ok(
          (price.cachedInput ?? 0) <= (price.input ?? Infinity),
          `${where}: cached is dearer than fresh`,
        );
        if (entry.modality === "text") assert.ok(price.output !== undefined, `${where}: no output price`);
        // 1000 USD per 1M tokens: a price beyond it was given per 1K or in another currency.
        for (const rate of [price.input, price.output]) assert.ok((rate ?? 0) <= 1e12, where);
      }
    }
    assert.ok(checked > 800, `${checked}`);
  });

  it("has no duplicate names that hide each other and no model whose end came long ago", async () => {
    for (const entry of await new Catalog().models()) {
      assert.ok(!/[\s*]/.test(entry.id), entry.id);
      assert.ok(!entry.id.startsWith("ft:"), entry.id);
      assert.ok(
        (entry.deprecated ?? "9") > "2026-06-01",
        `${entry.provider}/${entry.id} ended ${entry.deprecated}`,
      );
    }
  });

  it("resolves every equivalent, none to itself", async () => {
    const catalog = new Catalog();
    let checked = 0;
    for (const [name, others] of Object.entries(equivalents)) {
      for (const one of [name, ...others]) {
        const provider = one.slice(0, one.indexOf("/"));
        const [entry] = await lookup(catalog, provider, one.slice(provider.length + 1), "text");
        assert.equal(entry.provider, provider);
        checked++;
      }
      assert.ok(!others.includes(name));
    }
    assert.ok(checked > 100);
  });

  const documented: readonly (readonly [string, "text" | "embedding" | "image", number | undefined])[] = [
    ["openai/gpt-4o-mini", "text", 0.15],
    ["openai/gpt-4o", "text", 2.5],
    ["openai/gpt-4.1", "text", 2],
    ["openai/gpt-4.1-mini", "text", 0.4],
    ["openai/gpt-4.1-nano", "text", 0.1],
    ["openai/gpt-5", "text", 1.25],
    ["openai/gpt-5-mini", "text", 0.25],
    ["openai/gpt-5-nano", "text", 0.05],
    ["openai/text-embedding-3-small", "embedding", 0.02],
    ["openai/text-embedding-3-large", "embedding", 0.13],
    ["openai/gpt-image-1-low", "image", undefined],
    ["anthropic/claude-haiku-4-5", "text", 1],
    ["anthropic/claude-sonnet-4-6", "text", 3],
    ["gemini/gemini-2.5-flash", "text", 0.3],
    ["gemini/gemini-2.5-pro", "text", 1.25],
    ["deepseek/deepseek-chat", "text", 0.277778],
    ["deepseek/deepseek-v3", "text", 0.277778],
    ["zai/glm-4", "text", 0.694444],
    ["sandbox/sandbox-small", "text", 0.1],
    ["sandbox/sandbox-large", "text", 1],
    ["sandbox/sandbox-embed", "embedding", 0.02],
  ];
  for (const [name, modality, inputUsd] of documented) {
    it(`has ${name}`, async () => {
      const [entry] = await lookup(new Catalog(), undefined, name, modality);
      assert.equal(entry.price?.input, inputUsd === undefined ? undefined : Math.round(inputUsd * 1e9));
    });
  }

  it("prices an image of gpt-image-1-low at one cent and a bit, whatever tokens are reported", async () => {
    const [entry] = await lookup(new Catalog(), "openai", "gpt-image-1-low", "image");
    const owed = bill(entry.price, {
      inputTokens: 12,
      outputTokens: 272,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      totalTokens: 284,
      images: 1,
    });
    assert.equal(owed.nanoUsd, 11_000_000);
  });
});

describe("src/catalog", () => {
  it("reaches neither yaml nor zod nor a vendor's models before they are needed", async () => {
    const seen = new Set<string>();
    const walk = async (file: URL): Promise<void> => {
      if (seen.has(file.href)) return;
      seen.add(file.href);
      const source = await readFile(file, "utf8");
      for (
        const [, types, name = ""] of source.matchAll(/^(?:import|export)( type)?[^;]*? from "([^"]+)";/gm)
      ) {
        if (types !== undefined) continue;
        assert.ok(name.startsWith("."), `${file.pathname} imports ${name}`);
        assert.ok(name.endsWith(".ts"), `${file.pathname} imports ${name}`);
        await walk(new URL(name, file));
      }
    };
    await walk(new URL("src/catalog/index.ts", root));
    const names = [...seen].map((href) => href.slice(root.href.length));
    assert.ok(names.includes("src/catalog/catalog.ts") && names.includes("catalog/_index.ts"));
    assert.ok(!names.includes("src/catalog/compile.ts") && !names.includes("src/catalog/yaml-tree.ts"));
  });
});
