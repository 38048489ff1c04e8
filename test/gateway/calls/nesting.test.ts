/** The bound on nesting: what is deep is refused, what is long or only looks deep is not. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isTooDeep } from "../../../src/gateway/calls/nesting.ts";

const cases: readonly (readonly [string, string, boolean])[] = [
  ["a plain request", '{"messages":[{"role":"user","content":"Hi"}]}', false],
  ["500 lists", `${"[".repeat(500)}${"]".repeat(500)}`, false],
  ["501 lists", `${"[".repeat(501)}${"]".repeat(501)}`, true],
  ["501 objects", `${'{"a":'.repeat(501)}1${"}".repeat(501)}`, true],
  ["objects in lists", `${'[{"a":'.repeat(251)}1${"}]".repeat(251)}`, true],
  ["10,000 lists beside each other", `[${"[],".repeat(10_000)}0]`, false],
  ["brackets in a text", JSON.stringify({ content: "[".repeat(10_000) }), false],
  ["brackets after quotes in a text", JSON.stringify({ content: `\\"${"[{".repeat(10_000)}` }), false],
  ["brackets after a text that ends with a backslash", `["\\\\",${"[".repeat(501)}${"]".repeat(501)}]`, true],
];

describe("nesting", () => {
  for (const [name, text, expected] of cases) {
    test(`${name}: ${expected ? "too deep" : "not too deep"}`, () => {
      JSON.parse(text);
      assert.equal(isTooDeep(text), expected);
    });
  }
});
