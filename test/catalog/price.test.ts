import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Price, PriceFacts, Rates } from "../../src/contract/cost.ts";
import type { Usage } from "../../src/contract/usage.ts";
import { bill, estimate, nanoPerMillion } from "../../src/catalog/price.ts";

const usd = (amount: number): number => Math.round(amount * 1e9);

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

const mini: Price = { input: usd(0.15), cachedInput: usd(0.075), output: usd(0.6) };
const claude: Price = {
  input: usd(3),
  cachedInput: usd(0.3),
  cacheWrite: usd(3.75),
  cacheWrite1h: usd(6),
  output: usd(15),
};
const stepped: Price = {
  input: usd(2),
  cachedInput: usd(0.5),
  output: usd(6),
  steps: [
    { aboveInputTokens: 1000, input: usd(4), output: usd(12) },
    { aboveInputTokens: 2000, inclusive: true, input: usd(8) },
  ],
};

describe("bill", () => {
  const cases: readonly {
    readonly name: string;
    readonly price: Price | undefined;
    readonly usage: Partial<Usage>;
    readonly nanoUsd: number | null;
    readonly unpriced?: readonly string[];
  }[] = [
    { name: "input and output", price: mini, usage: { inputTokens: 12, outputTokens: 7 }, nanoUsd: 6000 },
    {
      name: "cached input at its own rate, once",
      price: mini,
      usage: { inputTokens: 100, cachedTokens: 40 },
      nanoUsd: 60 * 150 + 40 * 75,
    },
    {
      name: "what is billed, where the vendor counts less than was read",
      price: mini,
      usage: {
        inputTokens: 1683,
        cachedTokens: 992,
        outputTokens: 62,
        billedInputTokens: 39,
        billedOutputTokens: 27,
      },
      nanoUsd: 39 * 150 + 27 * 600,
    },
    {
      name: "cached input at the input rate where there is no other",
      price: { input: usd(1), output: usd(1) },
      usage: { inputTokens: 100, cachedTokens: 40 },
      nanoUsd: 100_000,
    },
    {
      name: "cache writes for five minutes and for an hour",
      price: claude,
      usage: { inputTokens: 100, cachedTokens: 10, cacheWriteTokens: 50, cacheWrite1hTokens: 20 },
      nanoUsd: 40 * 3000 + 10 * 300 + 30 * 3750 + 20 * 6000,
    },
    {
      name: "an hour's cache write at the plain write rate, then at the input rate",
      price: { input: usd(1), cacheWrite: usd(2) },
      usage: { inputTokens: 10, cacheWriteTokens: 10, cacheWrite1hTokens: 10 },
      nanoUsd: 20_000,
    },
    {
      name: "cache writes at the input rate where there is no other",
      price: { input: usd(1) },
      usage: { inputTokens: 10, cacheWriteTokens: 10, cacheWrite1hTokens: 4 },
      nanoUsd: 10_000,
    },
    {
      name: "reasoning at the output rate, not twice",
      price: mini,
      usage: { outputTokens: 10, reasoningTokens: 8 },
      nanoUsd: 6000,
    },
    {
      name: "reasoning at its own rate",
      price: { output: usd(4), reasoning: usd(6) },
      usage: { outputTokens: 10, reasoningTokens: 8 },
      nanoUsd: 2 * 4000 + 8 * 6000,
    },
    {
      name: "more cached than input",
      price: mini,
      usage: { inputTokens: 10, cachedTokens: 99 },
      nanoUsd: 750,
    },
    {
      name: "cached and written together more than input",
      price: claude,
      usage: { inputTokens: 10, cachedTokens: 8, cacheWriteTokens: 8, cacheWrite1hTokens: 99 },
      nanoUsd: 8 * 300 + 2 * 6000,
    },
    {
      name: "more reasoning than output",
      price: mini,
      usage: { outputTokens: 10, reasoningTokens: 99 },
      nanoUsd: 6000,
    },
    {
      name: "negative, broken and missing counts",
      price: mini,
      usage: {
        inputTokens: -5,
        outputTokens: NaN,
        cachedTokens: -1,
        cacheWriteTokens: -3,
        reasoningTokens: -9,
      },
      nanoUsd: 0,
    },
    { name: "images", price: { image: usd(0.011) }, usage: { images: 3 }, nanoUsd: 33_000_000 },
    {
      name: "seconds with fractions",
      price: { second: usd(0.0001) },
      usage: { seconds: 12.345 },
      nanoUsd: 1_234_500,
    },
    { name: "characters", price: { character: usd(15) }, usage: { characters: 1001 }, nanoUsd: 15_015_000 },
    {
      name: "queries and the fee per request, on top of tokens",
      price: { ...mini, query: usd(0.005), request: usd(0.01) },
      usage: { inputTokens: 100, queries: 2 },
      nanoUsd: 15_000 + 10_000_000 + 10_000_000,
    },
    { name: "nothing used without any price", price: undefined, usage: {}, nanoUsd: 0 },
    {
      name: "no price at all",
      price: undefined,
      usage: { inputTokens: 1, outputTokens: 1 },
      nanoUsd: null,
      unpriced: ["input", "output"],
    },
    {
      name: "output without a rate",
      price: { input: usd(1) },
      usage: { inputTokens: 1, outputTokens: 1 },
      nanoUsd: null,
      unpriced: ["output"],
    },
    {
      name: "a query without a rate, though tokens have one",
      price: mini,
      usage: { inputTokens: 1, queries: 1 },
      nanoUsd: null,
      unpriced: ["query"],
    },
    {
      name: "tokens beside an image priced per image",
      price: { image: usd(0.04) },
      usage: { inputTokens: 9, outputTokens: 272, images: 1 },
      nanoUsd: 40_000_000,
    },
    {
      name: "an image beside tokens priced per token",
      price: { input: usd(5), output: usd(40) },
      usage: { inputTokens: 10, outputTokens: 272, images: 1 },
      nanoUsd: 50_000 + 272 * 40_000,
    },
    {
      name: "characters where only unused tokens have a rate",
      price: { input: usd(2.5), output: usd(12) },
      usage: { characters: 10 },
      nanoUsd: null,
      unpriced: ["character"],
    },
    {
      name: "what the vendor says, over everything",
      price: mini,
      usage: { inputTokens: 1000, vendorCostUsd: 0.00042 },
      nanoUsd: 420_000,
    },
    { name: "a vendor's free call", price: mini, usage: { inputTokens: 1000, vendorCostUsd: 0 }, nanoUsd: 0 },
    {
      name: "a vendor's nonsense, not believed",
      price: mini,
      usage: { inputTokens: 1000, vendorCostUsd: -1 },
      nanoUsd: 150_000,
    },
    { name: "at a step: still below", price: stepped, usage: { inputTokens: 1000 }, nanoUsd: 2_000_000 },
    {
      name: "above a step: the whole call, what it does not name from the base",
      price: stepped,
      usage: { inputTokens: 1001, cachedTokens: 1, outputTokens: 10 },
      nanoUsd: 1000 * 4000 + 500 + 10 * 12_000,
    },
    { name: "below an inclusive step", price: stepped, usage: { inputTokens: 1999 }, nanoUsd: 1999 * 4000 },
    {
      name: "at an inclusive step: the last one that applies, the rest from the base",
      price: stepped,
      usage: { inputTokens: 2000, outputTokens: 1 },
      nanoUsd: 2000 * 8000 + 6000,
    },
  ];
  for (const { name, price, usage: used, nanoUsd, unpriced = [] } of cases) {
    it(`prices ${name}`, () => {
      const owed = bill(price, usage(used));
      assert.equal(owed.nanoUsd, nanoUsd);
      assert.deepEqual(owed.unpriced, unpriced);
      for (const line of owed.lines) assert.ok(line.nanoUsd >= 0 && line.units > 0);
      if (nanoUsd !== null) assert.equal(owed.lines.reduce((sum, line) => sum + line.nanoUsd, 0), nanoUsd);
    });
  }

  const varied: Price = {
    input: usd(2),
    cachedInput: usd(0.5),
    output: usd(6),
    query: usd(0.01),
    steps: [{ aboveInputTokens: 1000, input: usd(4), cachedInput: usd(1) }],
    variants: [
      { when: { tier: ["a", 7], deep: true }, factor: 3 },
      { when: { "outer.inner": "x" }, input: usd(1) },
      { when: { tier: 7 }, factor: 0.5, output: usd(1) },
      { when: { batch: true, edit: true }, factor: 0.25 },
    ],
    batchDiscount: 0.5,
  };
  const facts: readonly (readonly [what: string, PriceFacts, input: number, nanoUsd: number])[] = [
    ["no facts: the base", {}, 10, 10 * 2000 + 6000 + 10_000_000],
    ["another value: the base", { params: { tier: "b" } }, 10, 10 * 2000 + 6000 + 10_000_000],
    [
      "every condition: factor on all but fees",
      { params: { tier: "A", deep: true } },
      10,
      10 * 6000 + 18_000 + 10_000_000,
    ],
    [
      "not every condition: the next that matches",
      { params: { tier: "7" } },
      10,
      10 * 1000 + 1000 + 10_000_000,
    ],
    [
      "a condition within an object",
      { params: { outer: { inner: "X" } } },
      10,
      10 * 1000 + 6000 + 10_000_000,
    ],
    ["a name with a dot as it stands", { params: { "outer.inner": "x" } }, 10, 10 * 1000 + 6000 + 10_000_000],
    [
      "what an object inherits is no fact",
      { params: { outer: Object.create({ inner: "x" }) } },
      10,
      10 * 2000 + 6000 + 10_000_000,
    ],
    [
      "above the step: named rates rise with it",
      { params: { outer: { inner: "x" } } },
      2000,
      2000 * 2000 + 6000 + 10_000_000,
    ],
    [
      "above the step: others times the factor",
      { params: { tier: 7 } },
      2000,
      2000 * 2000 + 1000 + 10_000_000,
    ],
    ["a batch: the discount, but not on fees", { batch: true }, 10, 10 * 1000 + 3000 + 10_000_000],
    [
      "a batch on top of a variant",
      { batch: true, params: { outer: { inner: "x" } } },
      10,
      10 * 500 + 3000 + 10_000_000,
    ],
    [
      "a variant for batches instead of the discount",
      { batch: true, edit: true },
      10,
      10 * 500 + 1500 + 10_000_000,
    ],
  ];
  for (const [what, known, inputTokens, nanoUsd] of facts) {
    it(`takes the variant by ${what}`, () => {
      assert.equal(bill(varied, usage({ inputTokens, outputTokens: 1, queries: 1 }), known).nanoUsd, nanoUsd);
    });
  }

  it("lets the vendor's tier win over the one that was asked for", () => {
    const tiers: Price = { input: usd(2), variants: [{ when: { service_tier: "flex" }, factor: 0.5 }] };
    const asked = { params: { service_tier: "flex" } };
    assert.equal(bill(tiers, usage({ inputTokens: 10 }), asked).nanoUsd, 10_000);
    assert.equal(bill(tiers, usage({ inputTokens: 10, serviceTier: "default" }), asked).nanoUsd, 20_000);
    assert.equal(bill(tiers, usage({ inputTokens: 10, serviceTier: "flex" })).nanoUsd, 10_000);
    assert.equal(bill(tiers, usage({ inputTokens: 10 }), { ...asked, batch: true }).nanoUsd, 20_000);
  });

  it("does not give pictures away that are priced by tokens nobody counted", () => {
    const price: Price = { input: usd(5), outputImage: usd(40) };
    assert.deepEqual(bill(price, usage({ inputTokens: 10, images: 1 })), {
      nanoUsd: null,
      lines: [{ item: "input", units: 10, nanoUsd: 50_000 }],
      unpriced: ["image"],
    });
  });

  it("prices sound and pictures like text where they have no rate of their own", () => {
    const parts = {
      inputTokens: 100,
      inputAudioTokens: 30,
      inputImageTokens: 20,
      outputTokens: 50,
      outputAudioTokens: 10,
    };
    assert.equal(
      bill(mini, usage(parts)).nanoUsd,
      bill(mini, usage({ inputTokens: 100, outputTokens: 50 })).nanoUsd,
    );
  });

  it("counts every unit of sound and pictures in exactly one line", () => {
    const lines = bill(
      {
        input: 1,
        cachedInput: 1,
        cacheWrite: 1,
        output: 1,
        inputAudio: 1,
        inputImage: 1,
        outputAudio: 1,
        outputImage: 1,
      },
      usage({
        inputTokens: 100,
        cachedTokens: 30,
        cacheWriteTokens: 10,
        inputAudioTokens: 70,
        inputImageTokens: 50,
        outputTokens: 40,
        reasoningTokens: 15,
        outputAudioTokens: 20,
        outputImageTokens: 20,
      }),
    ).lines;
    assert.deepEqual(lines.map(({ item, units }) => [item, units]), [
      ["input-audio", 60],
      ["cached-input", 20],
      ["cached-input-audio", 10],
      ["cache-write", 10],
      ["reasoning", 15],
      ["output-audio", 20],
      ["output-image", 5],
    ]);
  });

  it("counts every unit in exactly one line", () => {
    const lines = bill(
      { ...claude, reasoning: usd(20) },
      usage({
        inputTokens: 100,
        cachedTokens: 30,
        cacheWriteTokens: 50,
        cacheWrite1hTokens: 20,
        outputTokens: 40,
        reasoningTokens: 15,
      }),
    ).lines;
    assert.deepEqual(lines.map(({ item, units }) => [item, units]), [
      ["input", 20],
      ["cached-input", 30],
      ["cache-write", 30],
      ["cache-write-1h", 20],
      ["output", 25],
      ["reasoning", 15],
    ]);
  });
});

describe("bill against BigInt arithmetic", () => {
  // A fixed sequence (Lehmer), so that a failure can be seen again.
  let state = 20261121;
  const random = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * limit);
  };
  const exact = (count: number, rate: number): bigint =>
    (BigInt(count) * BigInt(rate) * 2n + 1_000_000n) / 2_000_000n;
  const sizes = [10, 1000, 1_000_000, 9_000_000_000];
  const prices = [1000, 2_800_001, usd(0.15), usd(0.277778), usd(15), usd(74.999_999_999)];

  it("rounds each product to the nearest nano-USD, exactly", () => {
    let checked = 0;
    for (let round = 0; round < 4000; round++) {
      const count = random(sizes[round % sizes.length] ?? 1);
      const rate = random(prices[round % prices.length] ?? 1);
      assert.equal(BigInt(nanoPerMillion(count, rate)), exact(count, rate), `${count} at ${rate}`);
      checked++;
    }
    assert.equal(checked, 4000);
  });

  it("is exact at the edges, too", () => {
    const edges = [
      1,
      2,
      499_999,
      500_000,
      500_001,
      999_999,
      1_000_000,
      1_000_001,
      8_999_999_999,
      9_000_000_000,
    ];
    for (const count of edges) {
      for (const rate of [0, 1, 499_999, 500_000, 999_999, 1_000_000, 1_000_001, 123_456_789, 999_999_999]) {
        assert.equal(BigInt(nanoPerMillion(count, rate)), exact(count, rate), `${count} at ${rate}`);
      }
    }
  });

  it("sums up to the same whole call", () => {
    for (let round = 0; round < 1000; round++) {
      const rates: Rates = {
        input: random(usd(20)),
        cachedInput: random(usd(2)),
        cacheWrite: random(usd(25)),
        output: random(usd(80)),
      };
      const [input, output] = [random(1_000_000), random(200_000)];
      const cached = random(input);
      const written = random(input - cached);
      const owed = bill(
        rates,
        usage({ inputTokens: input, outputTokens: output, cachedTokens: cached, cacheWriteTokens: written }),
      );
      const expected = exact(input - cached - written, rates.input ?? 0) +
        exact(cached, rates.cachedInput ?? 0) +
        exact(written, rates.cacheWrite ?? 0) + exact(output, rates.output ?? 0);
      assert.equal(BigInt(owed.nanoUsd ?? -1), expected);
    }
  });
});

describe("estimate", () => {
  it("takes the whole answer at the dearer of output and reasoning", () => {
    assert.equal(estimate(mini, 1000, 500), 1000 * 150 + 500 * 600);
    assert.equal(estimate({ ...mini, reasoning: usd(6) }, 0, 10), 60_000);
    assert.equal(estimate({ ...mini, reasoning: usd(0.1) }, 0, 10), 6000);
  });

  it("knows steps and other units", () => {
    assert.equal(estimate(stepped, 1500, 0), 1500 * 4000);
    assert.equal(estimate({ image: usd(0.04) }, 0, 0, { images: 2 }), 80_000_000);
  });

  it("is null where a rate is unknown", () => {
    assert.equal(estimate(undefined, 10, 10), null);
    assert.equal(estimate({ input: 1 }, 10, 10), null);
  });
});
