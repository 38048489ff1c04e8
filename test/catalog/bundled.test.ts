import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { equivalents, vendors } from "../../catalog/_index.ts";
import { bill, Catalog, lookup, rateNames } from "../../src/catalog/index.ts";
import type { Modality } from "../../src/contract/call.ts";
import type { Rates } from "../../src/contract/cost.ts";
import { compileVendors, generateCatalog } from "../generate/catalog.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

const perToken: readonly (keyof Rates)[] = [
  "input",
  "cachedInput",
  "cacheWrite",
  "cacheWrite1h",
  "output",
  "reasoning",
  "inputAudio",
  "cachedInputAudio",
  "outputAudio",
  "inputImage",
  "outputImage",
];

/** The rates that a price of the modality must have: one of these sets. */
const unitsOf: Readonly<Record<Modality, readonly (readonly (keyof Rates)[])[]>> = {
  text: [["input", "output"]],
  embedding: [["input"]],
  image: [["image"], ["input", "outputImage"]],
  video: [["second"]],
  speech: [["character"], ["input", "outputAudio"]],
  transcription: [["second"], ["input", "output"]],
  rerank: [["query"], ["input"]],
  moderation: [["input"]],
};

/** What variants may ask for: facts that Loom knows, and params of the vendors. */
const known: readonly string[] = [
  "batch",
  "edit",
  "service_tier",
  "quality",
  "size",
  "resolution",
  "generateAudio",
  "rendering_speed",
  "inference_geo",
  "speed",
  "web_search_options.search_context_size",
];

/** Vendors with models that have no known price, and how many. The reason of each is in the catalog. */
const unpriced: readonly string[] = [
  "cerebras 1",
  "cohere 5",
  "fireworks 5",
  "groq 4",
  "hunyuan 2",
  "mistral 1",
  "nvidia 59",
  "openrouter 1",
  "seedream 8",
  "vertex 6",
  "xai 2",
];

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
      for (const name of rateNames) {
        const rate = rates[name];
        if (rate === undefined) continue;
        assert.ok(Number.isSafeInteger(rate) && rate >= 0, `${where} ${name}: ${rate}`);
        // 1000 USD per 1M tokens: a price beyond it was given per 1K or in another currency.
        assert.ok(rate <= (perToken.includes(name) ? 1e12 : 2e11), `${where} ${name}: ${rate}`);
        checked++;
      }
      assert.ok(
        (rates.cachedInput ?? 0) <= (rates.input ?? Infinity),
        `${where}: cached is dearer than fresh`,
      );
    };
    for (const vendor of await compileVendors()) {
      for (const { id, price } of vendor.models) {
        const where = `${vendor.provider}/${id}`;
        if (price === undefined) continue;
        check(price, where);
        // What holds for a variant is what holds with the base under it.
        for (const change of [...price.steps ?? [], ...price.variants ?? []]) {
          check({ ...price, ...change }, where);
        }
      }
    }
    assert.ok(checked > 3000, `${checked}`);
  });

  it("prices each modality in units that its vendors count, or says why it does not", async () => {
    const unknown: string[] = [];
    for (const { provider, id, modality, price, priceUnknown } of await new Catalog().models()) {
      const where = `${provider}/${id}`;
      if (price === undefined) {
        assert.ok(priceUnknown, `${where} has neither a price nor price_unknown`);
        unknown.push(where);
        continue;
      }
      const units = rateNames.filter((name) => price[name] !== undefined);
      const allowed = unitsOf[modality];
      assert.ok(
        allowed.some((set) => set.every((unit) => units.includes(unit))),
        `${where}: ${units.join()}`,
      );
      const others = units.filter((unit) => !allowed.flat().includes(unit) && !perToken.includes(unit));
      assert.ok(others.every((unit) => unit === "query" || unit === "request"), `${where}: ${others.join()}`);
      for (const { when } of price.variants ?? []) {
        for (const name of Object.keys(when)) {
          assert.ok(
            known.includes(name),
            `${where}: when ${name} is a param that no vendor is known to have`,
          );
        }
      }
    }
    const vendors = Map.groupBy(unknown, (name) => name.slice(0, name.indexOf("/")));
    const summary = [...vendors].map(([vendor, names]) => `${vendor} ${names.length}`);
    assert.deepEqual(
      summary.sort(),
      unpriced,
      `models without a price changed; they are now: ${unknown.join(", ")}`,
    );
  });

  it("has names that can be typed, and dates of shutdown that are dates of our time", async () => {
    for (const entry of await new Catalog().models()) {
      assert.ok(!/[\s*]/.test(entry.id), entry.id);
      assert.ok(!entry.id.startsWith("ft:"), entry.id);
      const { deprecated = "2026-01-01" } = entry;
      assert.ok(deprecated > "2025-01-01" && deprecated < "2029-01-01", `${entry.id} ended ${deprecated}`);
    }
  });

  it("stays small: no vendor's file is read before it is needed, and none is large", async () => {
    let total = 0;
    for (const name of await readdir(new URL("catalog/_compiled/", root))) {
      const { length } = await read(`catalog/_compiled/${name}`);
      assert.ok(length < 64 * 1024, `${name} has ${length} bytes`);
      total += length;
    }
    assert.ok(total < 512 * 1024, `${total} bytes`);
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
