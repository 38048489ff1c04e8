/** The retry stage: what is tried again, how long it waits, and when it must keep still. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../src/contract/error-code.ts";
import type { Attempting } from "../../src/contract/context.ts";
import { errorTable, LoomError } from "../../src/errors/index.ts";
import { abortedError, collect } from "../../src/kernel/index.ts";
import { type RetryOptions, retryStage } from "../../src/middleware/retry.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting, fakeCancellation, type FakeContextOptions } from "../../src/testing/fake-context.ts";
import { record, scripted, settle, text } from "../kernel/scripted.ts";
import { type Adapt, caught, fault, hello, listening, run, steps } from "./chain.ts";

interface Setup extends RetryOptions {
  readonly context?: FakeContextOptions;
  readonly random?: () => number;
}

function start(adapt: (ctx: Attempting, attempt: number) => ReturnType<Adapt>, setup: Setup = {}) {
  const { context = {}, random = () => 0.5, ...options } = setup;
  const clock = fakeClock();
  const ctx = fakeAttempting({ clock, ...context });
  const attempts: number[] = [];
  const settled = caught(
    run(ctx, [retryStage(options, { clock, random })], (inner) => {
      attempts.push(inner.attempt);
      return adapt(inner, inner.attempt);
    }),
  );
  return { clock, ctx, attempts, settled };
}

const always = (code: ErrorCode) => () => fault(code);

describe("retry", () => {
  it("passes a good whole reply on, unchanged, after one attempt", async () => {
    const { settled, attempts, ctx } = start(() => hello);
    assert.equal((await settled).value?.parts, hello);
    assert.deepEqual(attempts, [1]);
    assert.deepEqual(steps(ctx, "retry"), []);
  });

  it("tries again after a wait, with a context that counts the attempts", async () => {
    const { events, heard } = listening("retry");
    const { settled, attempts, clock, ctx } = start(
      (_, attempt) => attempt < 3 ? fault("overloaded") : hello,
      { context: { events } },
    );
    await clock.advance(249);
    assert.deepEqual(attempts, [1]);
    await clock.advance(1);
    assert.deepEqual(attempts, [1, 2]);
    await clock.advance(500);
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual((await settled).value?.parts, hello);
    assert.deepEqual(steps(ctx, "retry"), [
      ["wait", { waitMs: 250, code: "overloaded", attempt: 1 }],
      ["wait", { waitMs: 500, code: "overloaded", attempt: 2 }],
    ]);
    assert.deepEqual(
      heard.map(([, { provider, model, waitMs, error }]) => [provider, model, waitMs, error.code]),
      [
        ["acme", "m1", 250, "overloaded"],
        ["acme", "m1", 500, "overloaded"],
      ],
    );
    assert.deepEqual(ctx.ledger.attempts.map(({ attempt, status }) => [attempt, status]), [
      [1, "failed"],
      [2, "failed"],
      [3, "ok"],
    ]);
  });

  it("throws the last error when the attempts are used up, and says so", async () => {
    const { settled, attempts, clock, ctx } = start(always("overloaded"));
    await clock.advance(100_000);
    assert.equal((await settled).error?.code, "overloaded");
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual(steps(ctx, "retry").at(-1), ["give-up", {
      reason: "attempts",
      code: "overloaded",
      attempt: 3,
    }]);
    assert.equal(clock.pending, 0);
  });

  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const expected = errorTable[code].recovery === "same-target" ? 3 : 1;
    it(`makes ${expected} attempt(s) when it is ${code}`, async () => {
      const { settled, attempts, clock } = start(always(code));
      await clock.advance(100_000);
      assert.equal((await settled).error?.code, code);
      assert.equal(attempts.length, expected);
    });
  }

  it("asks the error, not the table, whether to try again", async () => {
    const { settled, attempts } = start(() => fault("overloaded", { recovery: "next-target" }));
    await settled;
    assert.equal(attempts.length, 1);
  });

  it("does not try again what is no LoomError", async () => {
    const bug = new TypeError("bug");
    const { settled, attempts } = start(() => Promise.reject(bug));
    assert.equal((await settled).error as unknown, bug);
    assert.equal(attempts.length, 1);
  });

  it("makes one attempt and writes nothing when told to make one", async () => {
    const { settled, attempts, ctx } = start(always("overloaded"), { maxAttempts: 1 });
    await settled;
    assert.equal(attempts.length, 1);
    assert.deepEqual(steps(ctx, "retry"), []);
  });

  describe("waits", () => {
    const waits: readonly [string, number | undefined, Setup, number][] = [
      ["jittered back-off without a hint", undefined, { random: () => 0.25 }, 125],
      ["nothing when chance says so", undefined, { random: () => 0 }, 0],
      [
        "no longer than maxDelayMs",
        undefined,
        { random: () => 0.999, maxDelayMs: 10, baseDelayMs: 500 },
        9.99,
      ],
      ["as the vendor asks", 2_000, {}, 2_000],
      ["as the vendor asks, also when that is less than the back-off", 7, {}, 7],
      ["as the vendor asks, up to a minute", 60_000, { maxDelayMs: 100 }, 60_000],
      ["by its own choice when the vendor says 0", 0, {}, 250],
      ["by its own choice when the vendor says something negative", -5, {}, 250],
      ["by its own choice when the vendor says nonsense", NaN, {}, 250],
    ];
    for (const [name, retryAfterMs, setup, expected] of waits) {
      it(name, async () => {
        const { settled, clock, ctx } = start(
          (_, attempt) => attempt === 1 ? fault("rate-limited", { retryAfterMs }) : hello,
          setup,
        );
        await clock.advance(60_000);
        assert.ok((await settled).value);
        assert.deepEqual(steps(ctx, "retry"), [["wait", {
          waitMs: expected,
          code: "rate-limited",
          attempt: 1,
        }]]);
      });
    }

    it("no minute and more: it gives up at once and says why", async () => {
      const { settled, attempts, ctx, clock } = start(() => fault("rate-limited", { retryAfterMs: 60_001 }));
      assert.equal((await settled).error?.retryAfterMs, 60_001);
      assert.deepEqual(attempts, [1]);
      assert.deepEqual(steps(ctx, "retry"), [
        ["give-up", { reason: "retry-after", code: "rate-limited", attempt: 1, retryAfterMs: 60_001 }],
      ]);
      assert.equal(clock.pending, 0);
    });

    for (const [deadlineMs, expected] of [[1_999, 1], [2_000, 1], [2_001, 2]] as const) {
      it(`${expected === 1 ? "not" : "just"} when 2,000 ms are asked for and ${deadlineMs} are left`, async () => {
        const { settled, attempts, clock, ctx } = start(
          (_, attempt) => attempt === 1 ? fault("rate-limited", { retryAfterMs: 2_000 }) : hello,
          { context: { deadlineMs } },
        );
        await clock.advance(5_000);
        await settled;
        assert.equal(attempts.length, expected);
        if (expected === 1) {
          assert.deepEqual(steps(ctx, "retry"), [
            ["give-up", { reason: "deadline", code: "rate-limited", attempt: 1, waitMs: 2_000 }],
          ]);
        }
      });
    }
  });

  describe("cancelled", () => {
    it("in a back-off: rejects at once with the reason, and takes its timer back", async () => {
      const cancellation = fakeCancellation();
      const { settled, attempts, clock } = start(always("overloaded"), { context: { cancellation } });
      await settle();
      assert.equal(clock.pending, 1);
      const reason = abortedError();
      cancellation.cancel(reason);
      assert.equal((await settled).error, reason);
      assert.equal(clock.pending, 0);
      assert.deepEqual(attempts, [1]);
    });

    it("during an attempt: does not try again", async () => {
      const cancellation = fakeCancellation();
      const { settled, attempts } = start(() => {
        cancellation.cancel();
        return fault("connection-failed");
      }, { context: { cancellation } });
      assert.equal((await settled).error?.code, "connection-failed");
      assert.deepEqual(attempts, [1]);
    });
  });

  describe("of a stream", () => {
    const context: FakeContextOptions = { call: { stream: true } };
    const cut = fault("stream-broken", {}, { partsSeen: 0 });

    it("tries again when it fails before its first content part", async () => {
      const { settled, attempts, clock } = start((_, attempt) => {
        if (attempt > 1) return hello;
        const source = scripted();
        setTimeout(() => {
          source.push({ type: "response", id: "r" });
          source.end({ status: "failed", error: cut });
        }, 0);
        return source.reply;
      }, { context });
      await settle();
      await clock.advance(1_000);
      const { value } = await settled;
      assert.ok(value);
      assert.deepEqual(await collect(value), hello);
      assert.deepEqual(attempts, [1, 2]);
    });

    it("never tries again after its first content part", async () => {
      const source = scripted();
      const { settled, attempts, clock } = start(() => source.reply, { context });
      await settle();
      source.push(text("half"));
      const { value } = await settled;
      assert.ok(value);
      const reader = record(value);
      source.end({ status: "failed", error: cut });
      await clock.advance(100_000);
      assert.equal(reader.text, "half");
      assert.deepEqual(reader.outcomes, [{ status: "failed", error: cut }]);
      assert.deepEqual(attempts, [1]);
    });

    it("does not try again when the caller leaves before the first content part", async () => {
      const source = scripted();
      const { settled, attempts } = start(() => source.reply, { context });
      await settle();
      const error = abortedError();
      source.end({ status: "cancelled", error });
      assert.equal((await settled).error, error);
      assert.deepEqual(attempts, [1]);
    });
  });

  const wrong: readonly [RetryOptions, string][] = [
    [{ maxAttempts: 0 }, "retry.maxAttempts"],
    [{ maxAttempts: 2.5 }, "retry.maxAttempts"],
    [{ maxAttempts: "3" as never }, "retry.maxAttempts"],
    [{ baseDelayMs: -1 }, "retry.baseDelayMs"],
    [{ maxDelayMs: NaN }, "retry.maxDelayMs"],
    [{ factor: 0.5 }, "retry.factor"],
  ];
  for (const [options, path] of wrong) {
    it(`refuses ${JSON.stringify(options)} and names ${path}`, () => {
      assert.throws(
        () => retryStage(options, { clock: fakeClock(), random: Math.random }),
        (error) =>
          LoomError.is(error, "config-invalid") && error.data.path === path && error.message.includes(path),
      );
    });
  }
});
