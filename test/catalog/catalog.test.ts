import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { LoomError } from "../../src/errors/index.ts";
import { bill, Catalog, toCost } from "../../src/catalog/index.ts";

const inr = `openai:
  label: OpenAI
  modalities:
    text:
      - id: small
        name: Cheap default
        model: gpt-4o-mini
        input_inr_per_1m: 14.4578
        output_inr_per_1m: 57.8312
`;

const usage = {
  inputTokens: 1_000_000,
  outputTokens: 1_000_000,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 2_000_000,
};

describe("Catalog, bundled", () => {
  it("loads one vendor at a time and finds by id, alias and upstream name", async () => {
    const catalog = new Catalog();
    assert.equal(catalog.find("deepseek", "text", "deepseek-v3"), undefined);
    await catalog.ensure("deepseek");
    assert.equal(catalog.ensure("deepseek"), undefined);
    const chat = catalog.find("deepseek", "text", "deepseek-v3");
    assert.equal(chat?.id, "deepseek-chat");
    assert.equal(chat, catalog.find("deepseek", "text", "deepseek-chat"));
    assert.equal(catalog.find("deepseek", "text", "deepseek-flash")?.id, "deepseek-flash");
    assert.equal(catalog.find("deepseek", "embedding", "deepseek-chat"), undefined);
    assert.equal(catalog.find("openai", "text", "gpt-4o-mini"), undefined, "openai was not asked for");
  });

  it("prefers an id to the upstream name of another entry", async () => {
    const catalog = new Catalog();
    await catalog.ensure("openai");
    assert.equal(catalog.find("openai", "image", "gpt-image-1")?.id, "gpt-image-1");
    assert.deepEqual(catalog.find("openai", "image", "gpt-image-1-low")?.params, {
      quality: "low",
      size: "1024x1024",
    });
    assert.equal(catalog.find("openai", "image", "gpt-image-1-low")?.model, "gpt-image-1");
    assert.equal(catalog.find("openai", "image", "gpt-image-1.5")?.model, "gpt-image-1.5");
  });

  it("takes an upstream name for the model as it is, not for an entry with params of its own", async () => {
    const text = `acme:
  modalities:
    image:
      - { id: pic-low, model: pic, params: { quality: low } }
      - { id: pic-plain, model: pic }
      - { id: other-low, model: other, params: { quality: low } }
`;
    const catalog = Catalog.fromText(text);
    await catalog.load();
    assert.equal(catalog.find("acme", "image", "pic")?.id, "pic-plain");
    assert.equal(catalog.find("acme", "image", "other")?.id, "other-low");
  });

  it("shares one load among those who wait", async () => {
    const catalog = new Catalog();
    const [first, second] = [catalog.ensure("xai"), catalog.ensure("xai")];
    assert.ok(first instanceof Promise);
    assert.equal(first, second);
    await Promise.all([first, second]);
    assert.ok(catalog.find("xai", "text", "grok"));
  });

  it("knows nothing of unknown vendors, nor of names every object has", async () => {
    const catalog = new Catalog();
    for (const name of ["nobody", "constructor", "__proto__", "toString", ""]) {
      await catalog.ensure(name);
      assert.equal(catalog.find(name, "text", "x"), undefined);
      assert.deepEqual(await catalog.providersOf(name), []);
      assert.deepEqual(catalog.equivalentsOf(name, name), []);
    }
  });

  it("can be left out", async () => {
    const catalog = new Catalog({ bundled: false });
    assert.deepEqual(await catalog.models(), []);
    assert.deepEqual(await catalog.providersOf("gpt-4o"), []);
  });

  it("lists models, filtered", async () => {
    const catalog = new Catalog();
    const all = await catalog.models();
    assert.ok(all.length > 300);
    const embeddings = await catalog.models({ modality: "embedding", provider: "openai" });
    assert.ok(embeddings.some((entry) => entry.id === "text-embedding-3-small"));
    assert.ok(embeddings.every((entry) => entry.modality === "embedding" && entry.provider === "openai"));
    const thinkers = await catalog.models({ capability: "reasoning" });
    assert.ok(thinkers.length > 0 && thinkers.every((entry) => entry.capabilities?.includes("reasoning")));
  });

  it("gives entries that nobody can edit", async () => {
    const catalog = new Catalog();
    const [entry] = await catalog.models({ provider: "openai", modality: "image" });
    assert.ok(Object.isFrozen(entry) && Object.isFrozen(entry?.price) && Object.isFrozen(entry?.params));
  });

  it("names equivalents by id and by alias", async () => {
    const catalog = new Catalog();
    assert.deepEqual(catalog.equivalentsOf("openai", "gpt-4o-mini"), [
      "anthropic/claude-haiku-4-5",
      "gemini/gemini-2.5-flash",
      "deepseek/deepseek-v3",
    ]);
    await catalog.ensure("deepseek");
    assert.ok(catalog.equivalentsOf("deepseek", "deepseek-v3").includes("openai/gpt-4o-mini"));
    catalog.registerModel({ provider: "openai", modelId: "cheap", upstreamModel: "gpt-4o-mini" });
    await catalog.ensure("openai");
    assert.deepEqual(
      catalog.equivalentsOf("openai", "cheap"),
      catalog.equivalentsOf("openai", "gpt-4o-mini"),
    );
    assert.deepEqual(catalog.equivalentsOf("openai", "whatever"), []);
  });
});

describe("Catalog with rates of sound and pictures", () => {
  it("prices what was registered with them", async () => {
    const catalog = new Catalog({ bundled: false }).registerModel({
      provider: "acme",
      modelId: "listener",
      inputCostPer1m: 1,
      outputCostPer1m: 2,
      inputAudioCostPer1m: 10,
      cachedInputAudioCostPer1m: 5,
      outputAudioCostPer1m: 20,
      inputImageCostPer1m: 3,
      outputImageCostPer1m: 30,
    });
    await catalog.ensure("acme");
    assert.deepEqual(catalog.find("acme", "text", "listener")?.price, {
      input: 1e9,
      output: 2e9,
      inputAudio: 1e10,
      cachedInputAudio: 5e9,
      outputAudio: 2e10,
      inputImage: 3e9,
      outputImage: 3e10,
    });
  });
});

describe("Catalog from YAML", () => {
  it("prices in rupees come out as the same money in USD and INR", async () => {
    const catalog = Catalog.fromText(inr);
    await catalog.ensure("openai");
    const small = catalog.find("openai", "text", "small");
    assert.equal(small?.model, "gpt-4o-mini");
    const cost = toCost(bill(small?.price, usage), 0, { code: "INR", usdPerUnit: 0.012 });
    assert.equal(cost.usd, 0.867468);
    assert.equal(cost.local?.toFixed(4), "72.2890");
  });

  it("uses the rates it is given, then those lent by its user, then the default", async () => {
    const input = async (catalog: Catalog): Promise<number | undefined> => {
      await catalog.load();
      return catalog.find("openai", "text", "small")?.price?.input;
    };
    assert.equal(await input(Catalog.fromText(inr, { localToUsd: 0.01 })), 144_578_000);
    assert.equal(await input(Catalog.fromText(inr, { rates: { INR: 0.01 } })), 144_578_000);
    const lent = Catalog.fromText(inr);
    lent.lendRates({ inr: 0.01 });
    assert.equal(await input(lent), 144_578_000);
    const own = Catalog.fromText(inr, { localToUsd: 0.02 });
    own.lendRates({ inr: 0.01 });
    assert.equal(await input(own), 289_156_000);
    assert.equal(await input(Catalog.fromText(inr, { localCurrency: "EUR", localToUsd: 1.08 })), 173_493_600);
  });

  it("replaces the vendors it names and leaves the others alone", async () => {
    const catalog = Catalog.fromText(inr);
    assert.deepEqual((await catalog.models({ provider: "openai" })).map((entry) => entry.id), ["small"]);
    assert.ok((await catalog.models({ provider: "anthropic" })).length > 3);
    assert.equal(catalog.find("openai", "text", "gpt-4o"), undefined);
    assert.deepEqual(await catalog.providersOf("gpt-4o-mini"), ["openai"]);
    assert.deepEqual(await catalog.providersOf("gpt-4o"), []);
    const alone = Catalog.fromText(inr, { bundled: false });
    assert.deepEqual((await alone.models()).map((entry) => `${entry.provider}/${entry.id}`), [
      "openai/small",
    ]);
  });

  it("reads a file on first use, given as path or URL, and tells what is wrong then", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loom-catalog-"));
    try {
      const file = join(folder, "models.yaml");
      const catalog = Catalog.fromYaml(file);
      await assert.rejects(catalog.load(), {
        code: "config-invalid",
        message: /models\.yaml: there is no such file/,
      });
      await writeFile(file, "openai:\n  label: 7\n");
      await assert.rejects(async () => await catalog.ensure("openai"), (error: unknown) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.deepEqual(error.data, { path: "openai.label", file, line: 2 });
        return true;
      });
      await writeFile(file, inr);
      await catalog.ensure("openai");
      assert.ok(catalog.find("openai", "text", "small"), "a failure is not kept");
      const other = Catalog.fromYaml(pathToFileURL(file));
      await other.load();
      await other.load();
      assert.ok(other.find("openai", "text", "small"));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("refuses bad options at once", () => {
    assert.throws(() => Catalog.fromYaml(""), { code: "config-invalid" });
    assert.throws(() => Catalog.fromText(inr, { localCurrency: "EUR" }), { message: /localToUsd/ });
    assert.throws(() => Catalog.fromText(inr, { rates: { euro: 1 } }), { message: /rates\.euro/ });
    assert.throws(() => Catalog.fromText(inr, { rates: { eur: -1 } }), {
      message: /rates\.eur must be a number above 0/,
    });
  });
});

describe("Catalog.registerModel", () => {
  it("adds to a bundled vendor, before and after it is loaded", async () => {
    const catalog = new Catalog();
    catalog.registerModel({
      provider: "openai",
      modelId: "before",
      upstreamModel: "gpt-4o",
      inputCostPer1m: 2.5,
    });
    await catalog.ensure("openai");
    catalog.registerModel({ provider: "openai", modelId: "after", aliases: ["later"] });
    assert.deepEqual(catalog.find("openai", "text", "before")?.price, { input: 2_500_000_000 });
    assert.equal(catalog.find("openai", "text", "later")?.id, "after");
    assert.equal(catalog.find("openai", "text", "gpt-4o")?.id, "gpt-4o");
    assert.equal(catalog.ensure("openai"), undefined);
  });

  it("takes the place of a model with the same id", async () => {
    const catalog = new Catalog();
    catalog.registerModel({ provider: "openai", modelId: "gpt-4o", outputCostPer1m: 1 });
    catalog.registerModel({ provider: "openai", modelId: "gpt-4o", outputCostPer1m: 2, currency: "inr" });
    const found = (await catalog.models({ provider: "openai" })).filter((entry) => entry.id === "gpt-4o");
    assert.deepEqual(found.map((entry) => entry.price), [{ output: 24_000_000 }]);
  });

  it("makes a new vendor", async () => {
    const catalog = new Catalog();
    catalog.registerModel({
      provider: "acme",
      modality: "embedding",
      modelId: "vec",
      params: { dimensions: 8 },
      contextTokens: 512,
      capabilities: ["tools"],
    });
    assert.equal(catalog.ensure("acme"), undefined);
    assert.deepEqual(catalog.find("acme", "embedding", "vec"), {
      provider: "acme",
      modality: "embedding",
      id: "vec",
      model: "vec",
      params: { dimensions: 8 },
      contextTokens: 512,
      capabilities: ["tools"],
    });
    assert.ok(catalog.providers().includes("acme"));
    assert.deepEqual(await catalog.providersOf("vec"), ["acme"]);
  });

  const bad: readonly (readonly [change: object, path: string, message: RegExp])[] = [
    [{ modelId: "" }, "modelId", /not empty/],
    [{ provider: "a/b" }, "provider", /letters, digits/],
    [{ modality: "txt" }, "modality", /one of text, image/],
    [{ inputCostPer1m: -1 }, "inputCostPer1m", /0 or more, but is -1/],
    [{ outputCostPer1m: "1" }, "outputCostPer1m", /0 or more/],
    [{ outputCostPer1M: 1 }, "outputCostPer1M", /did you mean outputCostPer1m/],
    [{ contextTokens: 0 }, "contextTokens", /whole number above 0/],
    [{ currency: "CHF" }, "currency", /rates: \{ chf/],
    [{ aliases: [""] }, "aliases", /not empty/],
    [{ capabilities: ["fly"] }, "capabilities", /list out of tools/],
  ];
  for (const [change, path, message] of bad) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      const model = { provider: "acme", modelId: "x", ...change };
      assert.throws(() => new Catalog().registerModel(model), (error: unknown) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.equal(error.data.path, `registerModel.${path}`);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("Catalog.registerOpenAICompatible", () => {
  it("records a manifest", () => {
    const catalog = new Catalog();
    catalog.registerOpenAICompatible({
      key: "acme",
      label: "Acme AI",
      baseUrl: "https://api.acme.test/v1/",
      apiKeyEnv: "ACME_API_KEY",
    }).registerOpenAICompatible({ key: "local", baseUrl: "http://127.0.0.1:9/v1" });
    const [acme, local] = catalog.manifests;
    assert.deepEqual(acme, {
      id: "acme",
      label: "Acme AI",
      dialect: "openai-chat",
      baseUrl: "https://api.acme.test/v1",
      auth: { type: "bearer", env: ["ACME_API_KEY"] },
      models: "open",
      capabilities: { text: true, embedding: true, tools: true, images: true, files: true, audio: true },
      sources: [],
    });
    assert.deepEqual(local?.auth, { type: "none" });
  });

  it("refuses what would lose a key, and never shows it", () => {
    const register = (change: object): void => {
      const vendor = { key: "acme", baseUrl: "https://api.acme.test/v1", ...change };
      new Catalog().registerOpenAICompatible(vendor);
    };
    assert.throws(() => register({ baseUrl: "http://api.acme.test" }), { message: /https: URL/ });
    assert.throws(() => register({ baseUrl: "nonsense" }), { message: /baseUrl/ });
    assert.throws(() => register({ baseUrl: undefined }), { message: /baseUrl/ });
    assert.throws(() => register({ key: "a b" }), { message: /key must be an id/ });
    assert.throws(() => register({ apiKey: "sk-1" }), { message: /did you mean apiKeyEnv/ });
    for (const change of [{ apiKeyEnv: "sk-secret-1" }, { baseUrl: "https://u:sk-secret-1@acme.test" }]) {
      assert.throws(() => register(change), (error: unknown) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.doesNotMatch(error.message, /sk-secret/);
        return true;
      });
    }
    const twice = new Catalog().registerOpenAICompatible({ key: "a", baseUrl: "https://a.test" });
    assert.throws(() => twice.registerOpenAICompatible({ key: "a", baseUrl: "https://b.test" }), {
      message: /registered already/,
    });
  });
});
