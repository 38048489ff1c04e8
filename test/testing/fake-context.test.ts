/** The fake contexts are the kernel's own, with defaults. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fakeAttempting,
  fakeCancellation,
  fakeContext,
  fakePlanned,
} from "../../src/testing/fake-context.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { LoomError } from "../../src/errors/index.ts";

describe("fakeContext", () => {
  it("knows the call but not the plan", () => {
    const ctx = fakeContext({ call: { prompt: "a cat" } });
    assert.equal(ctx.call.prompt, "a cat");
    assert.equal(ctx.call.modality, "text");
    assert.throws(
      () => (ctx as unknown as { plan: unknown }).plan,
      (error) => LoomError.is(error, "internal"),
    );
  });
});

describe("fakePlanned", () => {
  it("gives every target the call's modality and params unless it says otherwise", () => {
    const ctx = fakePlanned({
      call: { modality: "embedding", params: { dimensions: 3 } },
      targets: [{ provider: "a" }, { provider: "b", params: { dimensions: 4 } }],
    });
    const seen = ctx.plan.targets.map(({ provider, modality, params }) => [provider, modality, params]);
    assert.deepEqual(seen, [["a", "embedding", { dimensions: 3 }], ["b", "embedding", { dimensions: 4 }]]);
    assert.ok(ctx.key.length > 0);
  });

  it("refuses a plan without targets", () => {
    assert.throws(() => fakePlanned({ targets: [] }), RangeError);
  });
});

describe("fakeAttempting", () => {
  it("keeps a ledger on the clock it was given", async () => {
    const clock = fakeClock();
    const ctx = fakeAttempting({ clock, attempt: 2 });
    const entry = ctx.ledger.open(ctx);
    await clock.advance(40);
    entry.close("ok");
    assert.equal(ctx.ledger.attempts[0]?.latencyMs, 40);
    assert.equal(ctx.ledger.attempts[0]?.attempt, 2);
  });

  it("is cancelled by its cancellation", () => {
    const cancellation = fakeCancellation();
    const ctx = fakeAttempting({ cancellation });
    assert.equal(ctx.signal.aborted, false);
    cancellation.cancel();
    assert.equal(ctx.signal.aborted, true);
    assert.throws(() => ctx.cancellation.throwIfCancelled(), (error) => LoomError.is(error, "aborted"));
  });
});
