/** The strategy `round_robin` passes the suite and gives every target exactly its turn. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import roundRobin from "../../../plugins/strategies/round_robin/index.ts";
import type { Strategy } from "../../../src/plugin.ts";
import { fakeContext, strategySuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { namesOf, targetOf } from "./seeded.ts";

const make = (given: unknown = {}) => roundRobin.make(useOf(), optionsOf(roundRobin, given)) as Strategy;
const listOf = (names: string) => names.split(" ").map((name) => targetOf(name));

strategySuite(test, () => make());

describe("round robin", () => {
  const ctx = fakeContext();

  test("lets each be first in turn, with those that follow behind it", () => {
    const strategy = make();
    const orders = Array.from({ length: 4 }, () => namesOf(strategy.order(listOf("a b c"), ctx)));
    assert.deepEqual(orders, ["a b c", "b c a", "c a b", "a b c"]);
  });

  test("is exact over many calls, made at the same time or not", async () => {
    const strategy = make();
    const counts = new Map<string, number>();
    await Promise.all(Array.from({ length: 9_999 }, async (_, index) => {
      if (index % 3 === 0) await Promise.resolve();
      const [first] = strategy.order(listOf("a b c"), ctx);
      const name = first?.provider ?? "";
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }));
    assert.deepEqual(Object.fromEntries(counts), { a: 3_333, b: 3_333, c: 3_333 });
  });

  test("takes no turn of one set for a call of another", () => {
    const strategy = make();
    const firsts = (names: string, count: number) =>
      Array.from({ length: count }, () => strategy.order(listOf(names), ctx)[0]?.provider).join("");
    assert.equal(firsts("a b", 1) + firsts("a b c", 3) + firsts("a b", 1) + firsts("a", 1), "aabcba");
  });

  test("knows a set in whatever order it is named", () => {
    const strategy = make();
    const firsts = ["a b", "b a", "a b", "b a"].map((names) =>
      strategy.order(listOf(names), ctx)[0]?.provider
    );
    assert.deepEqual(firsts, ["a", "b", "a", "b"]);
  });

  test("tells models of one provider apart", () => {
    const strategy = make();
    const orders = Array.from({ length: 2 }, () => namesOf(strategy.order(listOf("a/m2 a/m3"), ctx)));
    assert.deepEqual(orders, ["a/m2 a/m3", "a/m3 a/m2"]);
  });

  test("begins anew with a set that it has forgotten", () => {
    const strategy = make({ maxSets: 1 });
    const first = (names: string) => strategy.order(listOf(names), ctx)[0]?.provider;
    assert.deepEqual(["a b", "c d", "a b"].map(first), ["a", "c", "a"]);
  });

  test("refuses options that it does not know", () => {
    assert.match(complaintsOf(roundRobin, { maxSets: 0 }).join(), /^maxSets: /);
    assert.match(complaintsOf(roundRobin, { providers: {} }).join(), /providers/);
  });
});
