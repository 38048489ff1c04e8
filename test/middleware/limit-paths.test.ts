/** Every way a call can end: settled exactly once, with what was truly used, and with nothing left held. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Answer, Reply } from "../../src/contract/reply.ts";
import { replay, wholeReply } from "../../src/kernel/index.ts";
import { dedupStage } from "../../src/middleware/dedup.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { failed, finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { fault, hello } from "./chain.ts";
import {
  allowance,
  answered,
  type Counts,
  type Limited,
  limited,
  price,
  type Setup,
  usage,
} from "./limit-setup.ts";

const streamed = (script = scripted()): { script: typeof script; answer: () => Answer } => ({
  script,
  answer: () => ({ source: (receiver) => script.reply.flow(receiver) }),
});

async function replyOf(settled: Promise<{ value?: Reply; error?: unknown }>): Promise<Reply> {
  const { value, error } = await settled;
  assert.ok(value, String(error));
  return value;
}

const used = (requests: number, tokens: number): Counts => ({
  requests,
  tokens,
  nanoUsd: tokens * 1000,
  concurrent: 0,
});

/** Asserts what is counted, that nothing is held, and that each call was settled once. */
async function settledAs(limit: Limited, expected: Counts, calls = 1): Promise<void> {
  const leases = [...limit.settlements.values()];
  assert.deepEqual(leases, Array.from({ length: calls }, () => 1), "settlements per call");
  assert.deepEqual(await limit.counts(), expected);
}

/** A cache that has everything. */
const cached: Middleware<"cache"> = {
  name: "cache",
  stage: "cache",
  replaces: "cache",
  handle: ({ call }) => {
    const head = { target: fakeTarget(), origin: "cache" as const };
    return Promise.resolve(call.stream ? replay(head, answered(77)) : wholeReply(head, answered(77)));
  },
};

interface Ending {
  readonly name: string;
  readonly setup: Setup;
  readonly stream?: true;
  /** Given the call once it has begun. */
  readonly expected: Counts;
  readonly code?: string;
}

const endings: readonly Ending[] = [
  { name: "a whole answer", setup: { answer: () => ({ parts: answered(10) }) }, expected: used(1, 10) },
  {
    name: "more than was estimated",
    setup: { answer: () => ({ parts: answered(5_000) }) },
    expected: used(1, 5_000),
  },
  { name: "a hit of the cache", setup: { links: [cached] }, expected: used(1, 0) },
  { name: "a streamed hit of the cache", setup: { links: [cached] }, stream: true, expected: used(1, 0) },
  {
    name: "a refusal before any attempt",
    setup: {
      links: [{ ...cached, handle: () => Promise.reject(fault("guard-blocked", {}, { guard: "g" })) }],
    },
    expected: used(0, 0),
    code: "guard-blocked",
  },
  {
    name: "a request that the vendor refuses",
    setup: { answer: () => fault("invalid-request") },
    expected: used(1, 0),
    code: "invalid-request",
  },
  {
    name: "a vendor that throws in another way",
    setup: {
      answer: () => {
        throw new TypeError("oops");
      },
    },
    expected: used(1, 0),
    code: "internal",
  },
  {
    name: "an answer that is no stream, to one who streams",
    setup: { answer: () => ({ parts: answered(4) }) },
    stream: true,
    expected: used(1, 4),
  },
];

describe("the limit stage settles once, and truly", () => {
  for (const { name, setup, stream = false, expected, code } of endings) {
    it(`after ${name}`, async () => {
      const limit = limited(setup);
      const { value, error } = await limit.call({ stream }).settled;
      assert.equal(error?.code, code);
      if (value !== undefined) record(value);
      await limit.clock.advance(0);
      await settledAs(limit, expected);
    });
  }

  it("while a call runs, its reservation counts", async () => {
    const answer = Promise.withResolvers<Answer>();
    const limit = limited({ answer: () => answer.promise });
    const { settled } = limit.call();
    await settle();
    const held = await limit.counts();
    assert.deepEqual([held.requests, held.concurrent], [1, 1]);
    assert.ok(held.tokens > 100 && held.tokens < 130, `${held.tokens} tokens are held`);
    assert.equal(held.nanoUsd, held.tokens * 1000);
    answer.resolve({ parts: answered(3) });
    await settled;
    await settledAs(limit, used(1, 3));
  });

  it("after a stream that ends well", async () => {
    const { script, answer } = streamed();
    const limit = limited({ answer });
    const { settled } = limit.call({ stream: true });
    await settle();
    script.push(text("a"));
    const recording = record(await replyOf(settled));
    await settle();
    assert.equal((await limit.counts()).concurrent, 1, "it is in flight while it streams");
    script.push({ type: "usage", usage: usage(20, 22) }, finish);
    script.end();
    assert.equal(recording.outcomes.length, 1);
    await settledAs(limit, used(1, 42));
  });

  it("after a stream that breaks: what was counted until then", async () => {
    const { script, answer } = streamed();
    const limit = limited({ answer });
    const { settled } = limit.call({ stream: true });
    await settle();
    script.push({ type: "usage", usage: usage(20, 1) }, text("a"));
    record(await replyOf(settled));
    await settle();
    script.end(failed(fault("stream-broken", {}, { partsSeen: 1 })));
    await settledAs(limit, used(1, 21));
  });

  for (const how of ["by its reader", "by its caller"] as const) {
    it(`after a stream that is cancelled ${how}`, async () => {
      const { script, answer } = streamed();
      const limit = limited({ answer });
      const { settled, cancellation } = limit.call({ stream: true });
      await settle();
      script.push({ type: "usage", usage: usage(20, 1) }, text("a"));
      const { flow } = record(await replyOf(settled));
      await settle();
      if (how === "by its caller") {
        cancellation.onCancel((reason) => flow.cancel(reason));
        cancellation.cancel();
      } else flow.cancel(fault("aborted"));
      await limit.clock.advance(5_000);
      await settledAs(limit, used(1, 21));
      assert.equal(limit.clock.pending, 0, "no timer is left");
    });
  }

  it("after a stream that nobody reads, once its call is given up", async () => {
    const { script, answer } = streamed();
    const limit = limited({ answer });
    const { settled, cancellation } = limit.call({ stream: true });
    await settle();
    script.push({ type: "usage", usage: usage(20, 1) }, text("a"));
    await replyOf(settled);
    cancellation.onCancel(() => script.end(failed(fault("aborted"))));
    cancellation.cancel();
    await limit.clock.advance(999);
    assert.equal(limit.settlements.size, 0);
    await limit.clock.advance(1);
    await settledAs(limit, used(1, 21));
  });

  it("after a call that is cancelled while the vendor thinks", async () => {
    const limit = limited({
      answer: ({ cancellation }) => new Promise((_, reject) => cancellation.onCancel(reject)),
    });
    const { settled, cancellation } = limit.call();
    await settle();
    cancellation.cancel();
    assert.equal((await settled).error?.code, "aborted");
    await settledAs(limit, used(1, 0));
  });

  it("after a call that was cancelled before it began", async () => {
    const limit = limited();
    const { cancellation, settled } = limit.call();
    cancellation.cancel();
    await settled;
    const second = limit.call({}, { cancellation });
    assert.equal((await second.settled).error?.code, "aborted");
    assert.deepEqual((await limit.counts()).concurrent, 0);
  });

  it("with all attempts that were billed", async () => {
    let attempts = 0;
    const limit = limited({
      answer: () => {
        const own = scripted();
        const last = ++attempts === 2;
        return {
          source: (receiver) => {
            const flow = own.reply.flow(receiver);
            queueMicrotask(() => {
              own.push({ type: "usage", usage: usage(30, 0) });
              if (last) own.push(text("a"));
              own.end(last ? { status: "ok" } : failed(fault("overloaded", { recovery: "next-target" })));
            });
            return flow;
          },
        };
      },
    });
    const { settled } = limit.call({ stream: true }, {
      targets: [{ model: "m1", price, params: {} }, { model: "m2", price, params: {} }],
    });
    record(await replyOf(settled));
    await settle();
    await settledAs(limit, used(1, 60));
  });

  it("of identical calls in flight, one for the money and each for its request", async () => {
    const answer = Promise.withResolvers<Answer>();
    const limit = limited({ answer: () => answer.promise, links: [dedupStage()] });
    const calls = [limit.call(), limit.call(), limit.call()];
    await settle();
    assert.equal((await limit.counts()).concurrent, 3);
    answer.resolve({ parts: answered(9) });
    await Promise.all(calls.map(({ settled }) => settled));
    await settledAs(limit, used(3, 9), 3);
  });

  it("of a stream that its leader leaves, by whoever is left", async () => {
    const { script, answer } = streamed();
    const limit = limited({ answer, links: [dedupStage()] });
    const [leader, heir] = [limit.call({ stream: true }), limit.call({ stream: true })];
    await settle();
    script.push(text("a"));
    const [first] = [record(await replyOf(leader.settled)), record(await replyOf(heir.settled))];
    await settle();
    first.flow.cancel(fault("aborted"));
    assert.deepEqual((await limit.counts()).concurrent, 1);
    script.push({ type: "usage", usage: usage(5, 6) }, finish);
    script.end();
    await settledAs(limit, used(2, 11), 2);
  });

  for (const how of ["lets go of its stream", "is cancelled"] as const) {
    it(`of a stream that all leave, by the last of them, who ${how}`, async () => {
      const { script, answer } = streamed();
      const limit = limited({ answer, links: [dedupStage()] });
      const calls = [limit.call({ stream: true }), limit.call({ stream: true })];
      await settle();
      script.push({ type: "usage", usage: usage(20, 1) }, text("a"));
      const readers = [];
      for (const { settled } of calls) readers.push(record(await replyOf(settled)));
      await settle();
      for (const [index, { cancellation }] of calls.entries()) {
        if (how === "is cancelled") cancellation.cancel();
        else readers[index]?.flow.cancel(fault("aborted"));
        await settle();
      }
      await limit.clock.advance(2_000);
      await settledAs(limit, used(2, 21), 2);
    });
  }

  it("when a link outside runs the call again: each time for itself", async () => {
    const twice: Middleware<"guard"> = {
      name: "twice",
      stage: "guard",
      replaces: "guard",
      reentrant: true,
      async handle(ctx, next) {
        await next();
        return await next(ctx);
      },
    };
    const limit = limited();
    const { ctx } = limit.call();
    await settle();
    const again = twice.handle(ctx, () => limit.stage.handle(ctx, () => Promise.resolve(whole())));
    await again;
    await settledAs(limit, used(3, 10), 3);
  });

  it("a call without limits is none of its business", async () => {
    const limit = limited();
    await limit.call({ allowances: [] }).settled;
    await limit.call({ allowances: [{ scope: "nobody" }] }).settled;
    assert.equal(limit.settlements.size, 0);
    assert.deepEqual(await limit.counts(), used(0, 0));
  });

  it("counts each of a call's scopes, and one that is named twice once", async () => {
    const team = allowance({ scope: "team:t" });
    const limit = limited({ limits: { all: [team] } });
    await limit.call({
      allowances: [allowance(), team, allowance({ scope: "team:t", requestsPerMinute: 5 })],
    }).settled;
    assert.deepEqual(await limit.counts(), used(1, 10));
    assert.deepEqual(await limit.counts("team:t"), used(1, 10));
  });
});

function whole(): Reply {
  return wholeReply({ target: fakeTarget(), origin: "vendor" }, hello);
}
