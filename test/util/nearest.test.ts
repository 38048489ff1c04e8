import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editDistance, nearest } from "../../src/util/nearest.ts";

describe("nearest", () => {
  const models = ["gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "claude-haiku-4-5", "o3"];
  const cases: readonly (readonly [name: string, expected: readonly string[]])[] = [
    ["gpt-4o-mni", ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4o"]],
    ["GPT-4O", ["gpt-4o", "gpt-4o-mini"]],
    ["claude-haiku", ["claude-haiku-4-5"]],
    ["cluade-haiku-4-5", ["claude-haiku-4-5"]],
    ["o4", ["o3"]],
    ["something-else-entirely", []],
    ["", []],
  ];
  for (const [name, expected] of cases) {
    it(`finds ${JSON.stringify(expected)} for "${name}"`, () =>
      assert.deepEqual(nearest(name, models), expected));
  }

  it("gives no more than asked and each name once", () => {
    assert.deepEqual(nearest("gpt-4o", ["gpt-4o", "gpt-4o", "gpt-4p", "gpt-4q"], 2), ["gpt-4o", "gpt-4p"]);
  });

  it("answers a hostile name at once", () => {
    assert.deepEqual(nearest("x".repeat(1_000_000), ["y".repeat(1_000_000)]), []);
  });
});

describe("editDistance", () => {
  const cases: readonly (readonly [a: string, b: string, allowed: number, expected: number | undefined])[] = [
    ["same", "same", 0, 0],
    ["kitten", "sitting", 3, 3],
    ["kitten", "sitting", 2, undefined],
    ["ab", "ba", 1, 1],
    ["", "abc", 3, 3],
    ["", "abc", 2, undefined],
  ];
  for (const [a, b, allowed, expected] of cases) {
    it(`of "${a}" and "${b}" within ${allowed} is ${expected}`, () => {
      assert.equal(editDistance(a, b, allowed), expected);
    });
  }
});
