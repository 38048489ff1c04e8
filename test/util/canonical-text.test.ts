/** canonicalText: one text per JSON value. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalText } from "../../src/util/canonical-text.ts";

const long = "x".repeat(100);

describe("canonicalText", () => {
  const same: readonly (readonly [string, unknown, unknown])[] = [
    ["the order of keys", { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ["fields that are undefined", { a: 1, b: undefined }, { a: 1 }],
    ["what toJSON makes the same", { at: { toJSON: () => "now" } }, { at: "now" }],
    ["numbers that JSON has no word for", [NaN], [null]],
  ];
  for (const [what, one, other] of same) {
    it(`does not depend on ${what}`, () => assert.equal(canonicalText(one), canonicalText(other)));
  }

  const different: readonly unknown[] = [
    "a",
    "A",
    1,
    "1",
    true,
    "true",
    null,
    "null",
    [],
    {},
    [[]],
    ["a", "b"],
    ["a,b"],
    ['a","b'],
    { a: "b" },
    { a: ["b"] },
    long,
    `${long}x`,
    [long, "x"],
    [`${long}",x"`],
    [`${long},#1:x`],
    `#100:${long}`,
    `${long}\ud800`,
    `${long}\ud801`,
    { [long]: 1 },
    { a: long, b: "" },
    { a: `${long},"b":""` },
  ];
  it("is different for different values", () => {
    const texts = new Map<string, unknown>();
    for (const value of different) {
      const text = canonicalText(value);
      assert.ok(
        !texts.has(text),
        `${JSON.stringify(value)} and ${JSON.stringify(texts.get(text))} look the same`,
      );
      texts.set(text, value);
    }
    assert.equal(texts.size, different.length);
  });

  it("refuses circles and what JSON cannot hold", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    assert.throws(() => canonicalText(circle), /in a circle/);
    assert.throws(() => canonicalText(() => 1), /function has no place/);
    assert.throws(() => canonicalText(1n), /bigint has no place/);
  });
});
