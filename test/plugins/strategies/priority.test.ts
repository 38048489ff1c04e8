/** The strategy `priority` passes the suite and orders by its numbers. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import priority from "../../../plugins/strategies/priority/index.ts";
import type { Strategy } from "../../../src/plugin.ts";
import { fakeContext, strategySuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { namesOf, targetOf } from "./seeded.ts";

const make = (given: unknown) => priority.make(useOf(), optionsOf(priority, given)) as Strategy;

strategySuite(test, () => make({ providers: { acme: { priority: 2 }, "globex/m1": { priority: 1 } } }));

describe("priority", () => {
  const orders: [string, Record<string, { priority: number }>, string, string][] = [
    ["lower numbers first", { a: { priority: 2 }, b: { priority: 1 } }, "a b", "b a"],
    ["those that are not named last", { c: { priority: 9 } }, "a b c", "c a b"],
    ["equal numbers in the call's order", { a: { priority: 1 }, b: { priority: 1 } }, "b a", "b a"],
    ["the call's order without numbers", {}, "b a c", "b a c"],
    [
      "a model's own number before its provider's",
      {
        a: { priority: 1 },
        "a/m2": { priority: 3 },
        b: { priority: 2 },
      },
      "a/m2 b a",
      "a b a/m2",
    ],
  ];
  for (const [name, providers, given, expected] of orders) {
    test(`puts ${name}`, () => {
      const targets = given.split(" ").map((one) => targetOf(one));
      assert.equal(namesOf(make({ providers }).order(targets, fakeContext())), expected);
    });
  }

  const refused: [unknown, RegExp][] = [
    [{ providers: { a: {} } }, /^providers\.a\.priority: /],
    [{ providers: { a: { priority: "1" } } }, /^providers\.a\.priority: /],
    [{ providers: { a: { priority: 1, weight: 2 } } }, /weight/],
    [{ provider: {} }, /provider/],
  ];
  for (const [given, expected] of refused) {
    test(`refuses the options ${JSON.stringify(given)}`, () => {
      assert.match(complaintsOf(priority, given).join("\n"), expected);
    });
  }
});
