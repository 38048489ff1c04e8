/** What a call costs depends on how it was asked for: params reach the price at the bill, the estimate and the limit. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog, Loom } from "../../src/index.ts";
import { factsOf } from "../../src/middleware/cost.ts";
import { worstUsage } from "../../src/middleware/estimate-usage.ts";
import type { Call } from "../../src/contract/call.ts";
import type { Params } from "../../src/contract/message.ts";
import { fakeContext, fakeTarget } from "../../src/testing.ts";

const catalog = () =>
  Catalog.fromText(`
sandbox:
  modalities:
    text:
      - id: varied
        model: sandbox-small
        input_usd_per_1m: 1
        output_usd_per_1m: 1
        variants:
          - { when: { temperature: 1 }, factor: 10 }
`);

describe("the cost stage", () => {
  it("prices the answer by the params it was asked with", async () => {
    await using loom = new Loom({ catalog: catalog() });
    const ask = (params: Params) =>
      loom.generate({ provider: "sandbox", model: "varied", prompt: "hello", params });
    const plain = await ask({ temperature: 0 });
    const dear = await ask({ temperature: 1 });
    assert.ok(plain.cost.usd !== null && plain.cost.usd > 0);
    assert.equal(plain.cost.usd, plain.usage.totalTokens / 1e6);
    assert.equal(dear.cost.usd, dear.usage.totalTokens / 1e5);
  });

  it("explains and limits by the same params", async () => {
    await using loom = new Loom({ catalog: catalog() });
    const request = { provider: "sandbox", model: "varied", prompt: "hello" } as const;
    const [plain] = (await loom.explain({ ...request, params: { temperature: 0 } })).candidates;
    const [dear] = (await loom.explain({ ...request, params: { temperature: 1 } })).candidates;
    const usd = plain?.estimate?.usd ?? 0;
    assert.ok(usd > 0);
    assert.ok(Math.abs((dear?.estimate?.usd ?? 0) - usd * 10) < 1e-9);
    await assert.rejects(
      loom.generate({ ...request, params: { temperature: 1 }, maxCostUsd: usd * 2 }),
      { code: "budget-exceeded" },
    );
    await loom.generate({ ...request, params: { temperature: 0 }, maxCostUsd: usd * 2 });
  });

  it("knows that a call starts from a picture", () => {
    const { call } = fakeContext();
    const picture = { url: "https://example.com/a.png" };
    assert.equal(factsOf(call, fakeTarget()).edit, false);
    assert.equal(factsOf({ ...call, images: [] }, fakeTarget()).edit, false);
    assert.equal(factsOf({ ...call, images: [picture] }, fakeTarget()).edit, true);
  });
});

describe("worstUsage", () => {
  const cases: readonly (readonly [call: Partial<Call>, params: Params, expected: Record<string, number>])[] =
    [
      [{ modality: "image" }, {}, { images: 1 }],
      [{ modality: "image" }, { n: 4 }, { images: 4 }],
      [{ modality: "image" }, { sampleCount: 2 }, { images: 2 }],
      [{ modality: "image" }, { n: "many" }, { images: 1 }],
      [{ modality: "image" }, { n: -1 }, { images: 1 }],
      [{ modality: "video" }, { seconds: "12" }, { seconds: 12 }],
      [{ modality: "video" }, { durationSeconds: 6 }, { seconds: 6 }],
      [{ modality: "video" }, {}, { seconds: 8 }],
      [{ modality: "speech", prompt: "twelve chars" }, {}, { characters: 12 }],
      [{ modality: "rerank" }, {}, { queries: 1 }],
      [{ modality: "embedding" }, { n: 4 }, {}],
    ];
  for (const [change, params, expected] of cases) {
    it(`of ${JSON.stringify(change)} with ${JSON.stringify(params)}`, () => {
      const { call } = fakeContext({ call: { messages: [], ...change } });
      const { images, seconds, characters, queries } = worstUsage(call, fakeTarget({ params }));
      const found = Object.entries({ images, seconds, characters, queries });
      assert.deepEqual(Object.fromEntries(found.filter(([, value]) => value !== undefined)), expected);
    });
  }
});
