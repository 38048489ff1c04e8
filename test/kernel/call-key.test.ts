/** The call key: equal for calls that may share an answer, different for everything that changes it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../src/contract/call.ts";
import type { Target } from "../../src/contract/target.ts";
import { LoomError } from "../../src/errors/index.ts";
import { fakePlanned } from "../../src/testing/fake-context.ts";

const base: Partial<Call> = {
  params: { temperature: 0, top_p: 1 },
  tools: [{ name: "add", parameters: { type: "object", properties: {} } }],
};

function keyOf(call: Partial<Call> = {}, target: Partial<Target> = {}): string {
  return fakePlanned({ call: { ...base, ...call }, target }).key;
}

const output = {
  schema: { type: "object" },
  name: "output",
  validate: (value: unknown) => value,
  repair: 0,
} as const;

describe("callKey", () => {
  const same: readonly [string, Partial<Call>, Partial<Target>?][] = [
    ["the order of params", { params: { top_p: 1, temperature: 0 } }],
    ["params that are undefined", { params: { temperature: 0, top_p: 1, seed: undefined } }],
    ["streaming", { stream: true }],
    ["who asks", { user: "alice", team: "a", tags: ["x"] }],
    ["whether the cache may be used", { useCache: false }],
    ["what it may cost", { maxCostUsd: 1 }],
    ["the price, which the catalog may learn later", {}, { price: { input: 5 } }],
    ["the catalog's name of the same upstream model", {}, { model: "alias" }],
  ];
  for (const [what, call, target] of same) {
    it(`does not depend on ${what}`, () => assert.equal(keyOf(call, target), keyOf()));
  }

  const different: readonly [string, Partial<Call>, Partial<Target>?][] = [
    ["tenant", { tenant: "t" }],
    ["modality", { modality: "image" }],
    ["messages", { messages: [{ role: "user", content: "Bye." }] }],
    ["a message's role", { messages: [{ role: "system", content: "Say hi in five words." }] }],
    ["prompt", { prompt: "p" }],
    ["input", { input: ["a"] }],
    ["params", { params: { temperature: 1, top_p: 1 } }],
    ["tools", { tools: [] }],
    ["tool choice", { toolChoice: "none" }],
    ["output form", { output }],
    ["output name", { output: { ...output, name: "other" } }],
    ["provider", {}, { provider: "other" }],
    ["upstream model", {}, { upstreamModel: "other" }],
  ];
  it("depends on everything that changes the answer, each in its own way", () => {
    const keys = new Set([keyOf()]);
    for (const [what, call, target] of different) {
      const size = keys.size;
      keys.add(keyOf(call, target));
      assert.equal(keys.size, size + 1, `${what} does not change the key`);
    }
  });

  it("does not mistake one field's text for another's", () => {
    assert.notEqual(keyOf({ prompt: "x" }), keyOf({ input: ["x"] }));
    assert.notEqual(keyOf({ tenant: "a" }), keyOf({ tenant: '"a"' }));
    assert.notEqual(keyOf({ tenant: "null" }), keyOf());
  });

  it("depends on all targets of the plan and their order", () => {
    const [a, b] = [{ provider: "a" }, { provider: "b" }];
    const keys = [[a], [a, b], [b, a]].map((targets) => fakePlanned({ targets }).key);
    assert.equal(new Set(keys).size, 3);
  });

  const loop: { [key: string]: unknown } = {};
  loop.self = loop;
  for (const [what, value] of [["a circle", loop], ["a function", () => 1], ["a bigint", 1n]] as const) {
    it(`refuses ${what} in the params as a bad request`, () => {
      assert.throws(
        () => keyOf({ params: { bad: value as never } }),
        (error) => LoomError.is(error, "invalid-request") && error.message.includes("JSON"),
      );
    });
  }
});
