/** The running account of a call: attempts that end once, bounded decisions, and a receipt. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CallLedger } from "../../src/kernel/index.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";

const usage = {
  inputTokens: 3,
  outputTokens: 4,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 7,
};

describe("CallLedger", () => {
  it("keeps an attempt's course: begin, first part, end", async () => {
    const clock = fakeClock();
    const ledger = new CallLedger("call-1", clock);
    await clock.advance(10);
    const entry = ledger.open(fakeAttempting({ attempt: 2 }), "team-key");
    assert.equal(ledger.attempts[0]?.status, "running");
    await clock.advance(5);
    entry.firstPart();
    await clock.advance(5);
    entry.firstPart();
    entry.update({ requestId: "req-9" });
    entry.close("ok", { usage });
    assert.deepEqual(ledger.attempts, [{
      provider: "acme",
      model: "m1",
      upstreamModel: "m1-2026",
      attempt: 2,
      account: "team-key",
      startedMs: 10,
      latencyMs: 10,
      firstPartMs: 5,
      status: "ok",
      requestId: "req-9",
      usage,
    }]);
    assert.equal(ledger.receipt().firstPartMs, 15);
  });

  it("ends an attempt once", async () => {
    const clock = fakeClock();
    const ledger = new CallLedger("call-1", clock);
    const entry = ledger.open(fakeAttempting());
    entry.close("failed", { error: { code: "overloaded", message: "full", status: 503 } });
    await clock.advance(50);
    entry.close("ok", { usage });
    const [attempt] = ledger.attempts;
    assert.deepEqual([attempt?.status, attempt?.latencyMs, attempt?.usage], ["failed", 0, undefined]);
  });

  it("knows each attempt's target and takes its bill", () => {
    const ledger = new CallLedger("call-1", fakeClock());
    const ctx = fakeAttempting();
    ledger.open(ctx);
    const bill = { nanoUsd: 5, lines: [], unpriced: [] };
    ledger.price(0, bill);
    ledger.price(7, bill);
    assert.equal(ledger.targetOf(0), ctx.target);
    assert.equal(ledger.attempts[0]?.bill, bill);
    assert.throws(() => ledger.targetOf(1), RangeError);
  });

  it("takes over another call's attempts as they are, so that their end is seen on both accounts", () => {
    const left = new CallLedger("call-1", fakeClock());
    const heir = new CallLedger("call-2", fakeClock());
    const first = fakeAttempting({ target: { model: "first" } });
    const second = fakeAttempting({ target: { model: "second" } });
    left.open(first).close("failed");
    const entry = left.open(second);
    heir.adopt(left, left.attempts.slice(1));
    entry.update({ usage });
    entry.close("ok");
    assert.deepEqual(heir.attempts.map(({ model, status }) => [model, status]), [["second", "ok"]]);
    assert.equal(heir.attempts[0]?.usage, usage);
    assert.equal(heir.targetOf(0), second.target);
  });

  it("keeps no more than 200 steps and 200 warnings", () => {
    const ledger = new CallLedger("call-1", fakeClock());
    for (let index = 0; index < 300; index++) {
      ledger.step("test", "step", { index });
      ledger.warn("code", `message ${index}`);
    }
    const { steps, warnings } = ledger.receipt();
    assert.deepEqual([steps.length, warnings.length], [200, 200]);
  });

  it("says a warning once", () => {
    const ledger = new CallLedger("call-1", fakeClock());
    ledger.warn("a", "x");
    ledger.warn("a", "x");
    ledger.warn("a", "y");
    assert.deepEqual(ledger.warnings, [{ code: "a", message: "x" }, { code: "a", message: "y" }]);
  });

  it("makes a receipt with times of the injected clock, its own ended at the first end()", async () => {
    const clock = fakeClock(1_000);
    const ledger = new CallLedger("call-1", clock);
    await clock.advance(7);
    ledger.step("cache", "miss");
    await clock.advance(3);
    ledger.end();
    await clock.advance(90);
    ledger.end();
    assert.deepEqual(ledger.receipt(), {
      callId: "call-1",
      startedAtMs: 1_000,
      latencyMs: 10,
      cache: "off",
      deduplicated: false,
      steps: [{ atMs: 7, by: "cache", what: "miss" }],
      attempts: [],
      warnings: [],
    });
  });
});
