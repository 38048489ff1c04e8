/** Deadlines as people write them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deadlineOf } from "../../../src/batch/plan/deadline.ts";

const now = Date.parse("2026-11-21T20:00:00Z");

const good: readonly (readonly [given: string, deadline: string])[] = [
  ["90m", "2026-11-21T21:30:00.000Z"],
  ["2h", "2026-11-21T22:00:00.000Z"],
  ["1d", "2026-11-22T20:00:00.000Z"],
  ["1d12h", "2026-11-23T08:00:00.000Z"],
  ["1.5h", "2026-11-21T21:30:00.000Z"],
  ["45s", "2026-11-21T20:00:45.000Z"],
  [" 2h ", "2026-11-21T22:00:00.000Z"],
  ["2026-11-22T08:00Z", "2026-11-22T08:00:00.000Z"],
  ["2026-11-22 08:00Z", "2026-11-22T08:00:00.000Z"],
  ["2026-11-22T08:00:30+02:00", "2026-11-22T06:00:30.000Z"],
  ["2026-11-22", "2026-11-22T00:00:00.000Z"],
];

const bad: readonly (readonly [given: string, message: RegExp])[] = [
  ["2026-11-21T08:00Z", /2026-11-21T08:00:00Z is in the past; it is 2026-11-21T20:00:00Z now/],
  ["0h", /"0h" is no time to run in/],
  ["99999999999d", /is no time to run in/],
  ["soon", /"soon" is neither a time from now \(90m, 2h, 1d\) nor a moment/],
  ["2", /neither/],
  ["-2h", /neither/],
  ["2026-13-41", /neither/],
  ["", /neither/],
];

describe("a deadline", () => {
  for (const [given, deadline] of good) {
    it(`reads ${JSON.stringify(given)}`, () => {
      assert.equal(new Date(deadlineOf(given, now)).toISOString(), deadline);
    });
  }

  for (const [given, message] of bad) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => deadlineOf(given, now), { code: "invalid-request", message });
    });
  }
});
