/** The guards are worth at least this much on the half of the texts that nobody improved them on. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measured } from "./guards.ts";

const least: Readonly<Record<string, { readonly precision: number; readonly recall: number }>> = {
  pii: { precision: 0.97, recall: 0.97 },
  secrets: { precision: 0.98, recall: 0.92 },
  "prompt-injection": { precision: 0.88, recall: 0.95 },
  url: { precision: 0.95, recall: 0.95 },
  content: { precision: 0.99, recall: 0.99 },
  "content languages": { precision: 0.95, recall: 0.95 },
};

const guards = await measured();

describe("guards", () => {
  for (const { name, score } of guards) {
    it(`${name} finds what it should, and little else`, () => {
      const { cases, precision, recall } = score("test");
      const bound = least[name];
      assert.ok(bound !== undefined && cases > 10, `${cases} texts`);
      assert.ok(precision >= bound.precision, `precision ${precision.toFixed(3)} < ${bound.precision}`);
      assert.ok(recall >= bound.recall, `recall ${recall.toFixed(3)} < ${bound.recall}`);
    });
  }
});
