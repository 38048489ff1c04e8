/** Health: what each failure makes of an account, and when it may be asked again. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterFailure,
  type Health,
  healthAt,
  healthy,
  isDue,
  isLastResort,
} from "../../../src/client/accounts/health.ts";
import type { ErrorCode } from "../../../src/index.ts";

const policy = { healthCheckIntervalMs: 60_000, quotaCooldownMs: 900_000 };
const now = 1_000_000;
const refused: Health = { status: "unhealthy", untilMs: now + 10, code: "auth-rejected" };
const due: Health = { ...refused, untilMs: now };
const empty: Health = { status: "quota-exceeded", untilMs: now + 10, code: "quota-exhausted" };

const failures: readonly (readonly [Health, ErrorCode, number | undefined, Health])[] = [
  [healthy, "auth-rejected", undefined, {
    status: "unhealthy",
    untilMs: now + 60_000,
    code: "auth-rejected",
  }],
  [healthy, "permission-denied", 5, {
    status: "unhealthy",
    untilMs: now + 60_000,
    code: "permission-denied",
  }],
  [healthy, "key-missing", undefined, { status: "unhealthy", untilMs: now + 60_000, code: "key-missing" }],
  [healthy, "quota-exhausted", undefined, { ...empty, untilMs: now + 900_000 }],
  [healthy, "quota-exhausted", 18_000_000, { ...empty, untilMs: now + 18_000_000 }],
  [healthy, "quota-exhausted", 0, { ...empty, untilMs: now + 900_000 }],
  [healthy, "quota-exhausted", -5, { ...empty, untilMs: now + 900_000 }],
  [healthy, "quota-exhausted", Infinity, { ...empty, untilMs: now + 7 * 86_400_000 }],
  [healthy, "rate-limited", 5000, healthy],
  [healthy, "overloaded", undefined, healthy],
  [healthy, "provider-failed", undefined, healthy],
  [healthy, "timed-out", undefined, healthy],
  [healthy, "connection-failed", undefined, healthy],
  [healthy, "invalid-request", undefined, healthy],
  [empty, "auth-rejected", undefined, { status: "unhealthy", untilMs: now + 60_000, code: "auth-rejected" }],
  [refused, "quota-exhausted", undefined, { ...empty, untilMs: now + 900_000 }],
  [refused, "provider-failed", undefined, refused],
  [due, "provider-failed", undefined, { ...due, untilMs: now + 60_000 }],
  [due, "rate-limited", undefined, { ...due, untilMs: now + 60_000 }],
  [due, "auth-rejected", undefined, { ...due, untilMs: now + 60_000 }],
];

describe("a failure", () => {
  for (const [before, code, retryAfterMs, expected] of failures) {
    const title =
      `${code}${retryAfterMs === undefined ? "" : ` (retry after ${retryAfterMs} ms)`} of one that is ` +
      `${before === due ? "due" : before.status} makes it ${expected.status}`;
    it(title, () => assert.deepEqual(afterFailure(before, { code, retryAfterMs }, now, policy), expected));
  }
});

describe("time", () => {
  it("ends a cool-down, but no refusal", () => {
    assert.deepEqual(healthAt(empty, empty.untilMs - 1), empty);
    assert.equal(healthAt(empty, empty.untilMs), healthy);
    assert.deepEqual(healthAt(refused, refused.untilMs + 1e9), refused);
  });

  it("makes a refused account due for a trial", () => {
    assert.equal(isDue(refused, refused.untilMs - 1), false);
    assert.equal(isDue(refused, refused.untilMs), true);
    assert.equal(isDue(empty, empty.untilMs), false);
    assert.equal(isDue(healthy, now), false);
  });

  it("or not: what is better than nothing does not depend on it", () => {
    assert.deepEqual(
      [healthy, empty, refused, { ...refused, code: "permission-denied" as const }, {
        ...refused,
        code: "key-missing" as const,
      }].map(isLastResort),
      [false, false, false, true, true],
    );
  });
});
