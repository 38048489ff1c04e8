/** Providers: which there are, how each is changed by configuration and environment, and where its key comes from. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { Catalog, type LoomOptions } from "../../src/index.ts";
import { definePlugin, loomError } from "../../src/plugin.ts";
import { behave, type FakeVendor, startFakeVendor, type VendorRequest } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";

let vendor: FakeVendor;
before(async () => {
  vendor = await startFakeVendor();
});
after(() => vendor.close());

/** Makes one call and gives the request that arrived. */
async function sent(options: BareOptions, target: { readonly provider: string; readonly model?: string }) {
  await using loom = bareLoom(options);
  await loom.generate({ ...target, prompt: "hi" });
  return vendor.requests.at(-1) as VendorRequest;
}

const gpt = { provider: "openai", model: "gpt-4o-mini" };
const keyOf = ({ headers }: VendorRequest) => headers["authorization"];

/** A provider in code that says what it was given. */
const echo = definePlugin({
  api: 1,
  kind: "provider",
  id: "echo",
  options: z.strictObject({ greeting: z.string().default("Hello") }),
  make: (_, { greeting }) => ({
    label: "Echo",
    modalities: ["text"],
    models: "open",
    key: { names: ["ECHO_KEY"], optional: true },
    open: (_, key) =>
      Promise.resolve({
        parts: [{ type: "text", text: `${greeting}, ${key?.reveal() ?? "nobody"}` }, {
          type: "finish",
          reason: "stop",
        }],
      }),
  }),
});

describe("keys", () => {
  const rows: readonly (readonly [from: string, options: (url: string) => BareOptions])[] = [
    ["provider", (baseUrl) => ({
      providers: { openai: { baseUrl, apiKey: "sk-provider" } },
      apiKeys: { OPENAI_API_KEY: "sk-apiKeys" },
      variables: { OPENAI_API_KEY: "sk-environment" },
    })],
    ["apiKeys", (baseUrl) => ({
      providers: { openai: { baseUrl } },
      apiKeys: { OPENAI_API_KEY: "sk-apiKeys" },
      variables: { OPENAI_API_KEY: "sk-environment" },
    })],
    ["environment", (baseUrl) => ({
      providers: { openai: { baseUrl } },
      variables: { OPENAI_API_KEY: "sk-environment" },
      vault: { read: () => Promise.resolve("sk-vault") },
    })],
    ["vault", (baseUrl) => ({
      providers: { openai: { baseUrl } },
      vault: { read: (name) => Promise.resolve(name === "OPENAI_API_KEY" ? "sk-vault" : undefined) },
    })],
  ];
  for (const [from, options] of rows) {
    it(`come from ${from} before what follows`, async () => {
      assert.equal(keyOf(await sent(options(vendor.url), gpt)), `Bearer sk-${from}`);
    });
  }

  it("are refreshed once from the vault when the vendor refuses them", async () => {
    const keys = ["sk-old", "sk-new"];
    await using loom = bareLoom({
      providers: { openai: { baseUrl: vendor.url } },
      vault: { read: () => Promise.resolve(keys.shift()) },
    });
    vendor.script(behave.status(401, { error: { message: "bad key" } }));
    const result = await loom.generate({ ...gpt, prompt: "rotated" });
    assert.equal(keyOf(vendor.requests.at(-1) as VendorRequest), "Bearer sk-new");
    assert.ok(result.trace.steps.some(({ what }) => what === "new-key"));
  });

  it("that are optional need not be there", async () => {
    await using loom = bareLoom({ plugins: [echo] });
    assert.equal((await loom.generate({ provider: "echo", model: "x", prompt: "hi" })).text, "Hello, nobody");
  });

  it("of a provider in code come from its entry too", async () => {
    await using loom = bareLoom({
      plugins: [echo],
      providers: { echo: { apiKey: "k", options: { greeting: "Hej" } } },
    });
    assert.equal((await loom.generate({ provider: "echo", model: "x", prompt: "hi" })).text, "Hej, k");
  });
});

describe("the environment", () => {
  const variables = { OPENAI_API_KEY: "sk-test" };

  it("changes the address, unless the configuration does", async () => {
    const request = await sent({ variables: { ...variables, OPENAI_BASE_URL: `${vendor.url}/env/` } }, gpt);
    assert.equal(request.path, "/v1/env/chat/completions");
    const other = await sent({
      variables: { ...variables, OPENAI_BASE_URL: "http://127.0.0.1:9/nowhere" },
      providers: { openai: { baseUrl: `${vendor.url}/config` } },
    }, gpt);
    assert.equal(other.path, "/v1/config/chat/completions");
  });

  it("names a default model, known to the catalog or not", async () => {
    for (const model of ["gpt-4o-mini", "my-own-tune"]) {
      const options = {
        providers: { openai: { baseUrl: vendor.url } },
        variables: { ...variables, OPENAI_MODEL: model },
      };
      const request = await sent(options, { provider: "openai" });
      assert.equal((request.body as { model: string }).model, model);
    }
    await using loom = bareLoom({ variables });
    const error = await failureOf(loom.generate({ provider: "openai", prompt: "hi" }), "invalid-request");
    assert.match(error.message, /model is missing, and provider "openai" has no default model/);
  });

  it("adds the headers that the manifest reads from it", async () => {
    const options = { providers: { openai: { baseUrl: vendor.url } } };
    const with_ = await sent({ ...options, variables: { ...variables, OPENAI_ORG_ID: "org-1" } }, gpt);
    assert.equal(with_.headers["openai-organization"], "org-1");
    assert.equal(with_.headers["openai-project"], undefined, "an unset variable sends no header");
    const both = { ...variables, OPENAI_ORGANIZATION: "org-first", OPENAI_ORG_ID: "org-second" };
    const first = await sent({ ...options, variables: both }, gpt);
    assert.equal(first.headers["openai-organization"], "org-first");
  });
});

describe("configuration", () => {
  it("adds headers and lets them win", async () => {
    const request = await sent({
      variables: { OPENAI_ORGANIZATION: "org-env" },
      providers: {
        openai: {
          baseUrl: vendor.url,
          apiKey: "sk-test",
          headers: { "X-Tenant": "7", "OpenAI-Organization": "org-config" },
        },
      },
    }, gpt);
    assert.equal(request.headers["x-tenant"], "7");
    assert.equal(request.headers["openai-organization"], "org-config");
  });

  it("makes a second provider of one vendor with `type`, with models, prices and a key of its own", async () => {
    await using loom = bareLoom({
      apiKeys: { OPENAI_API_KEY: "sk-first" },
      providers: {
        openai: { baseUrl: `${vendor.url}/us` },
        eu: { type: "openai", baseUrl: `${vendor.url}/eu`, apiKey: "sk-eu" },
      },
    });
    const [us, eu] = [
      await loom.generate({ ...gpt, prompt: "us" }),
      await loom.generate({ model: "eu/gpt-4o-mini", prompt: "eu" }),
    ];
    assert.deepEqual([us.provider, eu.provider], ["openai", "eu"]);
    assert.equal(eu.cost.usd, us.cost.usd);
    const [first, second] = vendor.requests.slice(-2);
    assert.deepEqual([first?.path, second?.path], ["/v1/us/chat/completions", "/v1/eu/chat/completions"]);
    assert.deepEqual([first, second].map((one) => keyOf(one as VendorRequest)), [
      "Bearer sk-first",
      "Bearer sk-eu",
    ]);
  });

  it("opens a vendor for models that the catalog does not know, at unknown cost", async () => {
    const entry = { baseUrl: vendor.url, apiKey: "sk-test" };
    await using closed = bareLoom({ providers: { openai: entry } });
    await failureOf(
      closed.generate({ provider: "openai", model: "brand-new", prompt: "x" }),
      "model-not-found",
    );
    await using open = bareLoom({ providers: { openai: { ...entry, models: "open" } } });
    const result = await open.generate({ provider: "openai", model: "brand-new", prompt: "x" });
    assert.equal(result.cost.usd, null);
  });

  const wrong: readonly (readonly [LoomOptions["providers"] & object, path: string, says: RegExp])[] = [
    [{ openai: { baseUrl: "ftp://x/y" } }, "providers.openai.baseUrl", /"ftp:" is not http/],
    [{ openai: { baseUrl: "https://u:p@x/y" } }, "providers.openai.baseUrl", /user name or password/],
    [{ openai: { baseUrl: "https://x/y?k=1" } }, "providers.openai.baseUrl", /query/],
    [{ openai: { options: { greeting: "x" } } }, "providers.openai.options", /manifest.*no options/],
    [{ echo: { baseUrl: "https://x/y" } }, "providers.echo.baseUrl", /baseUrl/],
    [{ echo: { headers: { a: "b" } } }, "providers.echo.headers", /headers/],
    [{ echo: { timeouts: { idleMs: 5 } } }, "providers.echo.timeouts", /timeouts/],
    [{ echo: { options: { greting: "x" } } }, "providers.echo.options.greting", /greting/],
    [{ mine: { type: "opena" } }, "providers.mine.type", /no provider "opena".*did you mean openai/],
    [{ mine: { baseUrl: "https://x/y" } }, "providers.mine", /type/],
  ];
  for (const [providers, path, says] of wrong) {
    it(`is refused when it cannot be meant: ${JSON.stringify(providers)}`, async () => {
      await using loom = bareLoom({ plugins: [echo], providers, apiKeys: { OPENAI_API_KEY: "sk-test" } });
      const [provider = ""] = Object.keys(providers);
      const error = await failureOf(
        loom.generate({ provider, model: "gpt-4o-mini", prompt: "x" }),
        "config-invalid",
      );
      assert.match(error.message, says);
      assert.ok(error.data.path.startsWith(path), error.data.path);
    });
  }

  it("a secret in a wrong address is not shown", async () => {
    await using loom = bareLoom({
      providers: { openai: { baseUrl: "https://u:hunter2@x/y", apiKey: "sk-1" } },
    });
    const error = await failureOf(loom.generate({ ...gpt, prompt: "x" }), "config-invalid");
    assert.ok(!JSON.stringify([error.message, error]).includes("hunter2"));
  });
});

describe("unknown providers", () => {
  it("are told with near names", async () => {
    await using loom = bareLoom();
    for (const request of [{ provider: "opneai", model: "gpt-4o" }, { provider: "mistrall", model: "x" }]) {
      const error = await failureOf(loom.generate({ ...request, prompt: "x" }), "model-not-found");
      assert.match(error.message, /there is no provider "(opneai|mistrall)"; did you mean (openai|mistral)/);
      assert.equal(error.provider, request.provider);
    }
  });

  it("are told with all there are when nothing is near", async () => {
    await using loom = bareLoom({ plugins: [echo] });
    const error = await failureOf(
      loom.generate({ provider: "zzzzzzzz", model: "x", prompt: "x" }),
      "model-not-found",
    );
    assert.match(error.message, /known are .*deepseek.*echo.*openai.*sandbox/);
  });
});

describe("a vendor registered with the catalog", () => {
  const newco = () => ({ key: "newco", label: "NewCo", baseUrl: vendor.url, apiKeyEnv: "NEWCO_KEY" });

  for (const when of ["before", "after"]) {
    it(`${when} the Loom opened can be called`, async () => {
      await using loom = bareLoom({ variables: { NEWCO_KEY: "nk-1" } });
      if (when === "before") loom.catalog.registerOpenAICompatible(newco());
      await loom.open();
      if (when === "after") loom.catalog.registerOpenAICompatible(newco());
      const result = await loom.generate({ model: "newco/any-model", prompt: "hi" });
      assert.deepEqual([result.provider, result.model], ["newco", "any-model"]);
      assert.equal(keyOf(vendor.requests.at(-1) as VendorRequest), "Bearer nk-1");
      assert.ok((await loom.engine()).opened.providers.ids().includes("newco"));
    });
  }

  it("has prices when its models are registered too", async () => {
    const catalog = new Catalog().registerOpenAICompatible(newco()).registerModel({
      provider: "newco",
      modelId: "fast",
      upstreamModel: "fast-2",
      inputCostPer1m: 1_000,
      outputCostPer1m: 2_000,
    });
    await using loom = bareLoom({ catalog, variables: { NEWCO_KEY: "nk-1" } });
    vendor.script(behave.stream(["a ", "b "]));
    const { cost, usage } = await loom.stream({ provider: "newco", model: "fast", prompt: "hi" }).result;
    assert.equal((vendor.requests.at(-1)?.body as { model: string }).model, "fast-2");
    assert.equal(cost.usd, (usage.inputTokens + 2 * usage.outputTokens) / 1000);
  });

  it("may not take the name of a bundled one, nor of a plugin", async () => {
    for (const key of ["openai", "echo"]) {
      await using loom = bareLoom({ plugins: [echo], apiKeys: { OPENAI_API_KEY: "sk-test" } });
      loom.catalog.registerOpenAICompatible({ key, baseUrl: vendor.url });
      const error = await failureOf(
        loom.generate({ provider: key, model: "gpt-4o-mini", prompt: "hi" }),
        "plugin-invalid",
      );
      assert.match(error.message, new RegExp(`provider/${key}.*(bundled|code).*registerOpenAICompatible`));
    }
  });

  it("may not ask for a bundled vendor's key", async () => {
    await using loom = bareLoom({ apiKeys: { OPENAI_API_KEY: "sk-test" } });
    loom.catalog.registerOpenAICompatible({ ...newco(), apiKeyEnv: "OPENAI_API_KEY" });
    const before = vendor.requests.length;
    const error = await failureOf(
      loom.generate({ provider: "newco", model: "x", prompt: "hi" }),
      "plugin-invalid",
    );
    assert.match(error.message, /would send OPENAI_API_KEY, the key of OpenAI, to/);
    assert.equal(vendor.requests.length, before);
  });
});

describe("a provider that cannot be made", () => {
  it("harms no other, and is tried again with the next call", async () => {
    let attempts = 0;
    const moody = definePlugin({
      api: 1,
      kind: "provider",
      id: "moody",
      make(use, options) {
        if (++attempts === 1) throw loomError("config-invalid", "not today", { path: "moody" });
        return echo.make(use, { greeting: String(options ?? "Back") });
      },
    });
    await using loom = bareLoom({ plugins: [moody, echo] });
    const call = { provider: "moody", model: "x", prompt: "hi" };
    await failureOf(loom.generate(call), "config-invalid");
    assert.equal((await loom.generate({ ...call, provider: "echo" })).kind, "text");
    assert.equal((await loom.generate(call)).text, "Back, nobody");
    assert.equal(attempts, 2);
  });

  it("for want of a package names the package and the command", async () => {
    const needy = definePlugin({
      api: 1,
      kind: "provider",
      id: "needy",
      packages: ["@acme/absent-sdk"],
      make: async () => {
        const name = "@acme/absent-sdk";
        return await import(name);
      },
    });
    await using loom = bareLoom({ plugins: [needy] });
    const error = await failureOf(
      loom.generate({ provider: "needy", model: "x", prompt: "hi" }),
      "plugin-invalid",
    );
    assert.match(
      error.message,
      /provider "needy" needs the package @acme\/absent-sdk.*npm install @acme\/absent-sdk/,
    );
  });
});
