import assert from "node:assert/strict";
import { test } from "node:test";
import { usageReader } from "../../../../plugins/dialects/openai-chat/usage.ts";
import type { Usage } from "../../../../src/contract/usage.ts";
import { vendor } from "./support.ts";

/** `[input, output, cached, written, reasoning]`, then fields that only some vendors fill. */
function usage(
  counts: readonly [number, number, number?, number?, number?],
  more: Partial<Usage> = {},
): Usage {
  const [inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0] = counts;
  const totalTokens = inputTokens + outputTokens;
  return { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens, totalTokens, ...more };
}

const cases: readonly [string, string, object, Usage | undefined][] = [
  ["no usage", "openai", {}, undefined],
  ["null, as in all but the last chunk", "openai", { usage: null }, undefined],
  ["an empty object", "openai", { usage: {} }, undefined],
  ["nothing of the kind", "openai", { usage: "many", x_groq: 4, choices: [null] }, undefined],
  ["numbers as text", "openai", { usage: { prompt_tokens: "7", completion_tokens: "2" } }, usage([7, 2])],
  [
    "negative and senseless numbers",
    "openai",
    { usage: { prompt_tokens: -7, completion_tokens: "abc" } },
    usage([0, 0]),
  ],
  ["NaN", "openai", { usage: { prompt_tokens: Number.NaN, completion_tokens: 1 } }, usage([0, 1])],
  ["fractions", "openai", { usage: { prompt_tokens: 7.4, completion_tokens: 1 } }, usage([7, 1])],
  ["a total and an input", "openai", { usage: { prompt_tokens: 4, total_tokens: 9 } }, usage([4, 5])],
  ["a total alone, of embeddings", "openai", { data: [], usage: { total_tokens: 9 } }, usage([9, 0])],
  [
    "thinking that only the total counts",
    "local",
    { usage: { prompt_tokens: 35, completion_tokens: 12, total_tokens: 126 } },
    usage([35, 91, 0, 0, 79]),
  ],
  [
    "cached input that only the total counts",
    "local",
    {
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 17,
        prompt_tokens_details: { cached_tokens: 10 },
      },
    },
    usage([15, 2, 10]),
  ],
  [
    "searches that the host ran",
    "openrouter",
    {
      usage: { prompt_tokens: 1, completion_tokens: 1, server_tool_use_details: { web_search_requests: 2 } },
    },
    usage([1, 1], { queries: 2 }),
  ],
  ["the newer names", "openai", { usage: { input_tokens: 4, output_tokens: 9 } }, usage([4, 9])],
  [
    "reasoning that cannot be inside",
    "openai",
    {
      usage: { prompt_tokens: 4, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 30 } },
    },
    usage([4, 32, 0, 0, 30]),
  ],
  [
    "reasoning that the total shows to stand beside",
    "openai",
    {
      usage: {
        prompt_tokens: 4,
        completion_tokens: 20,
        total_tokens: 34,
        completion_tokens_details: { reasoning_tokens: 10 },
      },
    },
    usage([4, 30, 0, 0, 10]),
  ],
  [
    "reasoning inside",
    "openai",
    {
      usage: {
        prompt_tokens: 4,
        completion_tokens: 20,
        total_tokens: 24,
        completion_tokens_details: { reasoning_tokens: 10 },
      },
    },
    usage([4, 20, 0, 0, 10]),
  ],
  [
    "a cache that cannot be inside",
    "local",
    { usage: { prompt_tokens: 4, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 100 } } },
    usage([104, 1, 100]),
  ],
  ["Groq's place", "groq", { x_groq: { usage: { prompt_tokens: 4, completion_tokens: 1 } } }, usage([4, 1])],
  [
    "Moonshot's place",
    "moonshot",
    { choices: [{ usage: { prompt_tokens: 4, completion_tokens: 1, cached_tokens: 3 } }] },
    usage([4, 1, 3]),
  ],
  [
    "Mistral's three spellings",
    "mistral",
    { usage: { prompt_tokens: 4, completion_tokens: 1, num_cached_tokens: 2 } },
    usage([4, 1, 2]),
  ],
  [
    "OpenRouter's cost",
    "openrouter",
    { usage: { prompt_tokens: 4, completion_tokens: 1, cost: 0.5 } },
    usage([4, 1], { vendorCostUsd: 0.5 }),
  ],
  [
    "a cost that is none",
    "openrouter",
    { usage: { prompt_tokens: 4, completion_tokens: 1, cost: "Infinity" } },
    usage([4, 1]),
  ],
  [
    "a negative cost",
    "openrouter",
    { usage: { prompt_tokens: 4, completion_tokens: 1, cost: -1 } },
    usage([4, 1]),
  ],
  [
    "a free call",
    "openrouter",
    { usage: { prompt_tokens: 4, completion_tokens: 1, cost: 0 } },
    usage([4, 1], { vendorCostUsd: 0 }),
  ],
];

for (const [name, id, body, expected] of cases) {
  test(`usage: ${name}`, () => assert.deepEqual(usageReader(vendor(id))(body as never), expected));
}

test("usage: the manifest says where it is", () => {
  const manifest = vendor("local", { usage: { at: "/meta/tokens", cachedInput: "/hits/0" } });
  const body = { meta: { tokens: { prompt_tokens: 9, completion_tokens: 1, hits: [5] } } };
  assert.deepEqual(usageReader(manifest)(body), usage([9, 1, 5]));
});
