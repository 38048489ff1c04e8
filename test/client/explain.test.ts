/** explain: what would happen to a call, without sending or spending anything. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareLoom } from "../support/looms.ts";
import { failureOf } from "../support/failure.ts";

const gpt = { provider: "openai", model: "gpt-4o-mini", prompt: "hi" };

describe("explain()", () => {
  it("says where the key would come from, and what the call may cost", async () => {
    await using loom = bareLoom({ variables: { OPENAI_API_KEY: "sk-1" } });
    const { candidates: [candidate], chain, cache } = await loom.explain({
      ...gpt,
      params: { max_tokens: 100 },
    });
    assert.ok(candidate !== undefined);
    const { estimate, ...rest } = candidate;
    assert.deepEqual(rest, {
      name: "openai/gpt-4o-mini",
      ready: true,
      upstreamModel: "gpt-4o-mini",
      key: "environment",
      breaker: "closed",
    });
    assert.ok(estimate !== undefined && estimate.usd !== null && estimate.inputTokens > 0);
    assert.equal(estimate.outputTokens, 100);
    assert.ok(Math.abs(estimate.usd - (estimate.inputTokens * 0.15 + 60) / 1e6) < 1e-9, `${estimate.usd}`);
    assert.equal(chain[0], "telemetry");
    assert.equal(chain.at(-1), "adapter");
    assert.equal(cache, "off");
  });

  const reasons: readonly (readonly [what: string, request: object, reason: RegExp])[] = [
    ["no key", gpt, /no key: set OPENAI_API_KEY/],
    ["an unknown model", { ...gpt, model: "gpt-4o-mni" }, /did you mean/],
    ["an unknown provider", { ...gpt, provider: "opneai" }, /no provider "opneai"/],
    [
      "too dear",
      { provider: "sandbox", model: "sandbox-small", prompt: "hi", maxCostUsd: 1e-9 },
      /more than maxCostUsd/,
    ],
    [
      "no known price",
      { provider: "sandbox", model: "nobody", prompt: "hi", maxCostUsd: 1 },
      /more than maxCostUsd/,
    ],
  ];
  for (const [what, request, reason] of reasons) {
    it(`says why a candidate would not be tried: ${what}`, async () => {
      await using loom = bareLoom();
      const { candidates: [candidate] } = await loom.explain(request as typeof gpt);
      assert.equal(candidate?.ready, false);
      assert.match(candidate?.reason ?? "", reason);
    });
  }

  it("names the guards in the order in which they judge", async () => {
    const guard = { input: () => [] };
    await using loom = bareLoom({
      guards: [{ guard, action: "block" }, { guard, action: "redact", shadow: true }],
      middleware: [{ name: "mine", stage: "guard", handle: (_, next) => next() }],
    });
    const { guards, chain } = await loom.explain({
      provider: "sandbox",
      model: "sandbox-small",
      prompt: "hi",
    });
    assert.deepEqual(guards, ["mine", "guards[0] (block)", "guards[1] (redact, shadow)"]);
    assert.ok(chain.indexOf("guard") < chain.indexOf("failover"));
  });

  it("knows a circuit that is open, and a stored answer", async () => {
    await using loom = bareLoom({ cache: { type: "memory" }, retry: false, breaker: { volumeThreshold: 1 } });
    const request = { provider: "sandbox", model: "sandbox-small", prompt: "hi" };
    assert.equal((await loom.explain(request)).cache, "miss");
    await loom.generate(request);
    await loom.flush();
    assert.equal((await loom.explain(request)).cache, "hit");
    assert.equal((await loom.explain({ ...request, useCache: false })).cache, "off");
    const large = { ...request, model: "sandbox-large", params: { sandbox: { fault: { status: 500 } } } };
    await failureOf(loom.generate(large), "provider-failed");
    const { candidates: [candidate] } = await loom.explain(large);
    assert.deepEqual([candidate?.breaker, candidate?.ready, candidate?.reason], [
      "open",
      false,
      "its circuit is open",
    ]);
  });

  it("names the guards, and says what is left of limits and budgets without taking any of it", async () => {
    await using loom = bareLoom({
      middleware: [{ name: "no-poems", stage: "guard", handle: (_, next) => next() }],
      limits: {
        all: [{
          scope: "all",
          requestsPerMinute: 2,
          budgets: [{ limitUsd: 1, per: "day" }, { limitUsd: 1e-9, per: "total" }],
        }],
      },
    });
    const request = {
      provider: "sandbox",
      model: "sandbox-small",
      prompt: "hi",
      params: { max_tokens: 100 },
    };
    for (let round = 0; round < 3; round++) {
      const { guards, limits = [] } = await loom.explain(request);
      assert.deepEqual(guards, ["no-poems"]);
      assert.deepEqual(
        limits.map(({ scope, limit, max, remaining, fits }) => [scope, limit, max, remaining, fits]),
        [
          ["all", "requestsPerMinute", 2, 2, true],
          ["all", "budget per day", 1, 1, true],
          ["all", "budget per total", 1e-9, 1e-9, false],
        ],
      );
      const [requests, budget, total] = limits;
      assert.equal(requests?.needs, 1);
      assert.ok(budget !== undefined && budget.needs > 0 && budget.needs < 0.001, `${budget?.needs}`);
      assert.ok((budget?.endsAtMs ?? 0) > Date.now() && total?.endsAtMs === undefined);
    }
    await failureOf(loom.generate(request), "limit-exceeded");
  });

  it("says what was used already", async () => {
    const all = [{ scope: "all", requestsPerMinute: 5, tokensPerMinute: 10_000 }];
    await using loom = bareLoom({ limits: { all } });
    const request = { provider: "sandbox", model: "sandbox-small", prompt: "hi" };
    const { usage } = await loom.generate(request);
    const { limits = [] } = await loom.explain(request);
    const [requests, tokens] = limits.map(({ remaining }) => remaining);
    // The minute may turn between the two, and what was used then counts less.
    assert.ok((requests ?? 0) >= 4 && (requests ?? 0) <= 5, `${requests}`);
    assert.ok((tokens ?? 0) >= 10_000 - usage.totalTokens && (tokens ?? 0) <= 10_000, `${tokens}`);
    assert.deepEqual((await bareLoom().explain(request)).limits, []);
  });

  it("says why the store of the limits cannot be asked", async () => {
    const broken = () => Promise.reject(new Error("no store today"));
    const store = { get: broken, set: broken, add: broken, delete: broken, hold: broken, settle: broken };
    await using loom = bareLoom({ store, limits: { all: [{ scope: "all", requestsPerMinute: 1 }] } });
    const { limits, limitsFault } = await loom.explain(gpt);
    assert.deepEqual([limits, limitsFault], [undefined, "no store today"]);
  });

  it("sends nothing and asks no vault", async () => {
    const asked: string[] = [];
    await using loom = bareLoom({
      vault: { read: (name) => (asked.push(name), Promise.resolve("sk-1")) },
      providers: { openai: { baseUrl: "http://127.0.0.1:9" } },
    });
    let calls = 0;
    loom.on("call-start", () => calls++);
    loom.on("attempt-start", () => calls++);
    const { candidates: [candidate] } = await loom.explain(gpt);
    assert.deepEqual([candidate?.key, candidate?.ready], ["vault", true]);
    assert.deepEqual([asked, calls], [[], 0]);
  });

  it("refuses a wrong request like the call itself", async () => {
    await using loom = bareLoom();
    await failureOf(loom.explain({ ...gpt, prompt: 5 } as never), "invalid-request");
  });
});
