import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoomError } from "../../src/errors/index.ts";
import { localCurrency, toCost, toNanoUsd, toUsd } from "../../src/catalog/currency.ts";

describe("localCurrency", () => {
  it("is INR at 0.012 by default", () =>
    assert.deepEqual(localCurrency(), { code: "INR", usdPerUnit: 0.012 }));
  it("takes a rate in USD per unit", () => {
    assert.deepEqual(localCurrency({ localCurrency: "eur", localToUsd: 1.08 }), {
      code: "EUR",
      usdPerUnit: 1.08,
    });
    assert.deepEqual(localCurrency({ localToUsd: 0.0125 }), { code: "INR", usdPerUnit: 0.0125 });
    assert.deepEqual(localCurrency({ localCurrency: "USD" }), { code: "USD", usdPerUnit: 1 });
  });

  const bad: readonly (readonly [options: object, path: string, message: RegExp])[] = [
    [{ localCurrency: "EUR" }, "localToUsd", /EUR.*set localToUsd/],
    [{ localCurrency: "euro" }, "localCurrency", /three-letter/],
    [{ localCurrency: 5 }, "localCurrency", /three-letter/],
    [{ localToUsd: 0 }, "localToUsd", /above 0/],
    [{ localToUsd: "1" }, "localToUsd", /above 0/],
    [{ localToUsd: NaN }, "localToUsd", /above 0/],
    [{ localCurrency: "USD", localToUsd: 2 }, "localToUsd", /must be 1/],
  ];
  for (const [options, path, message] of bad) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => localCurrency(options), (error: unknown) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.equal(error.data.path, path);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("toCost", () => {
  it("gives USD and local money as numbers", () => {
    const cost = toCost(
      { nanoUsd: 10_000_000, lines: [{ item: "image", units: 1, nanoUsd: 10_000_000 }], unpriced: [] },
      28_000,
      localCurrency(),
    );
    assert.deepEqual(cost, {
      usd: 0.01,
      local: 0.01 / 0.012,
      localCurrency: "INR",
      savedUsd: 0.000028,
      breakdown: [{ item: "image", units: 1, usd: 0.01 }],
    });
  });

  it("keeps what is unknown null, never 0", () => {
    const cost = toCost({ nanoUsd: null, lines: [], unpriced: ["input"] }, null, localCurrency());
    assert.deepEqual([cost.usd, cost.local, cost.savedUsd], [null, null, null]);
  });

  it("goes there and back", () => assert.equal(toUsd(toNanoUsd(0.000028)), 0.000028));
});
