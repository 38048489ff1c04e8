/** Periods of budgets begin and end with the calendar in UTC. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Budget } from "../../src/contract/call.ts";
import { budgetPeriod } from "../../src/util/budget-period.ts";

const cases: readonly (readonly [Budget["per"], now: string, began: string, ends: string])[] = [
  ["day", "2026-11-21T00:00:00.000Z", "2026-11-21", "2026-11-22"],
  ["day", "2026-11-21T23:59:59.999Z", "2026-11-21", "2026-11-22"],
  ["week", "2026-11-21T12:00:00.000Z", "2026-11-16", "2026-11-23"],
  ["week", "2026-11-22T23:59:59.999Z", "2026-11-16", "2026-11-23"],
  ["week", "2026-11-23T00:00:00.000Z", "2026-11-23", "2026-11-30"],
  ["week", "2027-01-01T00:00:00.000Z", "2026-12-28", "2027-01-04"],
  ["month", "2026-11-30T23:59:59.999Z", "2026-11-01", "2026-12-01"],
  ["month", "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01"],
  ["month", "2028-02-29T00:00:00.000Z", "2028-02-01", "2028-03-01"],
];

describe("the period of a budget", () => {
  for (const [per, now, began, ends] of cases) {
    it(`per ${per} at ${now} is that of ${began}`, () => {
      assert.deepEqual(budgetPeriod(per, Date.parse(now)), { name: began, endsAtMs: Date.parse(ends) });
    });
  }

  it("in total never ends", () => {
    assert.deepEqual(budgetPeriod("total", 0), { name: "total", endsAtMs: Infinity });
  });
});
