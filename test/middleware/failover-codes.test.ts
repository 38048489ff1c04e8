/** The options of failover: which statuses move a call on, how far, and whether at all. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../src/contract/error-code.ts";
import type { ErrorDetails, LoomError } from "../../src/errors/index.ts";
import { type FailoverOptions, failoverStage } from "../../src/middleware/failover.ts";
import type { MoveOnOptions } from "../../src/middleware/move-on.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakePlanned } from "../../src/testing/fake-context.ts";
import { caught, fault, hello, run, steps } from "./chain.ts";

async function tryAll(options: FailoverOptions & MoveOnOptions, faults: readonly (LoomError | undefined)[]) {
  const clock = fakeClock();
  const targets = faults.map((_, index) => ({
    provider: "acme",
    model: `m${index}`,
    upstreamModel: `m${index}`,
  }));
  const ctx = fakePlanned({ clock, targets });
  const tried: number[] = [];
  const stage = failoverStage({ clock, toResult: () => undefined }, options);
  const settled = await caught(run(ctx, [stage], ({ target }) => {
    const index = targets.findIndex(({ model }) => model === target.model);
    tried.push(index);
    return faults[index] ?? hello;
  }));
  return { ctx, tried, ...settled };
}

const spec = { retryCodes: [429, 500, 502, 503] };

describe("retryCodes", () => {
  const cases: [ErrorCode, ErrorDetails, moves: boolean][] = [
    ["rate-limited", { status: 429 }, true],
    ["quota-exhausted", { status: 429 }, true],
    ["provider-failed", { status: 500 }, true],
    ["overloaded", { status: 503 }, true],
    ["overloaded", { status: 529 }, false],
    ["provider-failed", { status: 504 }, false],
    ["auth-rejected", { status: 401 }, false],
    ["permission-denied", { status: 403 }, false],
    ["model-not-found", { status: 404 }, false],
    ["invalid-reply", {}, true],
    ["invalid-request", { status: 400 }, false],
    // Nobody answered, so there is no status to go by.
    ["connection-failed", {}, true],
    ["timed-out", {}, true],
    ["stream-broken", {}, true],
    ["breaker-open", {}, true],
    ["key-missing", {}, true],
    ["unsupported", {}, true],
    // Another model may be larger.
    ["context-too-long", { status: 400 }, true],
    // Loom's own, whatever their status.
    ["limit-exceeded", {}, false],
    ["budget-exceeded", {}, false],
    ["guard-blocked", {}, false],
    ["internal", { status: 500 }, false],
    ["closed", { status: 503 }, false],
    // What must not be repeated is not, neither here nor elsewhere.
    ["connection-failed", { recovery: "never" }, false],
    ["timed-out", { recovery: "never" }, false],
    ["provider-failed", { status: 502, recovery: "never" }, false],
    ["content-filtered", { status: 400 }, false],
  ];
  for (const [code, details, moves] of cases) {
    it(`${moves ? "move on" : "stay"} after ${code} ${JSON.stringify(details)}`, async () => {
      const error = fault(code, details);
      const result = await tryAll(spec, [error, undefined]);
      assert.deepEqual(result.tried, moves ? [0, 1] : [0]);
      assert.equal(result.error, moves ? undefined : error);
    });
  }

  it("may name refusals, which then are tried elsewhere", async () => {
    const result = await tryAll({ retryCodes: [400, 401] }, [
      fault("invalid-request", { status: 400 }),
      fault("auth-rejected", { status: 401 }),
      undefined,
    ]);
    assert.deepEqual(result.tried, [0, 1, 2]);
  });

  it("never let Loom's own refusals be tried elsewhere", async () => {
    const all = Array.from({ length: 200 }, (_, index) => 400 + index);
    for (
      const code of ["limit-exceeded", "budget-exceeded", "guard-blocked", "aborted", "internal"] as const
    ) {
      assert.deepEqual((await tryAll({ retryCodes: all }, [fault(code), undefined])).tried, [0], code);
    }
    const filtered = await tryAll({ retryCodes: all }, [fault("content-filtered"), undefined]);
    assert.deepEqual(filtered.tried, [0], "that is what contentPolicyFallback is for");
  });
});

describe("contentPolicyFallback", () => {
  for (const contentPolicyFallback of [true, false]) {
    it(`${contentPolicyFallback ? "moves on from" : "stays with"} a refusal when ${contentPolicyFallback}`, async () => {
      for (const options of [{}, spec]) {
        const { tried } = await tryAll({ ...options, contentPolicyFallback }, [
          fault("content-filtered"),
          undefined,
        ]);
        assert.deepEqual(tried, contentPolicyFallback ? [0, 1] : [0]);
      }
    });
  }
});

describe("maxMoves", () => {
  const down = fault("overloaded");

  for (const [maxMoves, expected] of [[0, [0]], [1, [0, 1]], [2, [0, 1, 2]], [9, [0, 1, 2, 3]]] as const) {
    it(`${maxMoves} tries ${expected.length} of four`, async () => {
      const { tried, error } = await tryAll({ maxMoves }, [down, down, down, down]);
      assert.deepEqual(tried, expected);
      assert.equal(error?.code, maxMoves === 0 ? "overloaded" : "all-failed");
    });
  }

  it("says how many were left", async () => {
    const { ctx } = await tryAll({ maxMoves: 1 }, [down, down, down]);
    assert.deepEqual(steps(ctx, "failover").at(-1), ["give-up", { reason: "max-moves", left: 1 }]);
  });

  it("must be a whole number", () => {
    const make = (maxMoves: number) => failoverStage({ clock: fakeClock(), toResult: () => 0 }, { maxMoves });
    assert.throws(() => make(-1), /routing\.failover\.maxMoves must be a whole number of 0 or more/);
    assert.throws(() => make(1.5), /routing\.failover\.maxMoves/);
  });
});

describe("enabled: false", () => {
  it("asks the first target alone, and throws its error as it is", async () => {
    const error = fault("overloaded");
    const result = await tryAll({ enabled: false }, [error, undefined]);
    assert.deepEqual(result.tried, [0]);
    assert.equal(result.error, error);
  });
});
