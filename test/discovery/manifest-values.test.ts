import assert from "node:assert/strict";
import { test } from "node:test";
import { expandHeader } from "../../src/discovery/manifest-values.ts";

const set: Readonly<Record<string, string>> = { A: "one", B: "two", EMPTY: "" };
const read = (name: string): string | undefined => set[name];

const cases: readonly [string, string | undefined][] = [
  ["plain", "plain"],
  ["${A}", "one"],
  ["x-${A}-${B}", "x-one-two"],
  ["${MISSING|B}", "two"],
  ["${A|B}", "one"],
  ["${EMPTY|A}", "one"],
  ["${MISSING}", undefined],
  ["${EMPTY}", undefined],
  ["x-${A}-${MISSING}", undefined],
];
for (const [value, expected] of cases) {
  test(`expandHeader(${value})`, () => assert.equal(expandHeader(value, read), expected));
}
