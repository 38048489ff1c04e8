/** The failover stage: which errors move a call on, what the caller learns, and how validators judge. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Accept } from "../../src/contract/call.ts";
import type { Attempting } from "../../src/contract/context.ts";
import type { ErrorCode } from "../../src/contract/error-code.ts";
import type { Part } from "../../src/contract/part.ts";
import { errorTable, LoomError } from "../../src/errors/index.ts";
import { abortedError, collect } from "../../src/kernel/index.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeCancellation, type FakeContextOptions, fakePlanned } from "../../src/testing/fake-context.ts";
import { finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { type Adapt, caught, fault, hello, listening, run, steps } from "./chain.ts";

const toResult = (_: Attempting, parts: readonly Part[]) => ({
  text: parts.map((part) => part.type === "text" ? part.text : "").join(""),
});

function start(
  models: readonly string[],
  adapt: (ctx: Attempting) => ReturnType<Adapt>,
  more: FakeContextOptions = {},
) {
  const clock = fakeClock();
  const targets = models.map((model) => ({ provider: "acme", model, upstreamModel: model }));
  const ctx = fakePlanned({ clock, targets, ...more });
  const tried: string[] = [];
  const settled = caught(
    run(ctx, [failoverStage({ clock, toResult })], (inner) => {
      tried.push(inner.target.model);
      return adapt(inner);
    }),
  );
  return { clock, ctx, tried, settled };
}

describe("failover", () => {
  it("passes a single target's reply on as it is", async () => {
    const { settled } = start(["a"], () => hello);
    assert.equal((await settled).value?.parts, hello);
  });

  it("throws a single target's error as it is", async () => {
    const error = fault("overloaded");
    const { settled, ctx } = start(["a"], () => error);
    assert.equal((await settled).error, error);
    assert.deepEqual(steps(ctx, "failover"), []);
  });

  it("goes to the next target, at its first attempt, and says so", async () => {
    const { events, heard } = listening("failover");
    const error = fault("quota-exhausted");
    const { settled, tried, ctx } = start(["a", "b", "c"], (inner) => {
      assert.equal(inner.attempt, 1);
      return inner.target.model === "b" ? hello : error;
    }, { events });
    const { value } = await settled;
    assert.equal(value?.parts, hello);
    assert.equal(value?.target.model, "b");
    assert.deepEqual(tried, ["a", "b"]);
    const [from, to] = ["acme/a", "acme/b"];
    assert.deepEqual(steps(ctx, "failover"), [["leave", { from, to, code: "quota-exhausted" }]]);
    assert.deepEqual(heard, [["failover", { from, to, error }]]);
  });

  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const moves = errorTable[code].recovery !== "never";
    it(`${moves ? "leaves the target" : "gives up"} when it is ${code}`, async () => {
      const { settled, tried } = start(
        ["a", "b"],
        (inner) => inner.target.model === "a" ? fault(code) : hello,
      );
      const { error } = await settled;
      assert.deepEqual(tried, moves ? ["a", "b"] : ["a"]);
      assert.equal(error?.code, moves ? undefined : code);
    });
  }

  it("does not move on from what is no LoomError", async () => {
    const bug = new TypeError("bug");
    const { settled, tried } = start(["a", "b"], () => Promise.reject(bug));
    assert.equal((await settled).error as unknown, bug);
    assert.deepEqual(tried, ["a"]);
  });

  it("does not move on when the caller has left", async () => {
    const cancellation = fakeCancellation();
    const error = fault("connection-failed");
    const { settled, tried } = start(["a", "b"], () => {
      cancellation.cancel();
      return error;
    }, { cancellation });
    assert.equal((await settled).error, error);
    assert.deepEqual(tried, ["a"]);
  });

  it("does not move on when the total deadline has passed", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const { settled, tried, clock } = start(["a", "b"], () => promise, { deadlineMs: 100 });
    await clock.advance(100);
    reject(fault("timed-out", {}, { phase: "total", afterMs: 100 }));
    assert.equal((await settled).error?.code, "timed-out");
    assert.deepEqual(tried, ["a"]);
  });

  it("tells of all targets when all failed", async () => {
    const last = fault("rate-limited", { retryAfterMs: 900, provider: "acme", model: "c" });
    const errors: Record<string, LoomError> = {
      a: fault("overloaded", { retryAfterMs: 300 }),
      b: fault("auth-rejected"),
      c: last,
    };
    const { settled, ctx } = start(["a", "b", "c"], (inner) => errors[inner.target.model] ?? hello);
    const { error } = await settled;
    assert.ok(LoomError.is(error, "all-failed"));
    assert.equal(error.cause, last);
    assert.equal(error.status, 429);
    assert.equal(error.retryAfterMs, 300);
    assert.deepEqual(error.data.attempts, ctx.ledger.attempts);
    assert.equal(error.data.attempts.length, 3);
    assert.equal("rejected" in error.data, false);
    for (const words of ["acme/a (overloaded", "acme/b (auth-rejected", "acme/c (rate-limited"]) {
      assert.ok(error.message.includes(words), error.message);
    }
    assert.equal(steps(ctx, "failover").length, 2);
  });

  it("keeps the message of all-failed short, however many targets there were and however much they said", async () => {
    const models = Array.from({ length: 30 }, (_, index) => `m${index}`);
    const { settled } = start(models, () => new LoomError("overloaded", "blah ".repeat(1_000), {}));
    const { error } = await settled;
    assert.ok(error !== undefined && error.message.length < 2_500);
    assert.ok(error.message.includes("and 22 more"));
  });

  describe("of a stream", () => {
    const call = { stream: true };
    const cut = fault("stream-broken", {}, { partsSeen: 0 });

    it("moves on when it fails before its first content part", async () => {
      const source = scripted();
      const { settled } = start(["a", "b"], (inner) => inner.target.model === "a" ? source.reply : hello, {
        call,
      });
      await settle();
      source.end({ status: "failed", error: cut });
      const { value } = await settled;
      assert.ok(value);
      assert.deepEqual(await collect(value), hello);
    });

    it("stays with what has begun", async () => {
      const source = scripted();
      const { settled, tried } = start(["a", "b"], () => source.reply, { call });
      await settle();
      source.push(text("half"));
      const { value } = await settled;
      assert.ok(value);
      const reader = record(value);
      source.end({ status: "failed", error: cut });
      await settle();
      assert.deepEqual(reader.outcomes, [{ status: "failed", error: cut }]);
      assert.deepEqual(tried, ["a"]);
    });

    it("rejects a single target's early failure, rather than giving a reply that breaks", async () => {
      const source = scripted();
      const { settled } = start(["a"], () => source.reply, { call });
      await settle();
      source.end({ status: "failed", error: cut });
      assert.equal((await settled).error, cut);
    });
  });

  describe("with a validator", () => {
    const answers = (inner: Attempting) => [text(`from ${inner.target.model}`), finish];
    const accept = (judge: (text: string) => unknown) =>
      ((result: { text: string }) => judge(result.text)) as unknown as Accept;

    for (const stream of [false, true]) {
      it(`gives the first answer that it takes, ${stream ? "as a stream" : "whole"}`, async () => {
        const { settled, ctx, tried } = start(["a", "b", "c"], answers, {
          call: { stream, accept: accept((text) => text === "from b" || "not b") },
        });
        const { value } = await settled;
        assert.ok(value);
        assert.equal(value.parts === undefined, stream);
        assert.deepEqual(await collect(value), [text("from b"), finish]);
        assert.deepEqual(tried, ["a", "b"]);
        assert.deepEqual(ctx.ledger.attempts.map(({ status }) => status), ["rejected", "ok"]);
        assert.deepEqual(steps(ctx, "failover"), [
          ["reject", { target: "acme/a", reason: "not b" }],
          ["leave", { from: "acme/a", to: "acme/b", code: "output-invalid" }],
        ]);
      });
    }

    const verdicts: readonly [string, (text: string) => unknown, string][] = [
      ["says false", () => false, "the validator said no"],
      ["gives a reason", () => "too short", "too short"],
      ["gives a reason later", () => Promise.resolve("too long"), "too long"],
      ["says false later", () => Promise.resolve(false), "the validator said no"],
      ["forgets to return", () => undefined, "returned undefined"],
      ["returns a number", () => 1, "returned number"],
      ["throws", () => {
        throw new TypeError("no such field");
      }, "the validator threw: no such field"],
      ["rejects", () => Promise.reject(new Error("offline")), "the validator threw: offline"],
    ];
    for (const [name, judge, reason] of verdicts) {
      it(`rejects when it ${name}, and keeps what was paid for`, async () => {
        const { settled, ctx } = start(["a"], answers, { call: { accept: accept(judge) } });
        const { error } = await settled;
        assert.ok(LoomError.is(error, "all-failed"));
        assert.ok(error.message.includes(reason), error.message);
        assert.deepEqual(error.data.rejected, [{ text: "from a" }]);
        assert.equal(error.status, 502);
        assert.deepEqual(ctx.ledger.attempts.map(({ status }) => status), ["rejected"]);
      });
    }

    it("gives all rejected results and the last error when some failed and some were rejected", async () => {
      const last = fault("overloaded");
      const { settled } = start(
        ["a", "b", "c"],
        (inner) => inner.target.model === "c" ? last : answers(inner),
        {
          call: { accept: accept(() => false) },
        },
      );
      const { error } = await settled;
      assert.ok(LoomError.is(error, "all-failed"));
      assert.deepEqual(error.data.rejected, [{ text: "from a" }, { text: "from b" }]);
      assert.equal(error.cause, last);
    });

    it("throws a single target's error as it is", async () => {
      const error = fault("overloaded");
      const { settled } = start(["a"], () => error, { call: { accept: accept(() => true) } });
      assert.equal((await settled).error, error);
    });

    it("moves on from a stream that breaks half-way, since the caller has seen nothing of it", async () => {
      const source = scripted();
      const { settled } = start(
        ["a", "b"],
        (inner) => inner.target.model === "a" ? source.reply : answers(inner),
        {
          call: { stream: true, accept: accept(() => true) },
        },
      );
      await settle();
      source.push(text("half"));
      await settle();
      source.end({ status: "failed", error: fault("stream-broken", {}, { partsSeen: 1 }) });
      const { value } = await settled;
      assert.ok(value);
      assert.deepEqual(await collect(value), [text("from b"), finish]);
    });

    it("does not wait for a validator that never answers once the call is cancelled", async () => {
      const cancellation = fakeCancellation();
      const { settled, tried } = start(["a", "b"], answers, {
        call: { accept: accept(() => new Promise(() => {})) },
        cancellation,
      });
      await settle();
      const reason = abortedError();
      cancellation.cancel(reason);
      assert.equal((await settled).error, reason);
      assert.deepEqual(tried, ["a"]);
    });

    it("counts an answer that no result can be made of as rejected", async () => {
      const clock = fakeClock();
      const ctx = fakePlanned({ clock, call: { accept: accept(() => true) } });
      const stage = failoverStage({
        clock,
        toResult: () => {
          throw new Error("not JSON");
        },
      });
      const { error } = await caught(run(ctx, [stage], () => hello));
      assert.ok(LoomError.is(error, "all-failed"));
      assert.ok(error.message.includes("not JSON"));
      assert.equal(error.data.rejected, undefined);
    });
  });
});
