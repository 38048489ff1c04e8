import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Modality } from "../../src/contract/call.ts";
import { LoomError, ModelNotFoundError } from "../../src/errors/index.ts";
import { Catalog, lookup, match } from "../../src/catalog/index.ts";

describe("lookup", () => {
  const cases:
    readonly (readonly [provider: string | undefined, model: string, modality: Modality, string[]])[] = [
      ["openai", "gpt-4o-mini", "text", ["openai/gpt-4o-mini"]],
      ["openai", "openai/gpt-4o-mini", "text", ["openai/gpt-4o-mini"]],
      [undefined, "openai/gpt-4o-mini", "text", ["openai/gpt-4o-mini"]],
      [undefined, "gpt-4o-mini", "text", ["openai/gpt-4o-mini"]],
      [undefined, "deepseek-v3", "text", ["deepseek/deepseek-chat"]],
      [undefined, "text-embedding-3-small", "embedding", ["openai/text-embedding-3-small"]],
      ["openrouter", "openai/gpt-4o-mini", "text", ["openrouter/openai/gpt-4o-mini"]],
      [undefined, "openrouter/openai/gpt-4o-mini", "text", ["openrouter/openai/gpt-4o-mini"]],
      [undefined, "gpt-oss-120b", "text", [
        "cerebras/gpt-oss-120b",
        "fireworks/accounts/fireworks/models/gpt-oss-120b",
      ]],
    ];
  for (const [provider, model, modality, expected] of cases) {
    it(`finds ${provider ?? "any"} ${model}`, async () => {
      const found = await lookup(new Catalog(), provider, model, modality);
      assert.deepEqual(found.map((entry) => `${entry.provider}/${entry.id}`), expected);
    });
  }

  it("takes a prefix that is no vendor's own name for part of the model's", async () => {
    const found = await lookup(new Catalog(), undefined, "openai/gpt-oss-120b", "text");
    assert.deepEqual(found.map((entry) => entry.provider), ["groq", "together", "nvidia"]);
  });

  it("is synchronous once the vendor is loaded", async () => {
    const catalog = new Catalog();
    assert.ok(lookup(catalog, "openai", "gpt-4o", "text") instanceof Promise);
    await lookup(catalog, undefined, "gpt-4o", "text");
    for (
      const [provider, model] of [["openai", "gpt-4o"], [undefined, "openai/gpt-4o"], [
        undefined,
        "gpt-4o",
      ]] as const
    ) {
      const found = lookup(catalog, provider, model, "text");
      assert.ok(!(found instanceof Promise));
      assert.equal(found[0].id, "gpt-4o");
    }
  });

  it("finds registered models and vendors by bare name", async () => {
    const catalog = new Catalog().registerModel({ provider: "acme", modelId: "gpt-4o" });
    const found = await lookup(catalog, undefined, "gpt-4o", "text");
    assert.deepEqual(found.map((entry) => entry.provider), ["acme", "openai"]);
  });

  const missing:
    readonly (readonly [provider: string | undefined, string, Modality, RegExp, readonly string[]])[] = [
      [
        "openai",
        "gpt-4o-mni",
        "text",
        /openai has no text model "gpt-4o-mni"; did you mean openai\/gpt-4o-mini/,
        [
          "openai/gpt-4o-mini",
        ],
      ],
      [undefined, "claude-hiaku-4-5", "text", /did you mean anthropic\/claude-haiku-4-5/, [
        "anthropic/claude-haiku-4-5",
      ]],
      [undefined, "anthropic/claude-haiku", "text", /anthropic has no text model "claude-haiku"/, [
        "anthropic/claude-haiku-5-5",
      ]],
      [
        "openai",
        "text-embedding-3-small",
        "text",
        /is a model for embedding, not for text: ask with modality "embedding"/,
        [
          "openai/text-embedding-3-small",
        ],
      ],
      [
        "nobody",
        "gpt-4o",
        "text",
        /no text model "gpt-4o" and no vendor "nobody"; did you mean openai\/gpt-4o/,
        [
          "openai/gpt-4o",
        ],
      ],
      [undefined, "zzzzzzzzzz", "text", /catalog\.registerModel\(\) adds one/, []],
      [undefined, "", "text", /no text model ""/, []],
      [undefined, "constructor", "text", /no text model/, []],
      [undefined, "__proto__/x", "text", /no text model/, []],
    ];
  for (const [provider, model, modality, message, suggestions] of missing) {
    it(`says what may be meant by ${provider ?? "any"} "${model}"`, async () => {
      await assert.rejects(
        async () => await lookup(new Catalog(), provider, model, modality),
        (error: unknown) => {
          assert.ok(error instanceof ModelNotFoundError);
          assert.ok(LoomError.is(error, "model-not-found"));
          assert.match(error.message, message);
          assert.equal(error.model, model);
          for (const one of suggestions) {
            assert.ok(error.data.suggestions?.includes(one), String(error.data.suggestions));
          }
          if (suggestions.length === 0) {
            assert.deepEqual(error.data.suggestions, []);
          }
          return true;
        },
      );
    });
  }

  it("tells of a broken file rather than of a missing model", async () => {
    const catalog = Catalog.fromText("openai: 5", { file: "mine.yaml" });
    await assert.rejects(async () => await lookup(catalog, undefined, "gpt-4o", "text"), {
      code: "config-invalid",
      message: /^mine\.yaml:1: /,
    });
  });
});

describe("match", () => {
  it("gives an empty list where lookup fails", async () => {
    assert.deepEqual(await match(new Catalog(), "ollama", "my-own-model", "text"), []);
    assert.deepEqual(await match(new Catalog(), undefined, "my-own-model", "text"), []);
  });
});
