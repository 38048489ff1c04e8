/** Traffic of the past at another price: rates, steps by the average call, sums beyond a bill's bound, unknown prices. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reprice, type TokenTotals } from "../../src/catalog/index.ts";
import type { Price } from "../../src/contract/cost.ts";

/** USD per 1M tokens. */
const usd = (amount: number) => amount * 1e9;
const totals = (change: Partial<TokenTotals> = {}): TokenTotals => ({
  requests: 100,
  inputTokens: 1_000_000,
  outputTokens: 200_000,
  cachedTokens: 0,
  ...change,
});
const plain: Price = { input: usd(1), output: usd(5) };
const stepped: Price = { ...plain, steps: [{ aboveInputTokens: 200_000, input: usd(2) }] };

const cases:
  readonly (readonly [string, TokenTotals | readonly TokenTotals[], Price | undefined, number | null])[] = [
    ["tokens at their rates", totals(), plain, 2e9],
    [
      "cached tokens at theirs",
      totals({ cachedTokens: 500_000 }),
      { ...plain, cachedInput: usd(0.1) },
      1.55e9,
    ],
    ["cached tokens as others, where they have no rate", totals({ cachedTokens: 500_000 }), plain, 2e9],
    ["a fee for every request", totals(), { ...plain, request: 1_000 }, 2e9 + 100_000],
    ["sums that no step applies to", totals(), stepped, 2e9],
    ["long calls by their step", totals({ requests: 2 }), stepped, 3e9],
    ["each entry by its own average", [totals({ requests: 2 }), totals()], stepped, 5e9],
    [
      "sums beyond the bound of a bill",
      totals({ inputTokens: 40e9, outputTokens: 0, requests: 1e7 }),
      plain,
      40_000e9,
    ],
    ["no calls", [], plain, 0],
    ["calls without tokens", totals({ inputTokens: 0, outputTokens: 0 }), undefined, 0],
    ["no price", totals(), undefined, null],
    ["a price without output", totals(), { input: usd(1) }, null],
    [
      "one entry of several that has no price",
      [totals({ outputTokens: 0 }), totals()],
      { input: usd(1) },
      null,
    ],
  ];

describe("reprice", () => {
  for (const [what, given, price, nanoUsd] of cases) {
    it(`prices ${what}`, () => assert.deepEqual(reprice(given, price), { nanoUsd }));
  }
});
