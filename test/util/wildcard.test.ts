import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wildcard, wildcards } from "../../src/util/wildcard.ts";

const cases: readonly (readonly [pattern: string, text: string, fits: boolean])[] = [
  ["gpt-4o", "gpt-4o", true],
  ["gpt-4o", "gpt-4o-mini", false],
  ["gpt-4o", "GPT-4o", false],
  ["gpt-*", "gpt-", true],
  ["gpt-*", "gpt-4o", true],
  ["gpt-*", "xgpt-4o", false],
  ["*", "", true],
  ["*", "anything/at all", true],
  ["**", "", true],
  ["", "", true],
  ["", "a", false],
  ["*-mini", "gpt-4o-mini", true],
  ["*-mini", "gpt-4o-mini-2", false],
  ["openai/*", "openai/gpt-4o", true],
  ["openai/*", "openai", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["ab*ba", "aba", false],
  ["a*b*c", "a1b2c", true],
  ["a*b*c", "a1c2b", false],
  ["a*bc*c", "abc", false],
  ["a*bc*c", "abcc", true],
  ["*ab*ab*", "abab", true],
  ["*ab*ab*", "aab", false],
  ["claude-*-2024*", "claude-3-opus-20240229", true],
  ["gpt-4.1", "gpt-4x1", false],
  ["(a+)+$", "aaaa", false],
  ["(a+)+$", "(a+)+$", true],
  ["*.*", "a.b", true],
  ["*.*", "ab", false],
  ["?", "a", false],
  ["e*", "été", false],
  ["é*", "élan", true],
];

describe("wildcard", () => {
  for (const [pattern, text, fits] of cases) {
    it(`${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"} ${JSON.stringify(text)}`, () => {
      assert.equal(wildcard(pattern)(text), fits);
      assert.equal(wildcards(["no", pattern])(text), fits);
    });
  }

  it("judges a hostile pattern on a long text at once", () => {
    const pattern = `${"*a".repeat(2000)}*b`;
    assert.equal(wildcard(pattern)("a".repeat(100_000)), false);
  });

  it("of several, one is enough, and of none there is none", () => {
    assert.equal(wildcards(["o3", "gpt-*"])("gpt-5"), true);
    assert.equal(wildcards([])("gpt-5"), false);
  });
});
