/** The dedup stage: one run for identical calls, each waiter with its own end, and a source that is let go once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Accept, Call } from "../../src/contract/call.ts";
import type { Attempting, Planned } from "../../src/contract/context.ts";
import type { LoomErrorLike } from "../../src/contract/errors.ts";
import type { Reply } from "../../src/contract/reply.ts";
import { LoomError } from "../../src/errors/index.ts";
import { abortedError, collect } from "../../src/kernel/index.ts";
import { type DedupOptions, dedupStage } from "../../src/middleware/dedup.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { retryStage } from "../../src/middleware/retry.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeCancellation, type FakeContextOptions, fakePlanned } from "../../src/testing/fake-context.ts";
import { finish, record, type Script, scripted, settle, text } from "../kernel/scripted.ts";
import { caught, fault, hello, listening, run, steps } from "./chain.ts";

/** One run that the adapter was asked for. */
interface Run {
  readonly ctx: Attempting;
  answer(reply: Reply): void;
  fail(error: LoomErrorLike): void;
}

function make(options: DedupOptions = {}) {
  const clock = fakeClock();
  const stage = dedupStage(options);
  const failover = failoverStage({ clock, toResult: () => undefined });
  const runs: Run[] = [];
  let calls = 0;
  const join = (call: Partial<Call> = {}, context: FakeContextOptions = {}) => {
    const cancellation = fakeCancellation();
    const ctx: Planned = fakePlanned({ id: `call-${++calls}`, clock, call, cancellation, ...context });
    const settled = caught(run(ctx, [stage, failover], (inner) => {
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      inner.cancellation.onCancel(reject);
      runs.push({ ctx: inner, answer: resolve, fail: reject });
      return promise;
    }));
    return { ctx, settled, cancel: (reason?: LoomErrorLike) => cancellation.cancel(reason) };
  };
  /** Several calls of one stream, all with their reply, and the source behind them. */
  const stream = async (count: number, script: Script = scripted()) => {
    const waiters = Array.from({ length: count }, () => join({ stream: true }));
    await settle();
    runs.at(-1)?.answer(script.reply);
    await settle();
    script.push(text("a"));
    const replies = await Promise.all(waiters.map(async ({ settled }) => {
      const { value } = await settled;
      assert.ok(value);
      return value;
    }));
    return { waiters, replies, source: script };
  };
  return { clock, stage, runs, join, stream };
}

function whole(parts = hello): Reply {
  return {
    target: fakePlanned().plan.targets[0],
    origin: "vendor",
    requestId: "req-1",
    parts,
    flow: () => assert.fail(),
  };
}

describe("dedup of whole replies", () => {
  it("runs identical calls once and gives all the same parts", async () => {
    const { events, heard } = listening("dedup-join");
    const { join, runs, stage } = make();
    const [leader, joiner] = [join(), join({}, { events })];
    await settle();
    assert.equal(runs.length, 1);
    assert.equal(stage.inFlight, 1);
    const reply = whole();
    runs[0]?.answer(reply);
    const [first, second] = await Promise.all([leader.settled, joiner.settled]);
    assert.equal(first.value, reply);
    assert.deepEqual([second.value?.parts, second.value?.origin, second.value?.requestId], [
      hello,
      "dedup",
      "req-1",
    ]);
    assert.deepEqual([leader.ctx.ledger.deduplicated, joiner.ctx.ledger.deduplicated], [false, true]);
    assert.deepEqual(steps(joiner.ctx, "dedup"), [["joined", { leader: "call-1" }]]);
    assert.deepEqual(steps(leader.ctx, "dedup"), []);
    assert.deepEqual(heard, [["dedup-join", { callId: "call-1" }]]);
    assert.deepEqual([leader.ctx.ledger.attempts.length, joiner.ctx.ledger.attempts.length], [1, 0]);
    assert.equal(stage.inFlight, 0);
  });

  it("runs a call anew once the one before has settled", async () => {
    const { join, runs } = make();
    join();
    await settle();
    runs[0]?.answer(whole());
    await settle();
    join();
    await settle();
    assert.equal(runs.length, 2);
  });

  it("gives all the error, and runs the next call anew", async () => {
    const { join, runs, stage } = make();
    const waiters = [join(), join(), join()];
    await settle();
    const error = fault("overloaded");
    runs[0]?.fail(error);
    for (const { settled } of waiters) assert.equal((await settled).error, error);
    assert.equal(stage.inFlight, 0);
  });

  const apart: readonly [string, Partial<Call>, Partial<Call>][] = [
    ["another prompt", { prompt: "a" }, { prompt: "b" }],
    ["another tenant", { tenant: "a" }, { tenant: "b" }],
    ["a stream and a whole reply", { stream: true }, { stream: false }],
    ["with and without a validator", { accept: () => true }, {}],
    ["other validators", { accept: () => true }, { accept: () => true }],
  ];
  for (const [name, one, other] of apart) {
    it(`keeps calls apart: ${name}`, async () => {
      const { join, runs } = make();
      join(one);
      join(other);
      await settle();
      assert.equal(runs.length, 2);
    });
  }

  it("shares a run between calls of one router, which have the same validator", async () => {
    const { join, runs } = make();
    const accept: Accept = () => true;
    join({ accept });
    join({ accept });
    await settle();
    assert.equal(runs.length, 1);
  });

  it("lets calls beyond its bound run by themselves", async () => {
    const { join, runs, stage } = make({ maxInFlight: 1 });
    join({ prompt: "a" });
    const second = join({ prompt: "b" });
    const third = join({ prompt: "b" });
    join({ prompt: "a" });
    await settle();
    assert.equal(runs.length, 3);
    assert.equal(stage.inFlight, 1);
    assert.equal(steps(second.ctx, "dedup")[0]?.[0], "pass");
    runs[1]?.answer(whole());
    runs[2]?.fail(fault("overloaded"));
    assert.ok((await second.settled).value);
    assert.equal((await third.settled).error?.code, "overloaded");
  });

  describe("when calls leave", () => {
    it("lets the others wait on, whoever left", async () => {
      for (const leaver of [0, 1]) {
        const { join, runs } = make();
        const waiters = [join(), join()];
        await settle();
        const reason = abortedError();
        waiters[leaver]?.cancel(reason);
        assert.equal((await waiters[leaver]?.settled)?.error, reason);
        assert.equal(runs[0]?.ctx.cancellation.reason, undefined);
        runs[0]?.answer(whole());
        assert.deepEqual((await waiters[1 - leaver]?.settled)?.value?.parts, hello);
      }
    });

    it("keeps the run alive for one who joins after the leader left", async () => {
      const { join, runs } = make();
      const [leader, second] = [join(), join()];
      await settle();
      leader.cancel();
      const third = join();
      await settle();
      assert.equal(runs.length, 1);
      runs[0]?.answer(whole());
      assert.ok((await second.settled).value);
      assert.ok((await third.settled).value);
    });

    it("cancels the run when the last has left, and begins anew for the next", async () => {
      const { join, runs, stage } = make();
      const waiters = [join(), join()];
      await settle();
      waiters[1]?.cancel();
      const reason = abortedError();
      waiters[0]?.cancel(reason);
      assert.equal(runs[0]?.ctx.cancellation.reason, reason);
      assert.equal((await waiters[0]?.settled)?.error, reason);
      assert.equal(stage.inFlight, 0);
      const later = join();
      await settle();
      assert.equal(runs.length, 2);
      runs[1]?.answer(whole());
      assert.ok((await later.settled).value);
    });

    it("refuses a call that was cancelled before it came", async () => {
      const { join, runs } = make();
      const cancellation = fakeCancellation();
      const reason = abortedError();
      cancellation.cancel(reason);
      assert.equal((await join({}, { cancellation }).settled).error, reason);
      assert.equal(runs.length, 0);
    });

    it("puts what the leader did not wait for on the account of one who did", async () => {
      const { join, runs } = make();
      const [leader, joiner] = [join(), join()];
      await settle();
      leader.cancel();
      runs[0]?.answer(whole());
      await joiner.settled;
      assert.deepEqual(joiner.ctx.ledger.attempts.map(({ status }) => status), ["ok"]);
      assert.equal(joiner.ctx.ledger.targetOf(0), leader.ctx.plan.targets[0]);
      assert.deepEqual(steps(joiner.ctx, "dedup").at(-1), ["inherited", { leader: "call-1" }]);
    });

    it("lets go of a stream that began although the last had left", async () => {
      const { join, runs, stage } = make();
      const source = scripted();
      const waiter = join({ stream: true });
      await settle();
      runs[0]?.answer(source.reply);
      await settle();
      source.push(text("a"));
      const reason = abortedError();
      waiter.cancel(reason);
      assert.equal((await waiter.settled).error, reason);
      assert.deepEqual(source.asked, ["cancel"]);
      assert.equal(stage.inFlight, 0);
    });
  });

  it("gives the shared run the latest deadline of those who wait", async () => {
    const clock = fakeClock();
    const stage = dedupStage();
    const retry = retryStage({ maxAttempts: 2 }, { clock, random: () => 0 });
    const failover = failoverStage({ clock, toResult: () => undefined });
    let attempts = 0;
    const call = (deadlineMs: number) => {
      const ctx = fakePlanned({ clock, deadlineMs });
      return caught(run(ctx, [stage, failover, retry], () => {
        attempts++;
        return attempts === 1 ? fault("rate-limited", { retryAfterMs: 5_000 }) : hello;
      }));
    };
    const [short, long] = [call(1_000), call(20_000)];
    await clock.advance(5_000);
    assert.ok((await long).value, "the leader's short deadline does not cut the other short");
    assert.ok((await short).value);
    assert.equal(attempts, 2);
  });
});

describe("dedup of streams", () => {
  it("delivers one stream to all, early and late, whole and in order", async () => {
    const { stream, join, runs, stage } = make();
    const { replies, source } = await stream(2);
    assert.deepEqual(replies.map(({ origin }) => origin), ["vendor", "dedup"]);
    const readers = replies.map((reply) => record(reply));
    await settle();
    source.push(text("b"), text("c"));
    const late = join({ stream: true });
    const { value } = await late.settled;
    assert.ok(value);
    const latecomer = record(value);
    source.push(text("d"));
    await settle();
    source.push(finish);
    assert.equal(stage.inFlight, 1);
    source.end();
    assert.equal(stage.inFlight, 0);
    for (const reader of [...readers, latecomer]) {
      assert.equal(reader.text, "abcd");
      assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
    }
    assert.equal(runs.length, 1);
    assert.deepEqual(source.asked, []);
  });

  it("reads nothing from the source before somebody reads", async () => {
    const { replies, source } = await make().stream(2);
    const [, second] = replies;
    assert.ok(second);
    assert.equal(
      await Promise.race([collect(second).then(() => "ended"), settle().then(() => "waits")]),
      "waits",
    );
    source.push(finish);
    source.end();
  });

  it("gives all the failure after what came before it", async () => {
    const { replies, source } = await make().stream(3);
    const readers = replies.map((reply) => record(reply));
    await settle();
    const error = fault("stream-broken", {}, { partsSeen: 1 });
    source.end({ status: "failed", error });
    for (const reader of readers) {
      assert.equal(reader.text, "a");
      assert.deepEqual(reader.outcomes, [{ status: "failed", error }]);
    }
  });

  it("lets one leave, by its flow or by its call, without the others noticing", async () => {
    for (const how of ["flow", "call"] as const) {
      for (const leaver of [0, 1]) {
        const { waiters, replies, source } = await make().stream(2);
        const readers = replies.map((reply) => record(reply));
        await settle();
        const reason = abortedError();
        if (how === "flow") readers[leaver]?.flow.cancel(reason);
        else waiters[leaver]?.cancel(reason);
        assert.deepEqual(readers[leaver]?.outcomes, [{ status: "cancelled", error: reason }]);
        source.push(text("b"));
        source.end();
        assert.equal(readers[1 - leaver]?.text, "ab");
        assert.deepEqual(readers[1 - leaver]?.outcomes, [{ status: "ok" }]);
        assert.equal(readers[leaver]?.text, "a");
        assert.deepEqual(source.asked, []);
      }
    }
  });

  it("lets the source go when the last has left, before that one hears of its end", async () => {
    const { waiters, replies, source } = await make().stream(2);
    let endedBefore: boolean | undefined;
    replies[0]?.flow({ parts: () => {}, end: () => void (endedBefore = source.ended) });
    const second = replies[1];
    assert.ok(second);
    const reader = record(second);
    await settle();
    reader.flow.cancel(abortedError());
    assert.deepEqual(source.asked, []);
    waiters[0]?.cancel();
    assert.deepEqual(source.asked, ["cancel"]);
    assert.equal(endedBefore, true);
  });

  it("ends one whose call is cancelled before it began to read", async () => {
    const { waiters, replies, source } = await make().stream(2);
    waiters[1]?.cancel();
    const [first, second] = replies;
    assert.ok(first && second);
    const left = record(second);
    assert.deepEqual(left.outcomes, []);
    await settle();
    assert.deepEqual(left.outcomes.map(({ status }) => status), ["cancelled"]);
    const reader = record(first);
    await settle();
    source.end();
    assert.equal(reader.text, "a");
  });

  it("lets the source go when all calls were cancelled before anybody began to read", async () => {
    const { waiters, source, replies } = await make().stream(2);
    for (const { cancel } of waiters) cancel();
    await settle();
    assert.deepEqual(source.asked, ["cancel"]);
    for (const reply of replies) {
      const reader = record(reply);
      await settle();
      assert.deepEqual(reader.outcomes.map(({ status }) => status), ["cancelled"]);
    }
  });

  it("pauses the source only while all who read are paused", async () => {
    const { replies, source, waiters } = await make().stream(3);
    const [one, two] = replies.slice(0, 2).map((reply) => record(reply));
    assert.ok(one && two);
    await settle();
    one.flow.pause();
    one.flow.pause();
    assert.deepEqual(source.asked, []);
    source.push(text("b"));
    assert.deepEqual([one.text, two.text], ["a", "ab"]);
    two.flow.pause();
    assert.deepEqual(source.asked, ["pause"]);
    one.flow.resume();
    assert.deepEqual(source.asked, ["pause", "resume"]);
    await settle();
    assert.equal(one.text, "ab");
    one.flow.pause();
    waiters[0]?.cancel();
    assert.deepEqual(source.asked, ["pause", "resume", "pause"]);
    two.flow.resume();
    assert.deepEqual(source.asked, ["pause", "resume", "pause", "resume"]);
  });

  it("fails one who reads too slowly, alone", async () => {
    const { replies, source } = await make({ maxLagBytes: 1_000 }).stream(2);
    const [slow, fast] = replies.map((reply) => record(reply));
    assert.ok(slow && fast);
    await settle();
    slow.flow.pause();
    for (let index = 0; index < 20; index++) source.push(text("x".repeat(100)));
    const [outcome] = slow.outcomes;
    assert.ok(outcome?.status === "failed" && LoomError.is(outcome.error, "limit-exceeded"));
    assert.equal(slow.outcomes.length, 1);
    source.end();
    assert.equal(fast.text.length, 2_001);
    assert.deepEqual(fast.outcomes, [{ status: "ok" }]);
    assert.deepEqual(source.asked, []);
  });

  it("fails one who has its reply and never reads it, and keeps nothing for it", async () => {
    const { replies, source } = await make({ maxLagBytes: 1_000 }).stream(2);
    const [first, second] = replies;
    assert.ok(first && second);
    const reader = record(first);
    await settle();
    source.push(text("x".repeat(2_000)));
    const late = record(second);
    await settle();
    assert.deepEqual(late.outcomes.map(({ status }) => status), ["failed"]);
    source.end();
    assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
  });

  it("takes no more joiners once the beginning is no longer kept, and delivers on to those it has", async () => {
    const { stream, join, runs, stage } = make({ maxPrefixBytes: 500 });
    const { replies, source } = await stream(2);
    const readers = replies.map((reply) => record(reply));
    await settle();
    for (let index = 0; index < 200; index++) {
      if (index === 50) readers[1]?.flow.pause();
      if (index === 150) readers[1]?.flow.resume();
      source.push(text("x"));
    }
    join({ stream: true });
    await settle();
    assert.equal(runs.length, 2, "a call of its own");
    source.end();
    await settle();
    for (const reader of readers) {
      assert.equal(reader.text.length, 201);
      assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
    }
    assert.equal(stage.inFlight, 1);
  });

  it("shields the others from a reader that throws", async () => {
    const { replies, source } = await make().stream(2);
    let outcome: string | undefined;
    replies[0]?.flow({
      parts: () => {
        throw new Error("bad reader");
      },
      end: ({ status }) => void (outcome = status),
    });
    const second = replies[1];
    assert.ok(second);
    const reader = record(second);
    await settle();
    source.push(text("b"));
    source.end();
    assert.equal(outcome, "failed");
    assert.equal(reader.text, "ab");
  });

  it("puts a stream that the leader left on the account of one who read on", async () => {
    const { waiters, replies, source } = await make().stream(2);
    replies.forEach((reply) => record(reply));
    await settle();
    waiters[0]?.cancel();
    source.end();
    assert.equal(waiters[1]?.ctx.ledger.attempts.length, 1);
  });
});
