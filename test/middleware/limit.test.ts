/** What the limit stage lets in, whom it refuses and what it tells them, and how much it reserves. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Allowance } from "../../src/contract/call.ts";
import type { Params } from "../../src/contract/message.ts";
import type { Target } from "../../src/contract/target.ts";
import { LoomError } from "../../src/errors/index.ts";
import { limitStage } from "../../src/middleware/limit.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { bill } from "../../src/catalog/index.ts";
import { record, settle } from "../kernel/scripted.ts";
import { answered, type Limited, limited, price } from "./limit-setup.ts";

const only = (change: Partial<Allowance>): readonly Allowance[] => [{ scope: "key:a", ...change }];

/** Calls that never answer until `finish` is called. */
function hanging(tokens = 10) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const limit = limited({
    answer: async () => {
      await promise;
      return { parts: answered(tokens) };
    },
  });
  return { limit, finish: resolve };
}

async function refusalOf(
  limit: Limited,
  allowances: readonly Allowance[],
  params?: Params,
): Promise<LoomError> {
  const { settled } = limit.call({ allowances }, params === undefined ? {} : { target: { price, params } });
  const { error } = await settled;
  assert.ok(LoomError.is(error), "it was let in");
  return error;
}

describe("of 200 calls at once", () => {
  const bounds: readonly (readonly [string, Partial<Allowance>, number])[] = [
    ["no more pass than requests per minute", { requestsPerMinute: 37 }, 37],
    ["no more run than may run at once", { concurrentRequests: 9 }, 9],
    // Each call reserves its input and 100 tokens of output, and uses all of that.
    ["no more pass than tokens per minute allow", { tokensPerMinute: 1_100 }, 10],
    ["no more pass than the budget pays for", { budgets: [{ limitUsd: 0.0011, per: "day" }] }, 10],
    ["the tightest bound holds", { requestsPerMinute: 50, concurrentRequests: 20, tokensPerMinute: 700 }, 6],
  ];
  for (const [name, change, expected] of bounds) {
    it(name, async () => {
      const { limit, finish } = hanging(110);
      const calls = Array.from({ length: 200 }, () => limit.call({ allowances: only(change) }));
      await settle();
      finish();
      const results = await Promise.all(calls.map(({ settled }) => settled));
      const passed = results.filter(({ error }) => error === undefined).length;
      assert.equal(passed, expected);
      assert.ok(results.every(({ error }) => error === undefined || error.code === "limit-exceeded"));
      const counts = await limit.counts();
      assert.equal(counts.concurrent, 0);
      if (change.budgets !== undefined) assert.ok(counts.nanoUsd <= 1_100_000, `${counts.nanoUsd}`);
      if (change.tokensPerMinute !== undefined) assert.ok(counts.tokens <= change.tokensPerMinute);
    });
  }
});

describe("who is refused", () => {
  it("is told whose limit it was, which one, and when it frees", async () => {
    const limit = limited();
    await limit.clock.advance(15_000);
    const allowances = only({ requestsPerMinute: 1 });
    await limit.call({ allowances }).settled;
    const error = await refusalOf(limit, allowances);
    assert.equal(error.code, "limit-exceeded");
    assert.equal(error.status, 429);
    assert.match(error.message, /^key:a has reached its limit: 1 requests per minute; it frees in 105 s$/);
    assert.equal(error.retryAfterMs, 105_000);
    assert.deepEqual(error.data, {
      limit: "requestsPerMinute",
      scope: "key:a",
      max: 1,
      state: { requests: { limit: 1, remaining: 0, resetMs: 105_000 } },
    });
  });

  it("is let in when the time has come that it was told, and not a second earlier", async () => {
    for (const [requestsPerMinute, before] of [[1, 0], [10, 20_000], [7, 59_000]] as const) {
      const limit = limited();
      await limit.clock.advance(before);
      const allowances = only({ requestsPerMinute });
      for (let count = 0; count < requestsPerMinute; count++) {
        assert.equal((await limit.call({ allowances }).settled).error, undefined);
      }
      const { retryAfterMs = 0 } = await refusalOf(limit, allowances);
      await limit.clock.advance(retryAfterMs - 1000);
      const { retryAfterMs: left } = await refusalOf(limit, allowances);
      assert.equal(left, 1000);
      await limit.clock.advance(1000);
      assert.equal(
        (await limit.call({ allowances }).settled).error,
        undefined,
        `${requestsPerMinute} per minute`,
      );
    }
  });

  it("over a budget waits until its period ends, in UTC", async () => {
    // The fake clock begins on Thursday, 1 January 2026.
    const ends = { day: 1, week: 4, month: 31, total: Infinity } as const;
    for (const per of ["day", "week", "month", "total"] as const) {
      const limit = limited();
      const allowances = only({ budgets: [{ limitUsd: 0.00012, per }] });
      await limit.call({ allowances }).settled;
      const error = await refusalOf(limit, allowances, { max_tokens: 101 });
      assert.equal(error.code, "limit-exceeded");
      assert.match(error.message, new RegExp(`a budget per ${per} of 0.00012 USD; 0.00001 USD are used`));
      if (per === "total") assert.equal(error.retryAfterMs, undefined);
      else {
        assert.equal(error.retryAfterMs, ends[per] * 86_400_000);
        await limit.clock.advance(ends[per] * 86_400_000 - 1);
        await refusalOf(limit, allowances, { max_tokens: 101 });
        await limit.clock.advance(1);
        assert.equal((await limit.call({ allowances }).settled).error, undefined);
      }
    }
  });

  it("because of calls in flight need not wait for long", async () => {
    const { limit, finish } = hanging();
    const budgets = only({ budgets: [{ limitUsd: 0.00015, per: "month" }] });
    const first = limit.call({ allowances: budgets });
    await settle();
    const error = await refusalOf(limit, budgets);
    assert.equal(error.retryAfterMs, 1000);
    assert.match(
      error.message,
      /0 USD are used, 0.00011 reserved, and this call may cost 0.00011; it frees when calls/,
    );
    const one = only({ concurrentRequests: 1 });
    const second = limit.call({ allowances: one });
    await settle();
    const crowded = await refusalOf(limit, one);
    assert.deepEqual([crowded.retryAfterMs, crowded.data], [1000, {
      limit: "concurrentRequests",
      scope: "key:a",
      max: 1,
    }]);
    finish();
    await Promise.all([first.settled, second.settled]);
  });

  it("with a call that can never fit is told so, and not to wait", async () => {
    const error = await refusalOf(limited(), only({ tokensPerMinute: 50 }));
    assert.equal(error.retryAfterMs, undefined);
    assert.match(error.message, /50 tokens per minute, and this call may take 110; lower max_tokens/);
  });

  it("takes nothing from scopes that had room", async () => {
    const limit = limited();
    const free = { scope: "team:t", requestsPerMinute: 10 };
    await refusalOf(limit, [free, { scope: "key:a", requestsPerMinute: 0 }]);
    assert.equal((await limit.counts("team:t")).requests, 0);
  });
});

describe("what is left", () => {
  it("is told of the tightest of all scopes", async () => {
    const limit = limited();
    const { ctx, settled } = limit.call({
      allowances: [
        { scope: "key:a", requestsPerMinute: 10, tokensPerMinute: 1000 },
        { scope: "team:t", requestsPerMinute: 5, tokensPerMinute: 100_000 },
      ],
    });
    await settled;
    assert.deepEqual(ctx.ledger.allowance, {
      requests: { limit: 5, remaining: 4, resetMs: 120_000 },
      tokens: { limit: 1000, remaining: 890, resetMs: 120_000 },
    });
  });

  it("slides: of the minute before, what still lies in the last sixty seconds counts", async () => {
    const limit = limited();
    const allowances = only({ requestsPerMinute: 10 });
    for (let count = 0; count < 10; count++) await limit.call({ allowances }).settled;
    await limit.clock.advance(90_000);
    const passed: boolean[] = [];
    for (let count = 0; count < 8; count++) {
      passed.push((await limit.call({ allowances }).settled).error === undefined);
    }
    assert.equal(passed.filter(Boolean).length, 5);
  });

  it("tokens beyond the estimate count when they become known, not in a minute that is long past", async () => {
    const { limit, finish } = hanging(5_000);
    const { settled } = limit.call({ allowances: only({ tokensPerMinute: 1_000 }) });
    await limit.clock.advance(50_000 + 10_000);
    await limit.clock.advance(240_000);
    finish();
    await settled;
    assert.equal((await limit.counts()).tokens, 5_000 - 110);
    await refusalOf(limit, only({ tokensPerMinute: 1_000 }));
  });
});

describe("what is reserved", () => {
  /** Tokens that are held while a call runs: its input is 10. */
  async function reserved(
    params: Params,
    target: Partial<Target> = {},
    allowances = only({ tokensPerMinute: 1e6 }),
  ) {
    const { limit, finish } = hanging();
    const { settled } = limit.call({ allowances }, { target: { price, params, ...target } });
    await settle();
    const { tokens, nanoUsd } = await limit.counts();
    finish();
    const { error } = await settled;
    return error === undefined ? tokens + nanoUsd / 1000 - 10 : error.code;
  }

  const cases: readonly (readonly [string, Params, Partial<Target>, number])[] = [
    ["what the call asks for", { max_tokens: 500 }, {}, 500],
    ["by any of its names, the largest", { max_tokens: 5, max_completion_tokens: 700 }, {}, 700],
    ["no more than the model can", { max_tokens: 5000 }, { maxOutputTokens: 300 }, 300],
    ["no more than 8,192 of an absurd bound", { max_tokens: 1e15 }, {}, 8192],
    ["a guess, without a bound", {}, {}, 1024],
    ["a guess within what the model can", {}, { maxOutputTokens: 100 }, 100],
    ["a guess, for bounds that are none", { max_tokens: -1e9, max_output_tokens: NaN }, {}, 1024],
    ["a guess, for a bound that is text", { max_tokens: "5" }, {}, 1024],
    ["each of several answers", { max_tokens: 50, n: 4 }, {}, 200],
    ["no refund for a negative number of answers", { max_tokens: 50, n: -4 }, {}, 50],
  ];
  for (const [name, params, target, expected] of cases) {
    it(`is ${name}`, async () => assert.equal(await reserved(params, target), expected));
  }

  it("of a small bound, half for a guess, and all of what the call says", async () => {
    assert.equal(await reserved({}, {}, only({ tokensPerMinute: 100 })), 50 - 10);
    assert.equal(await reserved({ max_tokens: 1e9 }, {}, only({ tokensPerMinute: 100 })), 50 - 10);
    assert.equal(await reserved({ max_tokens: 90 }, {}, only({ tokensPerMinute: 100 })), 90);
    assert.equal(await reserved({ max_tokens: 91 }, {}, only({ tokensPerMinute: 100 })), "limit-exceeded");
    assert.equal(await reserved({}, {}, only({ budgets: [{ limitUsd: 0.0001, per: "day" }] })), 50 - 10);
    assert.equal(await reserved({}, {}, only({ budgets: [{ limitUsd: 0, per: "day" }] })), "limit-exceeded");
    assert.equal(await reserved({}, {}, only({ tokensPerMinute: 0 })), "limit-exceeded");
  });

  it("leaves most of a large budget, whatever the client asks for", async () => {
    const dear = { input: 15e9, output: 75e9 };
    const limit = limited({ answer: () => ({ parts: answered(100) }) });
    for (let count = 0; count < 50; count++) {
      const { settled } = limit.call(
        { allowances: only({ budgets: [{ limitUsd: 50, per: "day" }] }) },
        { target: { price: dear, params: { max_tokens: 1e9 } } },
      );
      assert.equal((await settled).error, undefined);
    }
  });

  it("is the price of the dearest target that may be asked", async () => {
    const { limit, finish } = hanging();
    const { settled } = limit.call({ allowances: only({ budgets: [{ limitUsd: 1, per: "day" }] }) }, {
      targets: [
        { model: "cheap", price, params: { max_tokens: 100 } },
        { model: "dear", price: { input: 7e9, output: 7e9 }, params: { max_tokens: 100 } },
      ],
    });
    await settle();
    assert.equal((await limit.counts()).nanoUsd, 110 * 7000);
    finish();
    await settled;
  });
});

describe("a budget and an unknown price", () => {
  const budgets = [{ limitUsd: 1, per: "day" }] as const;

  it("refuse the call", async () => {
    const limit = limited();
    const { settled } = limit.call({ allowances: only({ budgets }) }, { target: { params: {} } });
    const { error } = await settled;
    assert.equal(error?.code, "budget-exceeded");
    assert.equal(error.status, 402);
    assert.match(
      error.message,
      /^acme\/m1 cannot be asked: its price is unknown, and key:a has a budget per day; register/,
    );
  });

  it("leave out the target, when there is another", async () => {
    const asked: string[] = [];
    const limit = limited({
      answer: ({ target }) => {
        asked.push(target.model);
        return { parts: answered(1) };
      },
    });
    const { ctx, settled } = limit.call({ allowances: only({ budgets }) }, {
      targets: [{ model: "unknown", params: {} }, { model: "known", price, params: {} }],
    });
    assert.equal((await settled).error, undefined);
    assert.deepEqual(asked, ["known"]);
    assert.ok(ctx.ledger.receipt().steps.some(({ by, what }) => by === "limit" && what === "skip"));
  });

  it("go together where that is allowed, with a warning that the budget is incomplete", async () => {
    const limit = limited();
    const { ctx, settled } = limit.call({ allowances: only({ budgets, allowUnknownPrice: true }) }, {
      target: { params: {} },
    });
    assert.equal((await settled).error, undefined);
    assert.equal((await limit.counts()).nanoUsd, 0);
    assert.deepEqual(ctx.ledger.receipt().warnings.map(({ code }) => code), ["budget-incomplete"]);
  });

  it("that only shows afterwards count the estimate", async () => {
    const limit = limited({
      answer: () => ({
        parts: answered(10).map((part) =>
          part.type === "usage" ? { ...part, usage: { ...part.usage, images: 3 } } : part
        ),
      }),
    });
    const { settled } = limit.call({ allowances: only({ budgets }) });
    assert.equal((await settled).error, undefined);
    const { nanoUsd } = await limit.counts();
    assert.equal(nanoUsd, 110_000);
  });
});

describe("options of limits", () => {
  const services = {
    store: limited().good,
    clock: fakeClock(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    bill,
  };
  it("name what is wrong", () => {
    assert.throws(
      () => limitStage({ maxReservedOutputTokens: 0 }, services),
      /limits.maxReservedOutputTokens must be/,
    );
    const { hold: _, ...old } = services.store;
    assert.throws(
      () => limitStage({}, { ...services, store: old as unknown as typeof services.store }),
      /store must have the functions hold\(\) and settle\(\)/,
    );
  });

  it("raise what is reserved, so that nothing can exceed a limit", async () => {
    const limit = limited({ limits: { maxReservedOutputTokens: 50_000 } });
    const error = await refusalOf(limit, only({ tokensPerMinute: 20_000 }), { max_tokens: 30_000 });
    assert.equal(error.code, "limit-exceeded");
    const { settled } = limited({ limits: { all: only({ requestsPerMinute: 0 }) } }).call({ stream: true });
    const { value, error: all } = await settled;
    if (value !== undefined) record(value);
    assert.equal(all?.code, "limit-exceeded");
  });
});
