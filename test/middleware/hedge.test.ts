/** Hedging: when a second target is asked, who wins, and that whoever lost is let go and paid for. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempting } from "../../src/contract/context.ts";
import type { LoomErrorLike } from "../../src/contract/errors.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Reply } from "../../src/contract/reply.ts";
import type { Target } from "../../src/contract/target.ts";
import { compose } from "../../src/kernel/index.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { type HedgeOptions, Hedging } from "../../src/middleware/hedge.ts";
import { loomError } from "../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import {
  type FakeCancellation,
  fakeCancellation,
  type FakeContextOptions,
  fakePlanned,
} from "../../src/testing/fake-context.ts";
import { finish, record, type Script, scripted, text } from "../kernel/scripted.ts";
import { adapter, caught, fault, hello, run, steps } from "./chain.ts";

/** One request as its target saw it. */
interface Asked {
  readonly ctx: Attempting;
  readonly model: string;
  /** Why it was given up. */
  left: LoomErrorLike | undefined;
  answer(parts: readonly Part[] | Reply): void;
  fail(error: LoomErrorLike): void;
}

interface Options extends FakeContextOptions {
  readonly hedge?: HedgeOptions;
  readonly ailing?: (target: Target) => unknown;
  readonly hedging?: Hedging;
  readonly clock?: FakeClock;
  readonly cancellation?: FakeCancellation;
}

/** A call to targets that answer when the test says so, and end at once when they are let go. */
function start(models: string, options: Options = {}) {
  const { hedge = { afterMs: 100 }, clock = fakeClock(), ailing } = options;
  const { cancellation = fakeCancellation() } = options;
  const hedging = options.hedging ??
    new Hedging(hedge, { clock, ...(ailing === undefined ? {} : { ailing }) });
  const targets = models.split(" ").map((model) => ({ provider: "acme", model, upstreamModel: model }));
  const ctx = fakePlanned({ targets, ...options, clock, cancellation });
  const asked: Asked[] = [];
  const stage = failoverStage({ clock, toResult: () => undefined, hedging });
  const reply = run(ctx, [stage], (inner) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const one: Asked = {
      ctx: inner,
      model: inner.target.model,
      left: undefined,
      answer: (given) => resolve(given as Reply),
      fail: reject,
    };
    inner.cancellation.onCancel((reason) => reject(one.left = reason));
    asked.push(one);
    return promise;
  });
  const settled = caught(reply);
  const outcome: { value?: Reply; error?: LoomErrorLike; done?: true } = {};
  void settled.then((result) => Object.assign(outcome, result, { done: true }));
  return {
    clock,
    cancellation,
    ctx,
    asked,
    settled,
    outcome,
    models: () => asked.map(({ model }) => model).join(" "),
  };
}

const at = <T>(list: readonly T[], index: number): T => {
  const one = list[index];
  assert.ok(one !== undefined, `nothing at ${index}`);
  return one;
};

describe("a hedge", () => {
  it("asks a second target when the first is slow, takes the first answer and lets the other go", async () => {
    const { clock, asked, models, settled, ctx } = start("a b");
    await clock.advance(99);
    assert.equal(models(), "a");
    await clock.advance(1);
    assert.equal(models(), "a b");
    at(asked, 1).answer(hello);
    const { value } = await settled;
    assert.equal(value?.target.model, "b");
    assert.equal(at(asked, 0).left?.code, "aborted");
    assert.equal(at(asked, 1).left, undefined);
    assert.equal(clock.pending, 0);
    assert.deepEqual(steps(ctx, "hedge"), [
      ["start", { slow: "acme/a", target: "acme/b", waitedMs: 100 }],
      ["won", { target: "acme/b", over: "acme/a" }],
    ]);
  });

  it("lets the second go when the first answers after all", async () => {
    const { clock, asked, settled } = start("a b");
    await clock.advance(100);
    at(asked, 0).answer(hello);
    assert.equal((await settled).value?.target.model, "a");
    assert.deepEqual(asked.map(({ left }) => left?.code), [undefined, "aborted"]);
  });

  it("asks nobody else when the first answers in time, and leaves no timer", async () => {
    const { clock, asked, settled, models } = start("a b");
    await clock.advance(50);
    at(asked, 0).answer(hello);
    assert.equal((await settled).value?.target.model, "a");
    assert.equal(clock.pending, 0);
    await clock.advance(1_000);
    assert.equal(models(), "a");
  });

  it("moves on as ever when the first fails in time", async () => {
    const { clock, asked, settled, ctx } = start("a b");
    await clock.advance(50);
    at(asked, 0).fail(fault("overloaded"));
    await clock.advance(0);
    at(asked, 1).answer(hello);
    assert.equal((await settled).value?.target.model, "b");
    assert.deepEqual(steps(ctx, "hedge"), []);
    assert.deepEqual(steps(ctx, "failover").map(([what]) => what), ["leave"]);
  });

  for (const [failing, winning] of [[0, 1], [1, 0]] as const) {
    for (const code of ["overloaded", "invalid-request"] as const) {
      it(`goes on when target ${failing} fails with ${code} while the other runs`, async () => {
        const { clock, asked, settled, outcome } = start("a b");
        await clock.advance(100);
        at(asked, failing).fail(fault(code));
        await clock.advance(1_000);
        assert.equal(outcome.done, undefined);
        at(asked, winning).answer(hello);
        assert.equal((await settled).value?.target.model, at(asked, winning).model);
      });
    }
  }

  it("goes to the third when both fail, and tells of all", async () => {
    const { clock, asked, settled, ctx, models } = start("a b c");
    await clock.advance(100);
    at(asked, 1).fail(fault("overloaded"));
    at(asked, 0).fail(fault("rate-limited"));
    await clock.advance(0);
    assert.equal(models(), "a b c");
    at(asked, 2).fail(fault("provider-failed"));
    const { error } = await settled;
    assert.equal(error?.code, "all-failed");
    for (const words of ["acme/a (rate-limited", "acme/b (overloaded", "acme/c (provider-failed"]) {
      assert.ok(error?.message.includes(words), error?.message);
    }
    assert.deepEqual(steps(ctx, "failover"), [
      ["leave", { from: "acme/a", to: "acme/b", code: "rate-limited" }],
      ["leave", { from: "acme/b", to: "acme/c", code: "overloaded" }],
    ]);
  });

  it("fails with what nobody else would mend when both fail", async () => {
    const { clock, asked, settled, models } = start("a b c");
    await clock.advance(100);
    const wrong = fault("invalid-request");
    at(asked, 1).fail(wrong);
    at(asked, 0).fail(fault("overloaded"));
    assert.equal((await settled).error, wrong);
    assert.equal(models(), "a b");
  });

  for (
    const [name, waitMs, count] of [["before the second is asked", 50, 1], [
      "while both run",
      150,
      2,
    ]] as const
  ) {
    it(`ends with a caller who leaves ${name}`, async () => {
      const { clock, asked, settled, cancellation } = start("a b c");
      await clock.advance(waitMs);
      cancellation.cancel();
      assert.equal((await settled).error?.code, "aborted");
      assert.deepEqual(asked.map(({ left }) => left?.code), Array(count).fill("aborted"));
      await clock.advance(1_000);
      assert.equal(asked.length, count);
      assert.equal(clock.pending, 0);
    });
  }

  it("ends both with the total deadline", async () => {
    const { clock, asked, settled, cancellation } = start("a b c");
    await clock.advance(150);
    cancellation.cancel(
      loomError("timed-out", "too late", { phase: "total", afterMs: 1 }, { recovery: "never" }),
    );
    assert.equal((await settled).error?.code, "timed-out");
    assert.deepEqual(asked.map(({ left }) => left?.code), ["timed-out", "timed-out"]);
  });

  it("tells both of a leaving caller, whatever a listener throws", async () => {
    const { clock, asked, settled, cancellation } = start("a b");
    await clock.advance(100);
    at(asked, 0).ctx.cancellation.onCancel(() => {
      throw new TypeError("bug");
    });
    assert.throws(() => cancellation.cancel(), /bug/);
    assert.equal((await settled).error?.code, "aborted");
    assert.deepEqual(asked.map(({ left }) => left?.code), ["aborted", "aborted"]);
  });

  it("is not held back by a loser that does not let go", async () => {
    const clock = fakeClock();
    const hedging = new Hedging({ afterMs: 100 }, { clock });
    const ctx = fakePlanned({ clock, targets: [{ model: "a" }, { model: "b" }] });
    const stage = failoverStage({ clock, toResult: () => undefined, hedging });
    const settled = run(
      ctx,
      [stage],
      ({ target }) => target.model === "a" ? new Promise(() => {}) : hello,
    );
    await clock.advance(100);
    assert.equal((await settled).target.model, "b");
  });

  it("lets go of what a loser opens although it had been given up", async () => {
    const clock = fakeClock();
    const hedging = new Hedging({ afterMs: 100 }, { clock });
    const ctx = fakePlanned({ clock, targets: [{ model: "a" }, { model: "b" }], call: { stream: true } });
    const stage = failoverStage({ clock, toResult: () => undefined, hedging });
    const late = Promise.withResolvers<Reply>();
    const links = [stage, adapter(({ target }) => target.model === "a" ? late.promise : hello)];
    // As Loom's own links are composed: nobody else lets go of it.
    const settled = compose(links, new Set(links))(ctx);
    await clock.advance(100);
    await settled;
    const source = scripted();
    late.resolve(source.reply);
    await clock.advance(0);
    source.push(text("too late"));
    await clock.advance(0);
    assert.deepEqual([source.asked, source.ended], [["cancel"], true]);
  });

  it("waits for a loser that lets go within the turn, so that its account is closed", async () => {
    const clock = fakeClock();
    const hedging = new Hedging({ afterMs: 100 }, { clock });
    const ctx = fakePlanned({ clock, targets: [{ model: "a" }, { model: "b" }] });
    const stage = failoverStage({ clock, toResult: () => undefined, hedging });
    const settled = run(
      ctx,
      [stage],
      (inner) =>
        inner.target.model === "b" ? hello : new Promise((_, reject) => {
          inner.cancellation.onCancel(async (reason) => {
            for (let turn = 0; turn < 10; turn++) await undefined;
            reject(reason);
          });
        }),
    );
    const statuses = settled.then(() => ctx.ledger.attempts.map(({ status }) => status));
    await clock.advance(100);
    assert.deepEqual(await statuses, ["failed", "ok"]);
  });

  it("takes one of two answers that come in the same turn, and enters the other as given up", async () => {
    const { clock, asked, settled, ctx } = start("a b");
    await clock.advance(100);
    at(asked, 1).answer(hello);
    at(asked, 0).answer(hello);
    assert.equal((await settled).value?.target.model, "b");
    await clock.advance(0);
    assert.deepEqual(ctx.ledger.attempts.map(({ status }) => status), ["cancelled", "ok"]);
    assert.deepEqual(ctx.ledger.attempts.map(({ usage }) => usage?.estimated), [true, undefined]);
  });

  it("asks nobody for a caller who leaves at the moment when it is due", async () => {
    const clock = fakeClock();
    const cancellation = fakeCancellation();
    const leaving: FakeClock = {
      ...clock,
      after: (ms, callback) => clock.after(ms, () => (callback(), cancellation.cancel())),
    };
    const hedging = new Hedging({ afterMs: 100 }, { clock: leaving });
    const { asked, settled } = start("a b", { clock, cancellation, hedging });
    await clock.advance(100);
    assert.equal((await settled).error?.code, "aborted");
    assert.equal(asked.length, 1);
  });

  const excluded: [string, Options][] = [
    ["pictures, which are made in jobs", { call: { modality: "image" } }],
    ["films", { call: { modality: "video" } }],
    ["speech", { call: { modality: "speech" } }],
    ["calls with a price limit", { call: { maxCostUsd: 1 } }],
    ["calls with a validator", { call: { accept: () => true } }],
    ["a second target that is ailing", { ailing: () => "cooling-down" }],
    ["twice the same target", { targets: [{ model: "a" }, { model: "a", params: { n: 2 } }] }],
    ["a plan of one", { targets: [{ model: "a" }] }],
  ];
  for (const [name, options] of excluded) {
    it(`is not made for ${name}`, async () => {
      const { clock, asked } = start("a b", options);
      await clock.advance(60_000);
      assert.equal(asked.length, 1);
    });
  }

  it("is made for embeddings", async () => {
    const { clock, asked } = start("a b", { call: { modality: "embedding" } });
    await clock.advance(100);
    assert.equal(asked.length, 2);
  });

  it("refuses a time that is none", () => {
    assert.throws(
      () => new Hedging({ afterMs: -1 }, { clock: fakeClock() }),
      /routing\.hedge\.afterMs must be a number/,
    );
  });
});

describe("a hedge of streams", () => {
  const call = { stream: true };

  async function racing() {
    const started = start("a b", { call });
    const sources = [scripted(), scripted()] as const;
    await started.clock.advance(0);
    at(started.asked, 0).answer(sources[0].reply);
    await started.clock.advance(100);
    at(started.asked, 1).answer(sources[1].reply);
    await started.clock.advance(0);
    // What an honest provider does with the cancellation of its attempt.
    sources.forEach((source, index) =>
      at(started.asked, index).ctx.cancellation.onCancel((reason) => {
        source.end(
          reason.code === "aborted"
            ? { status: "cancelled", error: reason }
            : { status: "failed", error: reason },
        );
      })
    );
    return { ...started, sources };
  }

  const texts = (source: Script, ...parts: string[]) => source.push(...parts.map(text));

  it("is won by the first content part, not by the first sign of life; the winner goes on and the loser never delivers", async () => {
    const { sources: [a, b], settled, asked, outcome, clock } = await racing();
    a.push({ type: "response", id: "r" });
    await clock.advance(0);
    assert.equal(outcome.done, undefined);
    texts(b, "b1");
    const { value } = await settled;
    assert.ok(value);
    assert.equal(at(asked, 0).left?.code, "aborted");
    assert.ok(a.ended);
    const reader = record(value);
    texts(a, "a1");
    texts(b, "b2");
    b.push(finish);
    b.end();
    await clock.advance(0);
    assert.equal(reader.text, "b1b2");
    assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
  });

  it("lets go of a loser whose content comes in the same turn", async () => {
    const { sources: [a, b], settled, clock } = await racing();
    texts(b, "b1");
    texts(a, "a1");
    const { value } = await settled;
    assert.ok(value);
    const reader = record(value);
    await clock.advance(0);
    assert.equal(reader.text, "b1");
    assert.ok(a.ended, "the loser's source has ended");
    assert.equal(b.ended, false);
  });

  it("ends the winner when the caller leaves while it runs, or its reader lets go", async () => {
    for (const how of ["caller", "reader"] as const) {
      const { sources: [, b], settled, cancellation, clock } = await racing();
      texts(b, "b1");
      const { value } = await settled;
      assert.ok(value);
      const reader = record(value);
      await clock.advance(0);
      if (how === "caller") cancellation.cancel();
      else reader.flow.cancel(fault("aborted"));
      await clock.advance(0);
      assert.ok(b.ended, how);
      assert.deepEqual(reader.outcomes.map(({ status }) => status), ["cancelled"], how);
    }
  });

  it("breaks with its winner after it has begun, and asks nobody else", async () => {
    const { sources: [, b], settled, asked, clock } = await racing();
    texts(b, "b1");
    const { value } = await settled;
    assert.ok(value);
    const reader = record(value);
    b.end({ status: "failed", error: fault("stream-broken", {}, { partsSeen: 1 }) });
    await clock.advance(0);
    assert.deepEqual(reader.outcomes.map(({ status }) => status), ["failed"]);
    assert.equal(asked.length, 2);
  });

  it("goes on with the other when one breaks before its content", async () => {
    const { sources: [a, b], settled, clock } = await racing();
    a.end({ status: "failed", error: fault("stream-broken", {}, { partsSeen: 0 }) });
    texts(b, "b1");
    const { value } = await settled;
    assert.ok(value);
    const reader = record(value);
    await clock.advance(0);
    assert.equal(reader.text, "b1");
  });
});

describe("a hedge after the measured p95", () => {
  /** Lets `count` calls be answered by their first target after `ms`. */
  async function teach(hedging: Hedging, clock: FakeClock, count: number, ms: number, stream = false) {
    for (let turn = 0; turn < count; turn++) {
      const { asked, settled, models } = start("a b", { hedging, clock, call: { stream } });
      await clock.advance(ms);
      at(asked, 0).answer(hello);
      await settled;
      assert.equal(models(), "a");
    }
  }

  async function waitOf(hedging: Hedging, clock: FakeClock, stream = false): Promise<number | undefined> {
    const { asked, cancellation, settled, ctx } = start("a b", { hedging, clock, call: { stream } });
    await clock.advance(10_000);
    cancellation.cancel();
    await settled;
    if (asked.length === 1) return undefined;
    return (steps(ctx, "hedge")[0]?.[1] as { waitedMs: number }).waitedMs;
  }

  function made() {
    const clock = fakeClock();
    return { clock, hedging: new Hedging({}, { clock }) };
  }

  it("waits for 20 calls before it is made at all", async () => {
    const { clock, hedging } = made();
    await teach(hedging, clock, 19, 200);
    assert.equal(await waitOf(hedging, clock), undefined);
    await teach(hedging, clock, 1, 200);
    assert.equal(await waitOf(hedging, clock), 200);
  });

  it("waits for what 19 of 20 calls take", async () => {
    const { clock, hedging } = made();
    await teach(hedging, clock, 19, 100);
    await teach(hedging, clock, 1, 5_000);
    assert.equal(await waitOf(hedging, clock), 100);
  });

  it("measures streams and whole answers apart", async () => {
    const { clock, hedging } = made();
    await teach(hedging, clock, 20, 900);
    assert.equal(await waitOf(hedging, clock, true), undefined);
    await teach(hedging, clock, 20, 50, true);
    assert.equal(await waitOf(hedging, clock, true), 50);
    assert.equal(await waitOf(hedging, clock), 900);
  });

  it("counts a loser by the time it had at least, so that the wait does not shrink by what it cuts off", async () => {
    const { clock, hedging } = made();
    await teach(hedging, clock, 20, 100);
    for (let turn = 0; turn < 40; turn++) {
      const { asked, settled } = start("a b", { hedging, clock });
      await clock.advance(300);
      assert.equal(asked.length, 2);
      at(asked, 1).answer(hello);
      await settled;
    }
    assert.equal(await waitOf(hedging, clock), 300);
  });
});
