import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoomError } from "../../src/errors/index.ts";
import { compileCatalog, compileEquivalents } from "../../src/catalog/compile.ts";

const rates = { usd: 1, inr: 0.012 };

/** A catalog of one model, whose first line is line 5. */
function withModel(lines: string): string {
  return `# Source: test\nopenai:\n  modalities:\n    text:\n${lines.replace(/^/gm, "      ")}\n`;
}

describe("compileCatalog", () => {
  it("compiles every field", async () => {
    const [vendor] = await compileCatalog(
      `openai:
  label: OpenAI
  modalities:
    text:
      - id: small
        name: Cheap default
        model: gpt-4o-mini
        aliases: [tiny, "7"]
        params: { temperature: 0, stop: [a, b], nested: { deep: true } }
        input_usd_per_1m: 0.15
        cached_input_usd_per_1m: 0.075
        cache_write_usd_per_1m: 0.2
        cache_write_1h_usd_per_1m: 0.3
        output_usd_per_1m: 0.6
        reasoning_usd_per_1m: 0.7
        query_usd: 0.01
        request_usd: 0.005
        steps:
          - { above_input_tokens: 272000, output_usd_per_1m: 2 }
          - { above_input_tokens: 128000, inclusive: true, input_usd_per_1m: 1 }
        context_tokens: 128000
        max_output_tokens: 16384
        capabilities: [tools, json-schema]
        deprecated: 2027-01-01
    speech:
      - { id: voice, character_usd_per_1m: 15 }
      - { id: film, second_usd: 0.1, image_usd: 0.02 }
`,
      "models.yaml",
      rates,
    );
    assert.deepEqual(vendor, {
      provider: "openai",
      label: "OpenAI",
      models: [
        {
          provider: "openai",
          modality: "text",
          id: "small",
          name: "Cheap default",
          model: "gpt-4o-mini",
          aliases: ["tiny", "7"],
          params: { temperature: 0, stop: ["a", "b"], nested: { deep: true } },
          price: {
            input: 150_000_000,
            cachedInput: 75_000_000,
            cacheWrite: 200_000_000,
            cacheWrite1h: 300_000_000,
            output: 600_000_000,
            reasoning: 700_000_000,
            query: 10_000_000,
            request: 5_000_000,
            steps: [
              { aboveInputTokens: 128_000, inclusive: true, input: 1_000_000_000 },
              { aboveInputTokens: 272_000, output: 2_000_000_000 },
            ],
          },
          contextTokens: 128_000,
          maxOutputTokens: 16_384,
          capabilities: ["tools", "json-schema"],
          deprecated: "2027-01-01",
        },
        {
          provider: "openai",
          modality: "speech",
          id: "voice",
          model: "voice",
          price: { character: 15_000_000_000 },
        },
        {
          provider: "openai",
          modality: "speech",
          id: "film",
          model: "film",
          price: { second: 100_000_000, image: 20_000_000 },
        },
      ],
    });
  });

  it("compiles variants, rates of sound and pictures, and the discount for batches", async () => {
    const [vendor] = await compileCatalog(
      `openai:
  batch_discount: 0.5
  modalities:
    text:
      - id: audio
        input_audio_usd_per_1m: 32
        cached_input_audio_usd_per_1m: 0.4
        output_audio_inr_per_1m: 100
        input_image_usd_per_1m: 10
        output_image_usd_per_1m: 40
        variants:
          - { when: { quality: high, size: [a, 2], flag: false }, image_usd: 0.2 }
          - { when: { service_tier: flex }, factor: 0.5 }
      - id: full price in batches
        batch_discount: 1
        input_usd_per_1m: 1
      - id: none
        price_unknown: nobody says
`,
      "models.yaml",
      rates,
    );
    assert.deepEqual(vendor?.models.map(({ price, priceUnknown }) => price ?? priceUnknown), [
      {
        inputAudio: 32_000_000_000,
        cachedInputAudio: 400_000_000,
        outputAudio: 1_200_000_000,
        inputImage: 10_000_000_000,
        outputImage: 40_000_000_000,
        variants: [
          { when: { quality: "high", size: ["a", 2], flag: false }, image: 200_000_000 },
          { when: { service_tier: "flex" }, factor: 0.5 },
        ],
        batchDiscount: 0.5,
      },
      { input: 1_000_000_000 },
      "nobody says",
    ]);
  });

  it("leaves the price away when there is none, and the label is the id then", async () => {
    const [vendor] = await compileCatalog(withModel("- id: plain"), "models.yaml", rates);
    assert.equal(vendor?.label, "openai");
    assert.deepEqual(vendor?.models[0], {
      provider: "openai",
      modality: "text",
      id: "plain",
      model: "plain",
    });
  });

  it("converts prices in other currencies", async () => {
    const [vendor] = await compileCatalog(
      withModel("- id: small\n  input_inr_per_1m: 14.4578\n  output_eur_per_1m: 2\n  image_eur: 0.01"),
      "models.yaml",
      { ...rates, eur: 1.08 },
    );
    assert.deepEqual(vendor?.models[0]?.price, {
      input: 173_493_600,
      output: 2_160_000_000,
      image: 10_800_000,
    });
  });

  it("reads anchors and aliases", async () => {
    const [vendor] = await compileCatalog(
      withModel("- id: a\n  params: &low { quality: low }\n- id: b\n  params: *low"),
      "models.yaml",
      rates,
    );
    assert.deepEqual(vendor?.models.map((entry) => entry.params), [{ quality: "low" }, { quality: "low" }]);
  });

  const broken:
    readonly (readonly [name: string, text: string, line: number, path: string, message: RegExp])[] = [
      ["bad indentation", "openai:\n  label: OpenAI\n modalities:\n  text: []\n", 3, "", /not valid YAML/],
      ["a tab", "openai:\n\tlabel: x\n", 2, "", /not valid YAML/],
      ["a key given twice", "openai:\n  label: a\n  label: b\n", 3, "", /not valid YAML/],
      ["an empty file", "", 1, "", /mapping of vendors/],
      ["a list instead of vendors", "- openai\n", 1, "", /mapping of vendors.*is a list/],
      ["a vendor id with a slash", "a/b:\n  modalities: {}\n", 2, "a/b", /not a vendor id/],
      ["an unknown key of a vendor", "openai:\n  models: []\n", 2, "openai.models", /not a known key/],
      ["a vendor without modalities", "openai:\n  label: OpenAI\n", 2, "openai", /no modalities/],
      [
        "an unknown modality",
        "openai:\n  modalities:\n    txt: []\n",
        3,
        "openai.modalities.txt",
        /did you mean text/,
      ],
      [
        "models that are no list",
        withModel("id: x"),
        5,
        "openai.modalities.text",
        /list of models.*a mapping/,
      ],
      ["a missing id", withModel("- name: x"), 5, "openai.modalities.text[0]", /has no id/],
      ["an empty id", withModel('- id: ""'), 5, "openai.modalities.text[0].id", /must not be empty/],
      [
        "an id without value",
        withModel("- id:"),
        5,
        "openai.modalities.text[0].id",
        /must be text, but is nothing/,
      ],
      [
        "an id that is a number",
        withModel("- id: 4"),
        5,
        "openai.modalities.text[0].id",
        /put it in quotes: "4"/,
      ],
      [
        "an unknown key",
        withModel("- id: x\n  input_usd_per_1k: 1"),
        6,
        "openai.modalities.text[0].input_usd_per_1k",
        /did you mean input_usd_per_1m/,
      ],
      [
        "a price that is text",
        withModel("- id: x\n  input_usd_per_1m: cheap"),
        6,
        "openai.modalities.text[0].input_usd_per_1m",
        /must be a number, but is "cheap"/,
      ],
      [
        "a negative price",
        withModel("- id: x\n  output_usd_per_1m: -1"),
        6,
        "openai.modalities.text[0].output_usd_per_1m",
        /0 or more, but is -1/,
      ],
      [
        "a price that is not a number",
        withModel("- id: x\n  output_usd_per_1m: .nan"),
        6,
        "openai.modalities.text[0].output_usd_per_1m",
        /must be a number/,
      ],
      [
        "a price off by a million",
        withModel("- id: x\n  output_usd_per_1m: 15000000"),
        6,
        "openai.modalities.text[0].output_usd_per_1m",
        /dearer than anything real/,
      ],
      [
        "an unknown currency",
        withModel("- id: x\n  input_chf_per_1m: 1"),
        6,
        "openai.modalities.text[0].input_chf_per_1m",
        /CHF.*localCurrency "CHF" with localToUsd, or rates: \{ chf/,
      ],
      [
        "a rate priced twice",
        withModel("- id: x\n  input_usd_per_1m: 1\n  input_inr_per_1m: 80"),
        7,
        "openai.modalities.text[0].input_inr_per_1m",
        /another key prices already/,
      ],
      [
        "a duplicate id",
        withModel("- id: x\n- id: y\n- id: x"),
        7,
        "openai.modalities.text[2]",
        /"x", which model "x" has/,
      ],
      [
        "an alias that is another's id",
        withModel("- id: x\n  aliases: [y]\n- id: y"),
        5,
        "openai.modalities.text[0]",
        /"y", which model "y" has/,
      ],
      [
        "aliases that are no list",
        withModel("- id: x\n  aliases: y"),
        6,
        "openai.modalities.text[0].aliases",
        /list of names/,
      ],
      [
        "params that are no mapping",
        withModel("- id: x\n  params: [1]"),
        6,
        "openai.modalities.text[0].params",
        /mapping of the vendor's params/,
      ],
      [
        "context tokens with a fraction",
        withModel("- id: x\n  context_tokens: 1.5"),
        6,
        "openai.modalities.text[0].context_tokens",
        /whole number of 1 or more, but is 1.5/,
      ],
      [
        "an unknown capability",
        withModel("- id: x\n  capabilities: [tool]"),
        6,
        "openai.modalities.text[0].capabilities[0]",
        /one of tools, json-schema/,
      ],
      [
        "a date that is none",
        withModel("- id: x\n  deprecated: 2027-02-30"),
        6,
        "openai.modalities.text[0].deprecated",
        /must be a date/,
      ],
      [
        "a step without a bound",
        withModel("- id: x\n  steps:\n    - { input_usd_per_1m: 1 }"),
        7,
        "openai.modalities.text[0].steps[0]",
        /no above_input_tokens/,
      ],
      [
        "a step without a price",
        withModel("- id: x\n  steps: [{ above_input_tokens: 5 }]"),
        6,
        "openai.modalities.text[0].steps[0]",
        /has no price/,
      ],
      [
        "two equal steps",
        withModel(
          "- id: x\n  steps:\n    - { above_input_tokens: 5, input_usd_per_1m: 1 }\n    - { above_input_tokens: 5, input_usd_per_1m: 2 }",
        ),
        7,
        "openai.modalities.text[0].steps",
        /same above_input_tokens/,
      ],
      [
        "a variant without conditions",
        withModel("- id: x\n  variants: [{ image_usd: 1 }]"),
        6,
        "openai.modalities.text[0].variants[0]",
        /has no when/,
      ],
      [
        "a variant with an empty when",
        withModel("- id: x\n  variants: [{ when: {}, image_usd: 1 }]"),
        6,
        "openai.modalities.text[0].variants[0].when",
        /at least one condition/,
      ],
      [
        "a variant without a price",
        withModel("- id: x\n  variants: [{ when: { a: 1 } }]"),
        6,
        "openai.modalities.text[0].variants[0]",
        /no price and no factor/,
      ],
      [
        "a condition that is a mapping",
        withModel("- id: x\n  variants: [{ when: { a: { b: 1 } }, factor: 2 }]"),
        6,
        "openai.modalities.text[0].variants[0].when.a",
        /text, a number, true or false/,
      ],
      [
        "a factor that makes things free",
        withModel("- id: x\n  variants: [{ when: { a: 1 }, factor: 0 }]"),
        6,
        "openai.modalities.text[0].variants[0].factor",
        /above 0/,
      ],
      [
        "two variants with the same conditions",
        withModel(
          "- id: x\n  variants:\n    - { when: { a: 1, b: 2 }, factor: 2 }\n    - { when: { b: 2, a: 1 }, factor: 3 }",
        ),
        7,
        "openai.modalities.text[0].variants",
        /same when/,
      ],
      [
        "an unknown key of a variant",
        withModel("- id: x\n  variants: [{ when: { a: 1 }, images_usd: 1 }]"),
        6,
        "openai.modalities.text[0].variants[0].images_usd",
        /did you mean image_usd/,
      ],
      [
        "a discount that makes batches dearer",
        withModel("- id: x\n  batch_discount: 2"),
        6,
        "openai.modalities.text[0].batch_discount",
        /up to 1/,
      ],
      [
        "a price beside the reason why there is none",
        withModel("- id: x\n  price_unknown: nobody says\n  input_usd_per_1m: 1"),
        5,
        "openai.modalities.text[0]",
        /has prices, and price_unknown/,
      ],
      [
        "an unknown key of a step",
        withModel("- id: x\n  steps: [{ above_input_tokens: 5, above: 1 }]"),
        6,
        "openai.modalities.text[0].steps[0].above",
        /not a known key/,
      ],
    ];
  for (const [name, text, line, path, message] of broken) {
    it(`refuses ${name} with file and line`, async () => {
      await assert.rejects(compileCatalog(text, "models.yaml", rates), (error: unknown) => {
        assert.ok(LoomError.is(error, "config-invalid"), String(error));
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(`models.yaml:${line}: `), error.message);
        assert.deepEqual(error.data, { path, file: "models.yaml", line });
        return true;
      });
    });
  }

  it("refuses a bomb of aliases", async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `    k${level}: &k${level} [${Array(12).fill(level === 0 ? "x" : `*k${level - 1}`).join(", ")}]`,
    );
    const text = withModel(`- id: x\n  params:\n${levels.join("\n")}`);
    await assert.rejects(compileCatalog(text, "models.yaml", rates), { code: "config-invalid" });
  });
});

describe("compileEquivalents", () => {
  it("reads lists of names", async () => {
    assert.deepEqual(await compileEquivalents("a/b: [c/d, e/f/g]\n", "e.yaml"), { "a/b": ["c/d", "e/f/g"] });
  });
  for (
    const [text, message] of [
      ["a/b: c/d\n", /e\.yaml:1: .*list/],
      ["a/b: [c]\n", /provider\/model, but has "c"/],
      ["a/b: [c/d, c/d]\n", /twice/],
    ] as const
  ) {
    it(`refuses ${text.trim()}`, () => assert.rejects(compileEquivalents(text, "e.yaml"), { message }));
  }
});
