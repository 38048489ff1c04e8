/** The strategy `weighted` passes the suite and distributes by weight. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import weighted from "../../../plugins/strategies/weighted/index.ts";
import { RANDOM, type Strategy } from "../../../src/plugin.ts";
import { fakeContext, strategySuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { namesOf, seeded, targetOf } from "./seeded.ts";

type Weights = Readonly<Record<string, number>>;

function make(weights: Weights, random = seeded(7)): Strategy {
  const providers = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight }]));
  return weighted.make(useOf([RANDOM, random]), optionsOf(weighted, { providers })) as Strategy;
}

strategySuite(test, ({ random }) => make({ acme: 3, "globex/m1": 1, initech: 0 }, random));

describe("weighted", () => {
  const ctx = fakeContext();
  const calls = 10_000;

  const shares: [string, Weights, string, Weights][] = [
    ["70 to 30", { a: 70, b: 30 }, "a b", { a: 0.7, b: 0.3 }],
    ["whatever the sum", { a: 1, b: 1, c: 2 }, "c b a", { a: 0.25, b: 0.25, c: 0.5 }],
    ["never to a weight of 0", { a: 0, b: 1 }, "a b", { b: 1 }],
    ["never to what is not named beside what is", { b: 1 }, "a b", { b: 1 }],
    ["evenly where none is named", { z: 1 }, "a b", { a: 0.5, b: 0.5 }],
    ["to models of one provider in equal parts", { a: 60, b: 40 }, "a a/m2 b", {
      a: 0.3,
      "a/m2": 0.3,
      b: 0.4,
    }],
    ["to a model with a weight of its own", { a: 30, "a/m2": 50, b: 20 }, "a a/m2 b", {
      a: 0.3,
      "a/m2": 0.5,
      b: 0.2,
    }],
    ["to the first where all have 0", { a: 0, b: 0 }, "a b", { a: 1 }],
  ];
  for (const [name, weights, given, expected] of shares) {
    test(`gives first places ${name}`, () => {
      const strategy = make(weights);
      const targets = given.split(" ").map((one) => targetOf(one));
      const counts: Record<string, number> = {};
      for (let call = 0; call < calls; call++) {
        const first = namesOf(strategy.order(targets, ctx).slice(0, 1));
        counts[first] = (counts[first] ?? 0) + 1;
      }
      assert.deepEqual(Object.keys(counts).sort(), Object.keys(expected).sort());
      for (const [one, share] of Object.entries(expected)) {
        const found = (counts[one] ?? 0) / calls;
        // Three standard deviations of 10,000 draws are at most 0.015.
        assert.ok(Math.abs(found - share) < 0.015, `${one} was first in ${found}, not ${share}`);
      }
    });
  }

  test("puts the others behind by weight", () => {
    const targets = ["a", "b", "c", "d"].map((one) => targetOf(one));
    const strategy = make({ a: 1, b: 5, c: 3, d: 0 }, () => 0);
    assert.equal(namesOf(strategy.order(targets, ctx)), "a b c d");
    const last = make({ a: 1, b: 5, c: 3, d: 0 }, () => 0.9999);
    assert.equal(namesOf(last.order(targets, ctx)), "c b a d");
  });

  for (const weight of [-1, "70", Infinity]) {
    test(`refuses the weight ${weight}`, () => {
      assert.match(
        complaintsOf(weighted, { providers: { a: { weight } } }).join(),
        /^providers\.a\.weight: /,
      );
    });
  }
});
