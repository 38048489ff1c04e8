/** The strategy `latency` passes the suite, follows what it measures, and keeps looking. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import latency from "../../../plugins/strategies/latency/index.ts";
import { type Attempt, CLOCK, RANDOM, type Strategy, type Target } from "../../../src/plugin.ts";
import { type FakeClock, fakeClock, fakeContext, strategySuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { namesOf, seeded, targetOf } from "./seeded.ts";

function make(given: object = {}, clock: FakeClock = fakeClock(), random = seeded(11)): Strategy {
  return latency.make(useOf([CLOCK, clock], [RANDOM, random]), optionsOf(latency, given)) as Strategy;
}

strategySuite(test, ({ clock, random }) => make({}, clock, random));

const [a, b, c] = [targetOf("a"), targetOf("b"), targetOf("c")];
const ctx = fakeContext();

function told(strategy: Strategy, target: Target, change: Partial<Attempt>): void {
  const { provider, model, upstreamModel } = target;
  const attempt = {
    provider,
    model,
    upstreamModel,
    attempt: 1,
    startedMs: 0,
    latencyMs: 0,
    status: "ok",
  } as const;
  strategy.ended?.({ ...attempt, ...change }, target);
}

const order = (strategy: Strategy, targets: readonly Target[] = [a, b, c]) =>
  namesOf(strategy.order(targets, ctx));

describe("latency", () => {
  test("puts the fastest first, by the time to the first part", () => {
    const strategy = make({ explore: 0 });
    told(strategy, a, { latencyMs: 300 });
    told(strategy, b, { latencyMs: 9_000, firstPartMs: 100 });
    told(strategy, c, { latencyMs: 200 });
    assert.equal(order(strategy), "b c a");
  });

  test("asks those first that nobody knows, each once, in the call's order", () => {
    const strategy = make({ explore: 0 });
    told(strategy, b, { latencyMs: 100 });
    assert.equal(order(strategy), "a c b");
    assert.equal(order(strategy), "c b a", "a is being found out about");
    assert.equal(order(strategy), "b a c", "and so is c");
    told(strategy, a, { latencyMs: 50 });
    assert.equal(order(strategy), "a b c");
  });

  test("spreads the calls that come before anything is known", () => {
    const strategy = make({ explore: 0 });
    const firsts = Array.from({ length: 9 }, () => strategy.order([a, b, c], ctx)[0]?.provider).sort().join(
      "",
    );
    assert.equal(firsts, "aaabbbccc");
  });

  test("asks an unknown one again when it never heard of it", async () => {
    const clock = fakeClock();
    const strategy = make({ explore: 0 }, clock);
    told(strategy, b, { latencyMs: 100 });
    assert.equal(order(strategy, [a, b]), "a b");
    assert.equal(order(strategy, [a, b]), "b a");
    await clock.advance(60_000);
    assert.equal(order(strategy, [a, b]), "a b");
  });

  test("lets what is old count less", async () => {
    const clock = fakeClock();
    const strategy = make({ explore: 0, halfLifeMs: 1_000 }, clock);
    for (let turn = 0; turn < 10; turn++) told(strategy, a, { latencyMs: 100 });
    told(strategy, b, { latencyMs: 300 });
    told(strategy, a, { latencyMs: 1_000 });
    assert.equal(order(strategy, [a, b]), "a b", "one slow call among ten of the same moment");
    await clock.advance(3_000);
    told(strategy, a, { latencyMs: 1_000 });
    told(strategy, b, { latencyMs: 300 });
    assert.equal(order(strategy, [a, b]), "b a", "one slow call after ten that are three half-lives old");
  });

  test("explores again what was not called for several half-lives", async () => {
    const clock = fakeClock();
    const strategy = make({ explore: 0, halfLifeMs: 1_000 }, clock);
    told(strategy, a, { latencyMs: 900 });
    told(strategy, b, { latencyMs: 100 });
    await clock.advance(3_900);
    told(strategy, b, { latencyMs: 100 });
    assert.equal(order(strategy, [a, b]), "b a");
    await clock.advance(200);
    assert.equal(order(strategy, [a, b]), "a b");
  });

  const failures: [string, Partial<Attempt>, string][] = [
    ["holds a failure against its target", failed("overloaded"), "b a"],
    ["holds a rate limit against its target", failed("rate-limited"), "b a"],
    ["does not hold the caller's fault against it", failed("invalid-request"), "a b"],
    ["learns nothing from a caller who left early", { status: "cancelled", latencyMs: 1 }, "a b"],
    ["learns that it takes at least so long", { status: "cancelled", latencyMs: 5_000 }, "b a"],
    ["counts what had begun before it was given up", { status: "cancelled", firstPartMs: 5_000 }, "b a"],
    ["counts an answer that was turned down", { status: "rejected", firstPartMs: 5_000 }, "b a"],
    ["waits for what is running", { status: "running", latencyMs: 5_000 }, "a b"],
  ];
  for (const [name, change, expected] of failures) {
    test(name, () => {
      const strategy = make({ explore: 0 });
      told(strategy, a, { latencyMs: 100 });
      told(strategy, b, { latencyMs: 1_000 });
      told(strategy, a, change);
      assert.equal(order(strategy, [a, b]), expected);
    });
  }

  test("begins at another target in the configured share of calls", () => {
    const strategy = make({ explore: 0.05 });
    for (const [index, target] of [a, b, c].entries()) told(strategy, target, { latencyMs: 100 + index });
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let call = 0; call < 10_000; call++) {
      const first = strategy.order([a, b, c], ctx)[0]?.provider ?? "";
      counts[first] = (counts[first] ?? 0) + 1;
    }
    const { b: second = 0, c: third = 0 } = counts;
    assert.ok(Math.abs(second + third - 500) < 70, `${second + third} of 10,000 calls explored`);
    assert.ok(Math.abs(second - third) < 70, `${second} and ${third} should be alike`);
  });

  test("keeps models of one provider apart", () => {
    const strategy = make({ explore: 0 });
    const [fast, slow] = [targetOf("a/fast"), targetOf("a/slow")];
    told(strategy, slow, { latencyMs: 900 });
    told(strategy, fast, { latencyMs: 100 });
    assert.equal(order(strategy, [slow, fast]), "a/fast a/slow");
  });

  test("forgets what was unused for longest", () => {
    const strategy = make({ explore: 0, maxTargets: 2 });
    for (const target of [a, b, c]) told(strategy, target, { latencyMs: 100 });
    assert.equal(order(strategy), "a b c", "a is unknown again");
    assert.equal(order(strategy, [b, c]), "b c");
  });

  const refused: [object, RegExp][] = [
    [{ explore: 2 }, /^explore: /],
    [{ halfLifeMs: 0 }, /^halfLifeMs: /],
    [{ providers: {} }, /providers/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(latency, given).join(), expected);
    });
  }
});

function failed(code: "overloaded" | "rate-limited" | "invalid-request"): Partial<Attempt> {
  return { status: "failed", latencyMs: 10, error: { code, message: "no", status: 500 } };
}
