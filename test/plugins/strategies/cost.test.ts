/** The strategy `cost` passes the suite and finds what is cheapest for a call of this size. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import cost from "../../../plugins/strategies/cost/index.ts";
import type { Call, Price, Strategy, Target } from "../../../src/plugin.ts";
import { fakeContext, strategySuite } from "../../../src/testing.ts";
import { complaintsOf, optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { namesOf, targetOf } from "./seeded.ts";

const make = (providers: object = {}) => cost.make(useOf(), optionsOf(cost, { providers })) as Strategy;

strategySuite(test, () => make({ acme: { costPer1kInput: 0.01, costPer1kOutput: 0.03 } }));

/** US dollars per million. */
const usd = (input: number, output: number): Price => ({ input: input * 1e9, output: output * 1e9 });
const asking = (chars: number): Partial<Call> => ({
  messages: [{ role: "user", content: "x".repeat(chars) }],
});

function order(targets: readonly Target[], call: Partial<Call> = {}, providers: object = {}): string {
  return namesOf(make(providers).order(targets, fakeContext({ call })));
}

describe("cost", () => {
  test("puts the cheapest first, and what has no price last", () => {
    const targets = [
      targetOf("unknown"),
      targetOf("dear", { price: usd(10, 30) }),
      targetOf("half", { price: { input: 1 } }),
      targetOf("cheap", { price: usd(1, 2) }),
      targetOf("free", { price: usd(0, 0) }),
    ];
    assert.equal(order(targets), "free cheap dear unknown half");
  });

  test("goes by the size of this call", () => {
    const targets = [targetOf("reader", { price: usd(1, 50) }), targetOf("writer", { price: usd(10, 10) })];
    assert.equal(
      order(targets, asking(400)),
      "writer reader",
      "with much to come out, by guess 1,024 tokens",
    );
    assert.equal(order(targets, asking(400_000)), "reader writer", "with much to read");
    const short = targets.map((target) => ({ ...target, params: { max_tokens: 1 } }));
    assert.equal(order(short, asking(4_000)), "reader writer", "with the output bounded");
  });

  test("knows that a price may rise with the size", () => {
    const targets = [
      targetOf("steps", { price: { ...usd(1, 1), steps: [{ aboveInputTokens: 10_000, input: 20e9 }] } }),
      targetOf("flat", { price: usd(5, 5) }),
    ];
    assert.equal(order(targets, asking(4_000)), "steps flat");
    assert.equal(order(targets, asking(80_000)), "flat steps");
  });

  test("takes configured prices before the catalog's, a model's before its provider's", () => {
    const targets = [
      targetOf("a", { price: usd(1, 1) }),
      targetOf("b", { price: usd(2, 2) }),
      targetOf("c"),
      targetOf("c/m2"),
    ];
    const configured = {
      a: { costPer1kInput: 1, costPer1kOutput: 1 },
      c: { costPer1kInput: 0.1, costPer1kOutput: 0.1 },
      "c/m2": { costPer1kInput: 0.000_1, costPer1kOutput: 0.000_1 },
    };
    assert.equal(order(targets, {}, configured), "c/m2 b c a");
  });

  const others: [Call["modality"], Partial<Call>, Price, Price, Price][] = [
    ["image", { prompt: "a fox" }, { image: 1e7 }, { image: 4e7 }, usd(1, 1)],
    ["video", { prompt: "a fox" }, { second: 1e8 }, { second: 5e8 }, {}],
    ["speech", { prompt: "hello" }, { character: 1e9 }, { character: 2e9 }, usd(1, 1)],
    ["transcription", {}, { second: 1e5 }, { second: 1e6 }, {}],
    ["rerank", { prompt: "q", input: ["a"] }, { query: 1e3 }, { query: 2e6 }, {}],
    ["embedding", { input: ["a"] }, { input: 1e7 }, { input: 2e7 }, {}],
    ["moderation", { input: ["a"] }, { request: 0 }, { request: 5 }, {}],
  ];
  for (const [modality, call, cheap, dear, unknown] of others) {
    test(`compares calls of ${modality} by what they are priced by`, () => {
      const targets = [
        targetOf("unknown", { price: unknown, modality }),
        targetOf("dear", { price: dear, modality }),
        targetOf("cheap", { price: cheap, modality }),
      ];
      assert.equal(order(targets, { modality, messages: [], ...call }), "cheap dear unknown");
    });
  }

  test("counts the pictures and the seconds that are asked for", () => {
    const targets = [
      targetOf("many", { modality: "image", price: { image: 1e7 }, params: { n: 4 } }),
      targetOf("one", { modality: "image", price: { image: 3e7 } }),
    ];
    assert.equal(order(targets, { modality: "image", messages: [], prompt: "a fox" }), "one many");
  });

  test("refuses half a price", () => {
    const given = { providers: { a: { costPer1kInput: 1 } } };
    assert.match(complaintsOf(cost, given).join(), /^providers\.a\.costPer1kOutput: /);
  });
});
