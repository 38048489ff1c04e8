/** Limits of a plan or a day take an account out; limits of a minute do not. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { errorDecoder } from "../../src/vendor/index.ts";
import { manifest } from "../support/wire-codec.ts";

const decoder = errorDecoder(manifest());
const day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
const minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";

/** As Google writes it: the quota that was hit, and a wait beside it. */
function exhausted(quotaId: string) {
  return {
    error: {
      code: 429,
      message: "You exceeded your current quota, please check your plan and billing details.",
      status: "RESOURCE_EXHAUSTED",
      details: [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "31s" },
      ],
    },
  };
}

const said = (message: string) => ({ error: { message } });

const rows: readonly (readonly [status: number, body: unknown, code: string])[] = [
  [429, said("You have reached your 5-hour limit. Try again in 2 hours."), "quota-exhausted"],
  [429, said("Request exceeded the rolling window quota"), "quota-exhausted"],
  [429, said("You have hit the usage limit for your plan"), "quota-exhausted"],
  [403, said("Subscription usage limit reached"), "quota-exhausted"],
  [429, said("Subscription usage limit reached"), "quota-exhausted"],
  [429, exhausted(day), "quota-exhausted"],
  [429, exhausted(minute), "rate-limited"],
  [429, said("Rate limit reached, try again in 2s"), "rate-limited"],
];

describe("an exhausted account", () => {
  for (const [status, body, code] of rows) {
    it(`${status} ${JSON.stringify(body).slice(0, 70)} is ${code}`, () => {
      const error = decoder.fromBody({ status, headers: {}, ctx: fakeAttempting() }, JSON.stringify(body));
      assert.equal(error.code, code);
    });
  }

  it("says when to come back, where the vendor does", () => {
    const head = { status: 429, headers: { "retry-after": "7200" }, ctx: fakeAttempting() };
    const error = decoder.fromBody(head, JSON.stringify(said("You have reached your 5-hour limit")));
    assert.equal(error.retryAfterMs, 7_200_000);
    assert.equal(error.recovery, "next-target");
  });
});
