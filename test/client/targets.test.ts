/** From names to targets: providers, catalog entries, params laid over each other, and names that nobody has. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Catalog, type GenerateRequest, type Json, Router } from "../../src/index.ts";
import { behave, type FakeVendor, startFakeVendor } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";

let vendor: FakeVendor;
before(async () => {
  vendor = await startFakeVendor();
});
after(() => vendor.close());

interface Body {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: Json }[];
  readonly [param: string]: Json | readonly object[];
}

const catalogText = `
openai:
  label: OpenAI
  modalities:
    text:
      - id: house-model
        model: gpt-4o-mini
        aliases: [house]
        params: { temperature: 0.1, top_p: 0.5, system: "You are the house." }
        input_inr_per_1m: 100
        output_inr_per_1m: 200
`;

function options(more: BareOptions = {}): BareOptions {
  return { providers: { openai: { baseUrl: vendor.url, apiKey: "sk-test" } }, ...more };
}

/** Makes one call and gives result and body. */
async function ask(request: GenerateRequest, more: BareOptions = {}) {
  await using loom = bareLoom(options(more));
  const result = await loom.generate(request);
  return { result, body: vendor.requests.at(-1)?.body as Body };
}

describe("names", () => {
  const rows: readonly (readonly [
    what: string,
    request: Omit<GenerateRequest, "prompt">,
    provider: string,
    model: string,
  ])[] = [
    ["provider and model", { provider: "openai", model: "gpt-4o-mini" }, "openai", "gpt-4o-mini"],
    ["provider/model", { model: "openai/gpt-4o-mini" }, "openai", "gpt-4o-mini"],
    [
      "both, the provider twice",
      { provider: "openai", model: "openai/gpt-4o-mini" },
      "openai",
      "gpt-4o-mini",
    ],
    ["a bare name, where the key is", { model: "gpt-4o-mini" }, "openai", "gpt-4o-mini"],
    ["a slash that is part of the name", { provider: "sandbox", model: "a/b" }, "sandbox", "a/b"],
  ];
  for (const [what, request, provider, model] of rows) {
    it(`are found: ${what}`, async () => {
      const { result } = await ask({ ...request, prompt: "hi" }, { apiKeys: { OPENAI_API_KEY: "sk-test" } });
      assert.deepEqual([result.provider, result.model], [provider, model]);
    });
  }

  it("that are bare go to the first vendor whose key is there", async () => {
    const catalog = new Catalog();
    for (const provider of ["deepseek", "openai"]) {
      catalog.registerModel({ provider, modelId: "shared-name", upstreamModel: `${provider}-upstream` });
    }
    const { result } = await ask({ model: "shared-name", prompt: "hi" }, {
      catalog,
      apiKeys: { OPENAI_API_KEY: "sk-test" },
    });
    assert.equal(result.provider, "openai");
    await using keyless = bareLoom({ catalog });
    const error = await failureOf(keyless.generate({ model: "shared-name", prompt: "hi" }), "key-missing");
    assert.equal(error.provider, "deepseek");
  });

  it("that are bare go to their maker, not to a cloud whose credentials nobody can look for", async () => {
    await using loom = bareLoom();
    for (
      const [model, provider] of [["gemini-2.5-pro", "gemini"], ["claude-opus-5-5", "anthropic"]] as const
    ) {
      const error = await failureOf(loom.generate({ model, prompt: "hi" }), "key-missing");
      assert.equal(error.provider, provider);
    }
  });

  it("that are bare go where an account or a key of the configuration is", async () => {
    await using loom = bareLoom({
      providers: { gemini: { apiKey: "sk-test", baseUrl: "http://127.0.0.1:1" } },
      retry: false,
    });
    const error = await failureOf(
      loom.generate({ model: "gemini-2.5-pro", prompt: "hi" }),
      "connection-failed",
    );
    assert.equal(error.provider, "gemini");
  });

  const unknown: readonly (readonly [request: Omit<GenerateRequest, "prompt">, says: RegExp])[] = [
    [{ provider: "openai", model: "gpt-4o-mni" }, /did you mean .*gpt-4o-mini/],
    [{ model: "openai/gpt-4o-mni" }, /did you mean .*openai\/gpt-4o-mini/],
    [{ model: "gpt-4o-mni" }, /did you mean .*openai\/gpt-4o-mini/],
    [
      { provider: "openai", model: "text-embedding-3-small" },
      /for embedding, not for text: ask with modality "embedding"/,
    ],
  ];
  for (const [request, says] of unknown) {
    it(`that nobody has are told with near ones: ${JSON.stringify(request)}`, async () => {
      await using loom = bareLoom(options());
      const error = await failureOf(loom.generate({ ...request, prompt: "hi" }), "model-not-found");
      assert.match(error.message, says);
      assert.ok((error.data.suggestions?.length ?? 0) > 0);
      assert.equal(error.trace?.attempts.length, 0);
    });
  }
});

describe("a catalog of one's own", () => {
  it("in rupees bills in rupees and in dollars", async () => {
    vendor.script(behave.text("One two."));
    const { result, body } = await ask({ model: "openai/house", prompt: "hi" }, {
      catalog: Catalog.fromText(catalogText),
      localToUsd: 0.01,
    });
    assert.deepEqual([result.model, body.model], ["house-model", "gpt-4o-mini"]);
    const rupees = (7 * 100 + 2 * 200) / 1e6;
    assert.equal(result.cost.localCurrency, "INR");
    assert.ok(Math.abs((result.cost.local ?? 0) - rupees) < 1e-9, `${result.cost.local}`);
    assert.ok(Math.abs((result.cost.usd ?? 0) - rupees * 0.01) < 1e-9, `${result.cost.usd}`);
  });

  it("replaces the vendor's list and leaves other vendors alone", async () => {
    await using loom = bareLoom(options({ catalog: Catalog.fromText(catalogText) }));
    assert.deepEqual((await loom.models({ provider: "openai" })).map(({ id }) => id), ["house-model"]);
    assert.ok((await loom.models({ provider: "mistral" })).length > 3);
    await failureOf(loom.generate({ provider: "openai", model: "gpt-4o", prompt: "hi" }), "model-not-found");
  });

  it("that is wrong says so before the first call", async () => {
    await using loom = bareLoom(
      options({ catalog: Catalog.fromText("openai: { modalities: { txt: [] } }") }),
    );
    const error = await failureOf(loom.open(), "config-invalid");
    assert.match(error.message, /txt/);
  });
});

describe("params", () => {
  const house = { model: "openai/house-model", prompt: "hi" };
  const own = { catalog: Catalog.fromText(catalogText) };

  it("of the catalog lie beneath those of the call", async () => {
    const { body } = await ask({ ...house, params: { temperature: 0.9, seed: 7 } }, own);
    assert.deepEqual([body["temperature"], body["top_p"], body["seed"]], [0.9, 0.5, 7]);
  });

  it("of a candidate lie above both", async () => {
    await using loom = bareLoom(options(own));
    const router = new Router({
      candidates: [{ ...house, params: { temperature: 0.3 } }].map(({ model, params }) => ({
        model,
        params,
      })),
    });
    await loom.route(router, { prompt: "hi", params: { temperature: 0.9, seed: 7 } });
    const body = vendor.requests.at(-1)?.body as Body;
    assert.deepEqual([body["temperature"], body["top_p"], body["seed"]], [0.3, 0.5, 7]);
  });

  it("of the vendor that Loom has no opinion on pass through untouched", async () => {
    const params = { made_up: { deeply: [1, null, "x"] }, logit_bias: { "50256": -100 } };
    const { body } = await ask({ model: "openai/gpt-4o-mini", prompt: "hi", params });
    assert.deepEqual(body["made_up"], params.made_up);
    assert.deepEqual(body["logit_bias"], params.logit_bias);
  });

  const systems: readonly (readonly [from: string, request: GenerateRequest, expected: string])[] = [
    [
      "params.system",
      { model: "openai/gpt-4o-mini", prompt: "hi", params: { system: "From params." } },
      "From params.",
    ],
    [
      "the request",
      { model: "openai/gpt-4o-mini", prompt: "hi", system: "From the request." },
      "From the request.",
    ],
    ["the catalog", house, "You are the house."],
  ];
  for (const [from, request, expected] of systems) {
    it(`system comes from ${from}, as a turn`, async () => {
      const { body } = await ask(
        request,
        request.model === house.model ? own : {},
      );
      assert.deepEqual(body.messages, [{ role: "system", content: expected }, {
        role: "user",
        content: "hi",
      }]);
      assert.equal(body["system"], undefined);
    });
  }

  it("system of a candidate wins, for that candidate alone", async () => {
    await using loom = bareLoom(options({ retry: false }));
    vendor.script(behave.status(500, { error: { message: "down" } }), behave.text("fine"));
    const router = new Router({
      candidates: [
        { model: "openai/gpt-4o", params: { system: "For the first." } },
        { model: "openai/gpt-4o-mini" },
      ],
    });
    await loom.route(router, { prompt: "hi", system: "For all." });
    const systems = vendor.requests.slice(-2).map(({ body }) => (body as Body).messages[0]?.content);
    assert.deepEqual(systems, ["For the first.", "For all."]);
  });
});

describe("Router.failover", () => {
  it("walks the equivalents of a model; those without a key or a plugin are left behind", async () => {
    await using loom = bareLoom(options({
      retry: false,
      providers: {
        openai: { baseUrl: vendor.url, apiKey: "sk-test" },
        deepseek: { baseUrl: vendor.url, apiKey: "sk-test" },
      },
    }));
    vendor.script(behave.status(500, { error: { message: "down" } }), behave.text("from the other"));
    const result = await loom.route(Router.failover({ provider: "openai", model: "gpt-4o-mini" }), {
      prompt: "hi",
    });
    assert.equal(result.text, "from the other");
    assert.equal(result.provider, "deepseek");
    assert.equal(result.router?.tried[0], "openai/gpt-4o-mini");
    assert.equal(result.router?.used, `deepseek/${result.model}`);
  });

  it("without any key for them says so for each", async () => {
    await using loom = bareLoom(options({ retry: false }));
    vendor.script(behave.status(500, { error: { message: "down" } }));
    const error = await failureOf(
      loom.route(Router.failover({ provider: "openai", model: "gpt-4o-mini" }), { prompt: "hi" }),
      "all-failed",
    );
    assert.match(
      error.message,
      /openai\/gpt-4o-mini \(provider-failed.*deepseek\/.* \(key-missing.*DEEPSEEK_API_KEY/,
    );
  });
});
