/** Equal prompts are found by digest, among many. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstAsked } from "../../../src/batch/live/first-asked.ts";

describe("firstAsked", () => {
  it("names the first row of each prompt, also after it has grown many times", () => {
    const first = firstAsked();
    const distinct = 20_000;
    for (let index = 0; index < distinct; index++) assert.equal(first.of(`prompt ${index}`, index), index);
    for (let index = 0; index < distinct; index++) {
      assert.equal(first.of(`prompt ${index}`, distinct + index), index);
    }
  });

  it("takes row 0 for a row, and lone surrogates for different letters", () => {
    const first = firstAsked();
    assert.equal(first.of("\ud800", 0), 0);
    assert.equal(first.of("\ud801", 1), 1);
    assert.equal(first.of("\ud800", 2), 0);
  });
});
