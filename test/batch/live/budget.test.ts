/** A job's money: what is under way is reserved, so that the limit is never passed. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { budget } from "../../../src/batch/live/budget.ts";

describe("budget", () => {
  it("reserves what is under way and gives back what was not spent", () => {
    const money = budget(1, 0);
    assert.equal(money.reserve(0.6), 0.6);
    assert.equal(money.reserve(0.6), undefined);
    money.settle(0.6, 0.2);
    assert.equal(money.spentUsd, 0.2);
    assert.equal(money.reserve(0.6), 0.6);
  });

  it("reserves for each row what the dearest one has cost", () => {
    const money = budget(1, 0);
    money.settle(money.reserve(0.1) ?? 0, 0.4);
    assert.equal(money.reserve(0.1), 0.4);
    assert.equal(money.reserve(0.1), undefined);
  });

  it("counts what earlier runs have spent", () => {
    assert.equal(budget(1, 0.95).reserve(0.1), undefined);
    assert.equal(budget(1, 0.9).reserve(0.1), 0.1);
  });

  it("takes an unknown cost for what was reserved", () => {
    const money = budget(1, 0);
    money.settle(money.reserve(0.3) ?? 0, null);
    assert.equal(money.spentUsd, 0.3);
  });

  it("does not drift over a million rows", () => {
    const money = budget(1, 0);
    for (let row = 0; row < 1_000_000; row++) money.settle(money.reserve(1e-6) ?? 0, 1e-6);
    assert.equal(money.spentUsd, 1);
    assert.equal(money.reserve(1e-6), undefined);
  });
});
