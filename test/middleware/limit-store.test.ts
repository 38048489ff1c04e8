/** The limit stage and a store that fails, hangs, or dies between hold and settle: nothing leaks, nothing is lost silently. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Held, Store } from "../../src/contract/storage.ts";
import type { Answer } from "../../src/contract/reply.ts";
import { LoomError } from "../../src/errors/index.ts";
import type { FakeClock } from "../../src/testing/fake-clock.ts";
import { settle } from "../kernel/scripted.ts";
import { answered, limited, type Setup } from "./limit-setup.ts";

type Mode = "well" | "broken" | "broken at once" | "silent" | "deaf";

/**
 * A store that answers later, as one over a network does. `silent`: does the work and never answers; `deaf`: does not even
 * do the work.
 */
function remote(setup: Setup = {}) {
  const state = { mode: "well" as Mode };
  const act = <T>(work: () => T | Promise<T>): Promise<T> => {
    if (state.mode === "broken at once") throw new Error("no connection");
    if (state.mode === "broken") return Promise.reject(new Error("store is broken"));
    if (state.mode === "deaf") return new Promise(() => {});
    const done = Promise.resolve().then(work);
    return state.mode === "silent" ? new Promise(() => {}) : done;
  };
  const store = (good: Store): Store => ({
    ...good,
    hold: (lease, holds, leaseMs) => act(() => good.hold(lease, holds, leaseMs)),
    settle: (lease, holds, used) => act(() => good.settle(lease, holds, used)),
  });
  return { state, limit: limited({ ...setup, store }) };
}

const nothing = { requests: 0, tokens: 0, nanoUsd: 0, concurrent: 0 };
const once = { requests: 1, tokens: 10, nanoUsd: 10_000, concurrent: 0 };

async function failureOf(settled: Promise<{ error?: LoomError }>): Promise<LoomError> {
  const { error } = await settled;
  assert.ok(LoomError.is(error));
  return error;
}

describe("a store that fails before the call", () => {
  for (const mode of ["broken", "broken at once"] as const) {
    it(`refuses calls (${mode}), says why, and that it is nobody's retry`, async () => {
      const { state, limit } = remote();
      state.mode = mode;
      const error = await failureOf(limit.call().settled);
      assert.deepEqual([error.code, error.status, error.recovery], ["connection-failed", 503, "never"]);
      assert.match(error.message, /limits and budgets cannot be asked.*onStoreFailure to "allow"/);
      assert.match(String((error.cause as Error).message), /broken|no connection/);
      state.mode = "well";
      await limit.clock.advance(60_000);
      assert.equal((await limit.call().settled).error, undefined);
      assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 0 });
    });

    it(`with "allow" lets them through (${mode}) and counts them when it is back`, async () => {
      const { state, limit } = remote({ limits: { onStoreFailure: "allow" } });
      state.mode = mode;
      const { ctx, settled } = limit.call();
      assert.equal((await settled).error, undefined);
      assert.deepEqual(ctx.ledger.receipt().warnings.map(({ code }) => code), ["limits-unknown"]);
      assert.deepEqual(await limit.counts(), nothing);
      state.mode = "well";
      await limit.clock.advance(1_000);
      assert.deepEqual(await limit.counts(), once);
      assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 0 });
    });
  }

  it("that takes the hold but never answers is not waited for, and is given it back", async () => {
    const { state, limit } = remote();
    state.mode = "silent";
    const { settled } = limit.call();
    await limit.clock.advance(4_999);
    assert.equal((await limit.counts()).concurrent, 1);
    state.mode = "well";
    await limit.clock.advance(1);
    assert.equal((await failureOf(settled)).code, "connection-failed");
    await limit.clock.advance(0);
    assert.deepEqual(await limit.counts(), nothing);
  });

  it("a caller who leaves while it is asked leaves nothing held", async () => {
    const { limit } = remote();
    const { settled, cancellation } = limit.call();
    cancellation.cancel();
    assert.equal((await failureOf(settled)).code, "aborted");
    await limit.clock.advance(0);
    assert.deepEqual(await limit.counts(), nothing);
    assert.equal(limit.clock.pending, 0);
  });
});

describe("a store that dies between hold and settle", () => {
  for (const mode of ["broken", "broken at once", "silent", "deaf"] as const) {
    it(`is told what was used when it is back (${mode}), once`, async () => {
      const answer = Promise.withResolvers<Answer>();
      const { state, limit } = remote({ answer: () => answer.promise });
      const { settled } = limit.call();
      await settle();
      state.mode = mode;
      answer.resolve({ parts: answered(10) });
      assert.equal((await settled).error, undefined, "the answer is the caller's all the same");
      await limit.clock.advance(20_000);
      assert.equal(limit.stage.unsettled.waiting, 1);
      state.mode = "well";
      await limit.clock.advance(40_000);
      assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 0 });
      assert.deepEqual(
        await limit.counts("key:a"),
        { ...once, requests: 0, tokens: 0 },
        "in another minute by now",
      );
      assert.deepEqual(limit.said, [
        limit.said[0],
        "the store has been told what calls used",
      ]);
      assert.match(limit.said[0] ?? "", /^the store cannot be told what calls used, and is told again/);
      assert.equal(limit.clock.pending, 0);
    });
  }

  it(
    "for long is told of the last 10,000 calls, and the loss of the others is said",
    { timeout: 60_000 },
    async () => {
      const { state, limit } = remote({ limits: { onStoreFailure: "allow" } });
      state.mode = "broken";
      const calls = Array.from({ length: 10_003 }, () => limit.call());
      await Promise.all(calls.map(({ settled }) => settled));
      await limit.clock.advance(0);
      assert.deepEqual(limit.stage.unsettled, { waiting: 10_000, lost: 3 });
      assert.deepEqual(limit.said.filter((text) => text.includes("is lost")).length, 2);
      state.mode = "well";
      await limit.clock.advance(5_000);
      assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 3 });
      assert.equal((await limit.counts()).nanoUsd, 10_000 * 10_000);
    },
  );

  it("keeps what was spent, however many calls are refused meanwhile", { timeout: 60_000 }, async () => {
    const answer = Promise.withResolvers<Answer>();
    const { state, limit } = remote({ answer: () => answer.promise });
    const spender = limit.call();
    await settle();
    state.mode = "broken";
    answer.resolve({ parts: answered(10) });
    await spender.settled;
    for (let round = 0; round < 12; round++) {
      const refused = Array.from({ length: 1_000 }, () => limit.call());
      for (const { settled } of refused) assert.equal((await failureOf(settled)).status, 503);
    }
    await limit.clock.advance(0);
    assert.ok(limit.stage.unsettled.waiting <= 2_001, `${limit.stage.unsettled.waiting} wait`);
    state.mode = "well";
    await limit.clock.advance(1_000);
    assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 0 });
    assert.deepEqual(await limit.counts(), once);
  });

  it("is told once more when the Loom closes, and what it does not hear then is said", async () => {
    for (const back of [true, false]) {
      const answer = Promise.withResolvers<Answer>();
      const { state, limit } = remote({ answer: () => answer.promise });
      const { settled } = limit.call();
      await settle();
      state.mode = "deaf";
      answer.resolve({ parts: answered(10) });
      await settled;
      await limit.clock.advance(6_000);
      if (back) state.mode = "well";
      const closing = Promise.resolve(limit.stage.close());
      await limit.clock.advance(2_000);
      await closing;
      await limit.stage.close();
      assert.equal((await limit.counts()).nanoUsd, back ? 10_000 : 110_000, "not settled, it is still held");
      assert.equal(limit.said.some((text) => /what 1 call\(s\) used could not be told/.test(text)), !back);
    }
  });
});

describe("a process that dies while calls run", () => {
  it("gives back what they held, a while after their deadline", async () => {
    const limit = limited({ answer: () => new Promise<Answer>(() => {}) });
    void limit.call().settled;
    await settle();
    assert.equal((await limit.counts()).concurrent, 1);
    await limit.clock.advance(60_000 + 30_000 - 1);
    assert.equal((await limit.counts()).concurrent, 1, "while the call may still run");
    await limit.clock.advance(1);
    assert.deepEqual((await limit.counts()).concurrent, 0);
    assert.deepEqual((await limit.counts()).nanoUsd, 0);
  });
});

describe("a store that answers synchronously", () => {
  it("is not waited for: the call is on its way when the stage returns", async () => {
    let begun = false;
    const held: Held[] = [];
    const limit = limited({
      answer: () => {
        begun = true;
        return { parts: answered(1) };
      },
      store: (good: Store, _: FakeClock) => ({
        ...good,
        hold(lease, holds, leaseMs) {
          const now = good.hold(lease, holds, leaseMs) as Held;
          held.push(now);
          return now;
        },
      }),
    });
    const { settled } = limit.call();
    assert.deepEqual([held.length, begun], [1, true]);
    await settled;
    assert.equal(limit.settlements.size, 1);
  });
});
