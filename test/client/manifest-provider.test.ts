/** A provider made of data: address, headers, key and abilities as its manifest and its configuration say. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestProvider, type ProviderOverrides } from "../../src/client/manifest-provider.ts";
import type { Dialect, Exchange, Http, Manifest } from "../../src/plugin.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";
import { fakeAttempting, fakeSecret } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { wireCodec } from "../support/wire-codec.ts";

const manifest: Manifest = {
  id: "acme",
  label: "Acme",
  dialect: "openai-chat",
  baseUrl: "https://api.acme.example/v1/",
  auth: { type: "bearer", env: ["ACME_API_KEY", "ACME_KEY"] },
  env: { baseUrl: ["ACME_URL", "ACME_BASE_URL"], model: ["ACME_MODEL"] },
  headers: { "X-Org": "${ACME_ORG}", "X-Static": "yes" },
  capabilities: { text: true, embedding: false },
  otelName: "acme.ai",
  sources: [],
};

/** Makes the provider and the exchange that a call on it would make. */
async function made(
  change: Partial<Manifest> = {},
  overrides: ProviderOverrides = {},
  variables: Record<string, string> = {},
) {
  const exchanges: Exchange[] = [];
  const http: Http = {
    exchange: (_, exchange) => (exchanges.push(exchange), Promise.resolve({ parts: [] })),
    operate: () => Promise.reject(new Error("unused")),
    request: () => Promise.reject(new Error("unused")),
    close: () => Promise.resolve(),
  };
  const provider = manifestProvider(
    { ...manifest, ...change },
    { codec: { ...wireCodec(), modalities: ["text", "embedding"] } },
    http,
    fixedEnvironment(variables),
    overrides,
  );
  const [modality = "text"] = provider.modalities;
  await provider.open(fakeAttempting({ call: { modality } }), fakeSecret("sk-1"));
  return { provider, exchange: exchanges[0] as Exchange };
}

describe("manifestProvider()", () => {
  it("says what it is", async () => {
    const { provider } = await made();
    const { label, modalities, models, key, otelName, address, defaultModel } = provider;
    assert.deepEqual(
      { label, modalities, models, key, otelName, address, defaultModel },
      {
        label: "Acme",
        modalities: ["text"],
        models: "catalog",
        key: { names: ["ACME_API_KEY", "ACME_KEY"], optional: false },
        otelName: "acme.ai",
        address: { host: "api.acme.example", port: 443 },
        defaultModel: undefined,
      },
    );
  });

  const addresses: readonly (readonly [
    what: string,
    overrides: ProviderOverrides,
    variables: Record<string, string>,
    url: string,
    port: number,
  ])[] = [
    ["the manifest", {}, {}, "https://api.acme.example/v1", 443],
    ["the environment", {}, { ACME_BASE_URL: "http://proxy.test/acme//" }, "http://proxy.test/acme", 80],
    [
      "the first variable",
      {},
      { ACME_URL: "https://a.test:8443", ACME_BASE_URL: "https://b.test" },
      "https://a.test:8443",
      8443,
    ],
    [
      "the configuration",
      { baseUrl: "http://127.0.0.1:4010/v1" },
      { ACME_URL: "https://a.test" },
      "http://127.0.0.1:4010/v1",
      4010,
    ],
  ];
  for (const [what, overrides, variables, url, port] of addresses) {
    it(`takes its address from ${what}, without slashes at the end`, async () => {
      const { provider, exchange } = await made({}, overrides, variables);
      assert.equal(exchange.baseUrl, url);
      assert.equal(provider.address?.port, port);
    });
  }

  for (const wrong of ["ftp://x", "not a url", "https://u:p@x", "https://x/?k=1", "https://x/#f"]) {
    it(`refuses the address ${wrong} and names the option`, async () => {
      const error = await failureOf(made({}, {}, { ACME_URL: wrong }), "config-invalid");
      assert.equal(error.data.path, "providers.acme.baseUrl");
      assert.match(error.message, /base URL of provider "acme"/);
    });
  }

  it("fills headers from the environment; configured ones win, whatever their case", async () => {
    const { exchange } = await made({}, { headers: { "x-STATIC": "no", "X-More": "1" } }, { ACME_ORG: "o" });
    assert.deepEqual(exchange.headers, { "x-org": "o", "x-static": "no", "x-more": "1" });
    assert.deepEqual((await made()).exchange.headers, { "x-static": "yes" });
  });

  it("needs no key, or only perhaps, when the manifest says so", async () => {
    assert.equal((await made({ auth: { type: "none" } })).provider.key, undefined);
    const { provider } = await made({
      auth: { type: "header", header: "x-key", env: ["K"], optional: true },
    });
    assert.deepEqual(provider.key, { names: ["K"], optional: true });
  });

  it("does embeddings unless they are denied, and knows its default model", async () => {
    const { provider } = await made({ capabilities: { text: false } }, {}, { ACME_MODEL: "acme-1" });
    assert.deepEqual([provider.modalities, provider.defaultModel], [["embedding"], "acme-1"]);
  });

  it("hands key, codec, manifest and deadlines to the wire", async () => {
    const { exchange } = await made({ models: "open" }, { timeouts: { idleMs: 5 } });
    assert.equal(exchange.key?.reveal(), "sk-1");
    assert.deepEqual(exchange.timeouts, { idleMs: 5 });
    assert.equal(exchange.manifest.id, "acme");
    assert.equal((await made({ models: "open" })).provider.models, "open");
    assert.equal((await made({ models: "open" }, { models: "catalog" })).provider.models, "catalog");
  });
});

describe("media that the vendor has elsewhere", () => {
  const bases = async (overrides: ProviderOverrides) => {
    const seen: (string | undefined)[] = [];
    const media: Dialect = {
      codec: (manifest) => {
        const { image, rerank } = manifest.media ?? {};
        seen.push(image?.base, rerank?.base, rerank?.variants?.[0]?.base, rerank?.edit?.base);
        return { ...wireCodec(), modalities: [] };
      },
    };
    const http: Http = {
      exchange: () => Promise.resolve({ parts: [] }),
      operate: () => Promise.reject(new Error("unused")),
      request: () => Promise.reject(new Error("unused")),
      close: () => Promise.resolve(),
    };
    const base = "https://media.acme.example/v1";
    const described: Manifest = {
      ...manifest,
      baseUrl: "https://api.acme.example/v1",
      media: {
        image: { path: "/images", base: "../v2" },
        rerank: { path: "/rank", base, variants: [{ models: ["x"], base }], edit: { base } },
      },
    };
    const provider = manifestProvider(
      described,
      { codec: wireCodec(), media: () => Promise.resolve(media) },
      http,
      fixedEnvironment({}),
      overrides,
    );
    assert.deepEqual(provider.modalities, ["text", "image", "rerank"]);
    assert.deepEqual(seen, [], "the dialect waits for the first call that needs it");
    for (const modality of ["image", "rerank"] as const) {
      await provider.open(fakeAttempting({ target: { modality } }), undefined);
    }
    return seen;
  };

  it("stays there", async () => {
    const base = "https://media.acme.example/v1";
    assert.deepEqual(await bases({}), ["../v2", base, base, base]);
  });

  it("goes where everything goes, when the operator says where", async () => {
    assert.deepEqual(await bases({ baseUrl: "https://proxy.example" }), [
      "../v2",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
