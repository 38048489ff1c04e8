/** Limits of a whole Loom: given as an option, held across all its calls, and checked where they are given. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog, LoomError, type LoomOptions } from "../../src/index.ts";
import { CLOCK, type Held, type Store } from "../../src/plugin.ts";
import { fakeClock } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

const catalog = () =>
  Catalog.fromText(`
sandbox:
  modalities:
    text:
      - { id: priced, model: sandbox-small, input_usd_per_1m: 1, output_usd_per_1m: 1 }
      - { id: unpriced, model: sandbox-small }
`);

const request = { provider: "sandbox", model: "priced", prompt: "hello" } as const;

describe("limits of a Loom", () => {
  const bounds: readonly (readonly [string, NonNullable<LoomOptions["limits"]>])[] = [
    ["requests per minute", { all: [{ scope: "all", requestsPerMinute: 23 }] }],
    ["requests at once", { all: [{ scope: "all", concurrentRequests: 23 }] }],
  ];
  for (const [name, limits] of bounds) {
    it(`hold exactly over 200 calls at once: ${name}`, async () => {
      await using loom = bareLoom({ catalog: catalog(), limits, dedup: false });
      const results = await Promise.all(
        Array.from(
          { length: 200 },
          (_, index) =>
            loom.generate({ ...request, prompt: `hello ${index}` }).then(
              () => "ok",
              (error: LoomError) => error.code,
            ),
        ),
      );
      assert.deepEqual(
        [
          results.filter((one) => one === "ok").length,
          results.filter((one) => one === "limit-exceeded").length,
        ],
        [23, 177],
      );
    });
  }

  it("hold a budget over 200 calls at once, whole and streamed, to the last token", async () => {
    const limitUsd = 0.002;
    await using loom = bareLoom({
      catalog: catalog(),
      dedup: false,
      limits: { all: [{ scope: "all", budgets: [{ limitUsd, per: "total" }] }] },
    });
    const ask = async (index: number) => {
      const asked = { ...request, prompt: `hello ${index}`, params: { max_tokens: 60 } };
      if (index % 2 === 0) return (await loom.generate(asked)).cost.usd ?? NaN;
      return (await loom.stream(asked).result).cost.usd ?? NaN;
    };
    let spentUsd = 0;
    let passed = 0;
    for (let round = 0; round < 5; round++) {
      const costs = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          ask(round * 200 + index).catch((error: LoomError) => {
            assert.equal(error.code, "limit-exceeded", String(error));
            return undefined;
          })),
      );
      for (const usd of costs) if (usd !== undefined) (spentUsd += usd, passed++);
    }
    assert.ok(passed > 20, `${passed} passed`);
    assert.ok(spentUsd <= limitUsd + 1e-12, `${spentUsd} USD were spent`);
    assert.ok(spentUsd > limitUsd - 100e-6, `only ${spentUsd} USD could be spent`);
  });

  it("count neither a hit of the cache nor a joined call as money", async () => {
    await using loom = bareLoom({
      catalog: catalog(),
      cache: { type: "memory" },
      limits: { all: [{ scope: "all", budgets: [{ limitUsd: 0.0013, per: "day" }] }] },
    });
    const asked = { ...request, params: { max_tokens: 400 } };
    for (let round = 0; round < 20; round++) {
      await Promise.all([loom.generate(asked), round === 0 ? undefined : loom.generate(asked)]);
    }
    const error = await failureOf(
      loom.generate({ ...request, params: { max_tokens: 2000 } }),
      "limit-exceeded",
    );
    assert.match(error.message, /^all has reached its limit: a budget per day of 0.0013 USD/);
    assert.deepEqual((error.data as { scope?: string }).scope, "all");
  });

  it("are told when they free, by the clock of the Loom", async () => {
    const clock = fakeClock();
    await using loom = bareLoom({
      catalog: catalog(),
      provide: [[CLOCK, clock]],
      limits: { all: [{ scope: "all", requestsPerMinute: 1 }] },
    });
    await loom.generate(request);
    const { retryAfterMs } = await failureOf(
      loom.generate({ ...request, prompt: "again" }),
      "limit-exceeded",
    );
    assert.equal(retryAfterMs, 120_000);
    await clock.advance(120_000);
    await loom.generate({ ...request, prompt: "again" });
  });

  it("refuse models without a price where there is a budget, and say the way out", async () => {
    const budgets = [{ limitUsd: 1, per: "day" as const }];
    await using strict = bareLoom({ catalog: catalog(), limits: { all: [{ scope: "all", budgets }] } });
    const error = await failureOf(strict.generate({ ...request, model: "unpriced" }), "budget-exceeded");
    assert.match(error.message, /sandbox\/unpriced.*register a price for it, or set allowUnknownPrice/);
    await using loose = bareLoom({
      catalog: catalog(),
      limits: { all: [{ scope: "all", budgets, allowUnknownPrice: true }] },
    });
    assert.equal((await loose.generate({ ...request, model: "unpriced" })).cost.usd, null);
  });

  it("use the store of the Loom, and tell it everything before it is closed", async () => {
    const told: string[] = [];
    const none = () => Promise.resolve(undefined);
    const store: Store = {
      get: none,
      set: none,
      add: (_, amount) => Promise.resolve(amount),
      delete: none,
      hold: (_, holds): Held => ({ ok: true, levels: holds.map(({ amount }) => amount) }),
      async settle(_, holds, used) {
        await Promise.resolve();
        told.push(...holds.map(({ counter }, index) => `${counter.split("/")[1]} ${used[index]}`));
      },
      close: () => void told.push("closed"),
    };
    const limits = {
      all: [{ scope: "all", concurrentRequests: 5, budgets: [{ limitUsd: 1, per: "total" as const }] }],
    };
    {
      await using loom = bareLoom({ catalog: catalog(), store, limits });
      const { cost } = await loom.generate(request);
      const reader = loom.stream({ ...request, params: { delay_ms: 50 } });
      for await (const _ of reader) break;
      assert.equal(told[1], `usd-total ${Math.round((cost.usd ?? NaN) * 1e9)}`);
    }
    assert.equal(told.length, 4);
  });

  it("are not in the way of a Loom without them", async () => {
    await using loom = bareLoom({ catalog: catalog() });
    const { order } = await loom.engine();
    assert.ok(!order.some(({ name }) => name === "limit"));
    await using limited = bareLoom({ catalog: catalog(), limits: {} });
    assert.ok((await limited.engine()).order.some(({ name }) => name === "limit"));
    assert.equal((await limited.generate(request)).kind, "text");
  });
});

describe("options of limits", () => {
  const all = (one: object) => ({ all: [{ scope: "all", ...one }] });
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /^limits must be a plain object/],
    [{ every: [] }, /^limits.every is not known; fields are all, onStoreFailure, maxReservedOutputTokens/],
    [{ onStoreFailure: "ignore" }, /^limits.onStoreFailure must be "refuse" or "allow"/],
    [{ all: {} }, /^limits.all must be a list/],
    [{ all: [{}] }, /^limits.all\[0\].scope must say who is counted/],
    [all({ rpm: 5 }), /^limits.all\[0\].rpm is not known; fields are scope, requestsPerMinute/],
    [
      all({ requestsPerMinute: -1 }),
      /^limits.all\[0\].requestsPerMinute must be a whole number of 0 or more, not -1/,
    ],
    [all({ tokensPerMinute: "5" }), /^limits.all\[0\].tokensPerMinute must be/],
    [all({ concurrentRequests: 1.5 }), /^limits.all\[0\].concurrentRequests must be/],
    [all({ allowUnknownPrice: 1 }), /^limits.all\[0\].allowUnknownPrice must be true or false/],
    [all({ budgets: {} }), /^limits.all\[0\].budgets must be a list/],
    [
      all({ budgets: [{ limitUsd: 1, per: "year" }] }),
      /budgets\[0\].per must be one of day, week, month, total/,
    ],
    [
      all({ budgets: [{ limitUsd: 1e10, per: "day" }] }),
      /budgets\[0\].limitUsd must be US dollars from 0 to 9007199/,
    ],
    [all({ budgets: [{ usd: 1, per: "day" }] }), /budgets\[0\].usd is not known; fields are limitUsd, per/],
  ];
  for (const [limits, message] of wrong) {
    it(`refuse ${JSON.stringify(limits)}`, () => {
      assert.throws(() => bareLoom({ limits: limits as LoomOptions["limits"] & object }), (error) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
