/** What real calls cost by the bundled catalog: each unit, tier and variant that vendors charge by, against worked-out sums. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Modality } from "../../src/contract/call.ts";
import type { PriceFacts } from "../../src/contract/cost.ts";
import type { Usage } from "../../src/contract/usage.ts";
import { bill, Catalog, lookup } from "../../src/catalog/index.ts";

const catalog = new Catalog();

function usage(change: Partial<Usage>): Usage {
  return {
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: 0,
    ...change,
  };
}

const thousand = { inputTokens: 1000, outputTokens: 1000 };
const long = { inputTokens: 300_000, cachedTokens: 100_000, outputTokens: 1000 };

const cases: readonly (readonly [
  what: string,
  model: string,
  modality: Modality,
  used: Partial<Usage>,
  facts: PriceFacts,
  usd: number | null,
])[] = [
  // Pictures
  [
    "gpt-image by tokens, text and pictures in, pictures out",
    "openai/gpt-image-1",
    "image",
    { inputTokens: 350, inputImageTokens: 323, outputTokens: 1056, outputImageTokens: 1056, images: 1 },
    { params: { quality: "medium", size: "1024x1024" } },
    (27 * 5 + 323 * 10 + 1056 * 40) / 1e6,
  ],
  [
    "gpt-image tokens that were not split: all of the output is the picture",
    "openai/gpt-image-2",
    "image",
    { inputTokens: 20, outputTokens: 1000, images: 1 },
    {},
    (20 * 5 + 1000 * 30) / 1e6,
  ],
  [
    "gpt-image with text beside the picture",
    "openai/gpt-image-1.5",
    "image",
    { inputTokens: 20, outputTokens: 1000, outputImageTokens: 900, images: 1 },
    {},
    (20 * 5 + 100 * 10 + 900 * 32) / 1e6,
  ],
  [
    "gpt-image without tokens, low and square",
    "openai/gpt-image-1",
    "image",
    { images: 2 },
    { params: { quality: "low", size: "1024x1024" } },
    0.022,
  ],
  [
    "gpt-image without tokens, high and wide",
    "openai/gpt-image-1",
    "image",
    { images: 1 },
    { params: { quality: "HIGH", size: "1536x1024" } },
    0.25,
  ],
  [
    "gpt-image without tokens or quality: the dearest square",
    "openai/gpt-image-2",
    "image",
    { images: 1 },
    {},
    0.211,
  ],
  [
    "gpt-image in a batch",
    "openai/gpt-image-2",
    "image",
    { inputTokens: 20, outputTokens: 1000, outputImageTokens: 1000, images: 1 },
    { batch: true },
    (20 * 2.5 + 1000 * 15) / 1e6,
  ],
  ["Imagen per picture", "gemini/imagen-4.0-generate-001", "image", { images: 4 }, {}, 0.16],
  [
    "Gemini's picture by its tokens",
    "gemini/gemini-2.5-flash-image",
    "image",
    { inputTokens: 10, outputTokens: 1290, outputImageTokens: 1290, images: 1 },
    {},
    (10 * 0.3 + 1290 * 30) / 1e6,
  ],
  ["Gemini's picture without tokens", "gemini/gemini-2.5-flash-image", "image", { images: 1 }, {}, 0.039],
  ["FLUX.2 from a prompt", "bfl/flux-2-pro", "image", { images: 1 }, {}, 0.03],
  ["FLUX.2 from a picture", "bfl/flux-2-pro", "image", { images: 1 }, { edit: true }, 0.045],
  [
    "FLUX with what BFL says it cost",
    "bfl/flux-2-pro",
    "image",
    { images: 1, vendorCostUsd: 0.06 },
    {},
    0.06,
  ],
  ["Ideogram by default", "ideogram/ideogram-v3", "image", { images: 1 }, {}, 0.06],
  [
    "Ideogram, turbo",
    "ideogram/ideogram-v3",
    "image",
    { images: 3 },
    { params: { rendering_speed: "TURBO" } },
    0.09,
  ],
  ["Seedream per picture", "seedream/seedream-4-5", "image", { images: 2, outputTokens: 32_000 }, {}, 0.08],
  // Films
  ["Sora per second", "openai/sora-2", "video", { seconds: 8 }, { params: { size: "1280x720" } }, 0.8],
  [
    "Sora Pro, small",
    "openai/sora-2-pro",
    "video",
    { seconds: 4 },
    { params: { size: "720x1280", seconds: "4" } },
    1.2,
  ],
  ["Sora Pro, large", "openai/sora-2-pro", "video", { seconds: 4 }, { params: { size: "1792x1024" } }, 2],
  ["Veo with sound", "vertex/veo-3.0-generate-001", "video", { seconds: 8 }, {}, 3.2],
  [
    "Veo without sound",
    "vertex/veo-3.0-generate-001",
    "video",
    { seconds: 8 },
    { params: { generateAudio: false } },
    1.6,
  ],
  [
    "Veo in 4k",
    "gemini/veo-3.1-generate-preview",
    "video",
    { seconds: 8 },
    { params: { resolution: "4K" } },
    4.8,
  ],
  // Sound
  ["tts per character", "openai/tts-1", "speech", { characters: 2000 }, {}, 0.03],
  [
    "tts by tokens of sound",
    "openai/gpt-4o-mini-tts",
    "speech",
    { inputTokens: 100, outputTokens: 500, outputAudioTokens: 500 },
    {},
    (100 * 0.6 + 500 * 12) / 1e6,
  ],
  ["whisper per second", "openai/whisper-1", "transcription", { seconds: 90.5 }, {}, 0.00905],
  [
    "transcription by tokens of sound",
    "openai/gpt-4o-transcribe",
    "transcription",
    { inputTokens: 110, inputAudioTokens: 100, outputTokens: 40, seconds: 10 },
    {},
    (10 * 2.5 + 100 * 6 + 40 * 10) / 1e6,
  ],
  [
    "a chat with sound in and out",
    "openai/gpt-audio",
    "text",
    { inputTokens: 200, inputAudioTokens: 150, outputTokens: 80, outputAudioTokens: 60 },
    {},
    (50 * 2.5 + 150 * 32 + 20 * 10 + 60 * 64) / 1e6,
  ],
  [
    "sound in, part of it cached",
    "gemini/gemini-2.5-flash",
    "text",
    { inputTokens: 1000, cachedTokens: 700, inputAudioTokens: 600, outputTokens: 10 },
    {},
    // 300 fresh, all of it sound; the other 300 of sound were among the 700 cached.
    (300 * 1 + 300 * 0.1 + 400 * 0.03 + 10 * 2.5) / 1e6,
  ],
  // Searches
  ["Cohere's rerank per search", "cohere/rerank-v3.5", "rerank", { queries: 3, inputTokens: 500 }, {}, 0.006],
  [
    "Claude with web searches",
    "anthropic/claude-haiku-4-5",
    "text",
    { ...thousand, queries: 2 },
    {},
    (1000 * 1 + 1000 * 5) / 1e6 + 0.02,
  ],
  ["Sonar, low search context", "perplexity/sonar", "text", thousand, {}, 0.002 + 0.005],
  [
    "Sonar, high search context",
    "perplexity/sonar",
    "text",
    thousand,
    { params: { web_search_options: { search_context_size: "high" } } },
    0.002 + 0.012,
  ],
  // Tiers
  ["the standard tier", "openai/gpt-5.4", "text", thousand, {}, 0.0025 + 0.015],
  [
    "flex, as asked",
    "openai/gpt-5.4-mini",
    "text",
    thousand,
    { params: { service_tier: "flex" } },
    (0.00075 + 0.0045) / 2,
  ],
  [
    "flex asked, but the vendor says default",
    "openai/gpt-5.4-mini",
    "text",
    { ...thousand, serviceTier: "default" },
    { params: { service_tier: "flex" } },
    0.00075 + 0.0045,
  ],
  [
    "priority, as the vendor says",
    "openai/gpt-5.4-mini",
    "text",
    { ...thousand, serviceTier: "priority" },
    {},
    (0.00075 + 0.0045) * 2,
  ],
  ["a batch", "openai/gpt-5.4-mini", "text", thousand, { batch: true }, (0.00075 + 0.0045) / 2],
  [
    "a batch that asked for priority: a batch it stays",
    "openai/gpt-5.4-mini",
    "text",
    thousand,
    { batch: true, params: { service_tier: "priority" } },
    (0.00075 + 0.0045) / 2,
  ],
  [
    "a batch with searches, which are not cheaper",
    "anthropic/claude-haiku-4-5",
    "text",
    { ...thousand, queries: 1 },
    { batch: true },
    (0.001 + 0.005) / 2 + 0.01,
  ],
  [
    "a batch as Anthropic reports it, cache included",
    "anthropic/claude-sonnet-4-6",
    "text",
    { inputTokens: 1000, cachedTokens: 500, outputTokens: 100, serviceTier: "batch" },
    {},
    (500 * 3 + 500 * 0.3 + 100 * 15) / 2e6,
  ],
  [
    "a batch whose cached input is not cheaper",
    "gemini/gemini-2.5-flash",
    "text",
    { inputTokens: 1000, cachedTokens: 400, outputTokens: 100 },
    { batch: true },
    (600 * 0.15 + 400 * 0.03 + 100 * 1.25) / 1e6,
  ],
  [
    "inference in the US",
    "anthropic/claude-opus-5-5",
    "text",
    thousand,
    { params: { inference_geo: "us" } },
    0.024 * 1.1,
  ],
  [
    "inference in the US, in a batch",
    "anthropic/claude-opus-5-5",
    "text",
    thousand,
    { batch: true, params: { inference_geo: "us" } },
    0.024 * 1.1 / 2,
  ],
  ["fast mode", "anthropic/claude-opus-5-5", "text", thousand, { params: { speed: "fast" } }, 0.048],
  // Caches
  [
    "cache writes for five minutes and for an hour",
    "anthropic/claude-sonnet-4-6",
    "text",
    {
      inputTokens: 1000,
      cachedTokens: 100,
      cacheWriteTokens: 500,
      cacheWrite1hTokens: 200,
      outputTokens: 10,
    },
    {},
    (400 * 3 + 100 * 0.3 + 300 * 3.75 + 200 * 6 + 10 * 15) / 1e6,
  ],
  // Steps
  [
    "above the step",
    "openai/gpt-5.5",
    "text",
    long,
    {},
    (200_000 * 10 + 100_000 * 1 + 1000 * 45) / 1e6,
  ],
  [
    "above the step in flex: half of the step's rates",
    "openai/gpt-5.5",
    "text",
    long,
    { params: { service_tier: "flex" } },
    (200_000 * 5 + 100_000 * 0.5 + 1000 * 22.5) / 1e6,
  ],
  [
    "above the step in flex where flex has rates of its own",
    "openai/gpt-5.4",
    "text",
    long,
    { params: { service_tier: "flex" } },
    (200_000 * 2.5 + 100_000 * 0.26 + 1000 * 11.25) / 1e6,
  ],
  [
    "above the step in a batch",
    "openai/gpt-5.5",
    "text",
    long,
    { batch: true },
    (200_000 * 5 + 100_000 * 0.5 + 1000 * 22.5) / 1e6,
  ],
  [
    "exactly at xAI's step, which holds already there",
    "xai/grok-4.5",
    "text",
    { inputTokens: 200_000, outputTokens: 1000 },
    {},
    (200_000 * 4 + 1000 * 12) / 1e6,
  ],
  [
    "exactly at OpenAI's step, which does not",
    "openai/gpt-5.5",
    "text",
    { inputTokens: 272_000, outputTokens: 1000 },
    {},
    (272_000 * 5 + 1000 * 30) / 1e6,
  ],
  [
    "a regional profile of Bedrock",
    "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "text",
    thousand,
    {},
    0.0011 + 0.0055,
  ],
  // Contradictions
  [
    "more sound and pictures than input",
    "openai/gpt-audio",
    "text",
    {
      inputTokens: 100,
      inputAudioTokens: 500,
      inputImageTokens: 500,
      outputTokens: 10,
      outputAudioTokens: 99,
    },
    {},
    (100 * 32 + 10 * 64) / 1e6,
  ],
  [
    "negative and broken parts",
    "openai/gpt-audio",
    "text",
    {
      inputTokens: 100,
      inputAudioTokens: -5,
      outputTokens: 10,
      outputAudioTokens: NaN,
      outputImageTokens: -1,
    },
    {},
    (100 * 2.5 + 10 * 10) / 1e6,
  ],
  ["a model without a price", "groq/groq/compound", "text", thousand, {}, null],
  [
    "seconds where only tokens have a price",
    "openai/gpt-4o-transcribe",
    "transcription",
    { seconds: 5 },
    {},
    null,
  ],
];

describe("the bundled catalog bills", () => {
  for (const [what, model, modality, used, facts, usd] of cases) {
    it(what, async () => {
      const [entry] = await lookup(catalog, undefined, model, modality);
      const owed = bill(entry.price, usage(used), facts);
      assert.equal(owed.nanoUsd, usd === null ? null : Math.round(usd * 1e9));
      for (const { nanoUsd, units } of owed.lines) assert.ok(nanoUsd >= 0 && units > 0);
    });
  }
});
