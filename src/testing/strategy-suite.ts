/** What every strategy must hold. */

import assert from "node:assert/strict";
import type { Call } from "../contract/call.ts";
import type { Context } from "../contract/context.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { Random } from "../contract/services.ts";
import type { Strategy } from "../contract/strategy.ts";
import type { Target } from "../contract/target.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { fakeContext, fakeTarget } from "./fake-context.ts";
import { deepFreeze, type TestFunction, within } from "./suite.ts";

/** What a test needs of the strategy it asks for. */
export interface StrategySetup {
  /** To be given as the injected clock. */
  readonly clock: FakeClock;
  /** To be given as the injected randomness: the same numbers for every strategy of a test. */
  readonly random: Random;
}

export interface StrategySuiteOptions {
  /** Targets that the strategy has options for, each laid over `fakeTarget()`; the suite adds its own. */
  readonly targets?: readonly Partial<Target>[];
}

const price = { input: 250_000_000, output: 1_000_000_000 };

/** Two models of one vendor, one model at two vendors, the same target with other params, with and without a price. */
const shapes: readonly Partial<Target>[] = [
  { provider: "acme", model: "m1", price },
  { provider: "acme", model: "m2", upstreamModel: "m2" },
  { provider: "globex", model: "m1", price: {}, contextTokens: 8_000 },
  { provider: "globex", model: "m1", params: { temperature: 0, max_tokens: 100 } },
  { provider: "__proto__", model: "constructor", upstreamModel: "toString" },
  {
    provider: "initech",
    model: "ключ/🔑\n",
    price: { ...price, steps: [{ aboveInputTokens: 1, input: 1 }] },
  },
];

const calls: readonly Partial<Call>[] = [
  {},
  { messages: [] },
  { messages: [{ role: "user", content: "x".repeat(100_000) }], stream: true, user: "u", tenant: "t" },
  { modality: "image", messages: [], prompt: "a fox" },
  { modality: "embedding", messages: [], input: ["a", "b"] },
  { modality: "rerank", messages: [], prompt: "q", input: [] },
];

const failure = { code: "overloaded", message: "no", status: 503 } as const;
const endings: readonly Partial<Attempt>[] = [
  { status: "ok", latencyMs: 900, firstPartMs: 200 },
  { status: "ok", latencyMs: 0 },
  { status: "failed", latencyMs: 5, error: failure },
  { status: "failed", latencyMs: 5, error: { code: "invalid-request", message: "no", status: 400 } },
  { status: "cancelled", latencyMs: 30_000 },
  { status: "cancelled", latencyMs: 40, firstPartMs: 20 },
  { status: "rejected", latencyMs: 1e9, firstPartMs: 1 },
];

/**
 * Registers the tests. `make` gives a fresh strategy each time.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { strategySuite } from "loom-router/testing";
 * strategySuite(test, () => ({ order: (targets) => targets.toReversed() }));
 * ```
 */
export function strategySuite(
  test: TestFunction,
  make: (setup: StrategySetup) => Strategy | Promise<Strategy>,
  options: StrategySuiteOptions = {},
): void {
  const all = [...options.targets ?? [], ...shapes].map((shape) => deepFreeze(fakeTarget(shape)));

  function check(name: string, body: (strategy: Strategy, setup: StrategySetup) => Promise<void> | void) {
    test(`strategy: ${name}`, async () => {
      const setup = { clock: fakeClock(), random: numbers() };
      const strategy = await make(setup);
      try {
        await within(body(strategy, setup), name);
      } finally {
        await within(strategy.close?.(), "close");
      }
    });
  }

  check("gives the very targets it was given, each once, whatever the call and their number", (strategy) => {
    for (const call of calls) {
      const ctx = fakeContext({ call });
      for (let count = 1; count <= all.length; count++) {
        const targets = Object.freeze(all.slice(0, count));
        for (let turn = 0; turn < 20; turn++) expectAll(strategy.order(targets, ctx), targets);
      }
    }
  });

  check("gives a single target back, call after call", (strategy) => {
    const [only] = all;
    assert.ok(only !== undefined);
    for (let turn = 0; turn < 50; turn++) assert.deepEqual(strategy.order([only], fakeContext()), [only]);
  });

  check("learns from whatever becomes of an attempt, asked for or not", async (strategy, { clock }) => {
    const ctx = fakeContext();
    for (const target of all) {
      for (const ending of endings) {
        strategy.ended?.(attemptAt(target, ending), target);
        expectAll(strategy.order(all, ctx), all);
        await clock.advance(1_000);
      }
    }
    await clock.advance(30 * 86_400_000);
    expectAll(strategy.order(all, ctx), all);
  });

  check("answers many calls before the first of them has ended", (strategy) => {
    const ctx = fakeContext();
    const orders = Array.from({ length: 500 }, () => strategy.order(all, ctx));
    for (const order of orders) {
      expectAll(order, all);
      const [first] = order;
      if (first !== undefined) strategy.ended?.(attemptAt(first, endings[0] ?? {}), first);
    }
    expectAll(strategy.order(all, ctx), all);
  });

  for (const [name, number] of [["smallest", 0], ["largest", 1 - Number.EPSILON]] as const) {
    test(`strategy: bears the ${name} random number`, async () => {
      const strategy = await make({ clock: fakeClock(), random: () => number });
      for (let turn = 0; turn < 20; turn++) expectAll(strategy.order(all, fakeContext()), all);
      await within(strategy.close?.(), "close");
    });
  }

  test("strategy: decides by its clock, its random numbers and what it was told, and by nothing else", async () => {
    const told = async () => {
      const clock = fakeClock();
      const strategy = await make({ clock, random: numbers() });
      const orders: string[] = [];
      for (let turn = 0; turn < 200; turn++) {
        const order = strategy.order(all, fakeContext());
        orders.push(order.map((target) => all.indexOf(target)).join());
        const [first] = order;
        const ending = endings[turn % endings.length];
        if (first !== undefined && ending !== undefined) strategy.ended?.(attemptAt(first, ending), first);
        await clock.advance(100);
      }
      await within(strategy.close?.(), "close");
      return orders;
    };
    assert.deepEqual(await told(), await told());
  });

  check("goes on after very many different targets", (strategy) => {
    const ctx: Context = fakeContext();
    for (let index = 0; index < 5_000; index++) {
      const pair = [
        fakeTarget({ provider: `p${index}` }),
        fakeTarget({ provider: `p${index}`, model: "m2", upstreamModel: "m2" }),
      ];
      expectAll(strategy.order(pair, ctx), pair);
      for (const target of pair) strategy.ended?.(attemptAt(target, endings[0] ?? {}), target);
    }
    expectAll(strategy.order(all, ctx), all);
  });

  check("may be closed twice", async (strategy) => {
    await within(strategy.close?.(), "the first close");
  });
}

/** Fails unless these are the same objects, each as often as it was given. */
function expectAll(order: readonly Target[], targets: readonly Target[]): void {
  assert.ok(Array.isArray(order), "order() gives a list at once, not a promise");
  assert.equal(order.length, targets.length, "order() keeps every target");
  const given = new Set(targets);
  for (const target of order) {
    assert.ok(given.delete(target), "order() gives each target that it was given, once");
  }
}

function attemptAt({ provider, model, upstreamModel }: Target, ending: Partial<Attempt>): Attempt {
  return { provider, model, upstreamModel, attempt: 1, startedMs: 0, latencyMs: 0, status: "ok", ...ending };
}

/** Random numbers that are the same each time: the generator of Park and Miller. */
function numbers(): Random {
  let state = 20_261_121;
  return () => {
    state = state * 48_271 % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
