/** Whatever calls do, in whatever order: every counter comes to the true sum, no bound is exceeded, and nothing stays held. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempting } from "../../src/contract/context.ts";
import type { Answer } from "../../src/contract/reply.ts";
import type { LoomError } from "../../src/errors/index.ts";
import { dedupStage } from "../../src/middleware/dedup.ts";
import { failed, finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { fault } from "./chain.ts";
import { allowance, answered, limited, price, usage } from "./limit-setup.ts";

/** A small generator of numbers that look random, the same for the same seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const requestsPerMinute = 40;
const concurrentRequests = 12;
const limitUsd = 0.004;

async function story(seed: number): Promise<void> {
  const random = generator(seed);
  let running = 0;
  let mostRunning = 0;

  /** Never uses more than its call bounds: 10 tokens of input and 100 of output. */
  async function answer(ctx: Attempting): Promise<Answer | LoomError> {
    running++;
    mostRunning = Math.max(mostRunning, running);
    try {
      for (let turns = random(4); turns > 0; turns--) await settle();
      ctx.cancellation.throwIfCancelled();
      const kind = random(6);
      if (kind === 0) return fault("invalid-request");
      if (kind === 1) return fault("overloaded", { recovery: "never" });
      if (!ctx.call.stream) return { parts: answered(1 + random(110)) };
      const script = scripted();
      return {
        source(receiver) {
          const flow = script.reply.flow(receiver);
          void play(script, random(3), 1 + random(100), random);
          return flow;
        },
      };
    } finally {
      running--;
    }
  }

  const all = { scope: "all", requestsPerMinute, budgets: [{ limitUsd, per: "day" as const }] };
  const limit = limited({ answer, limits: { all: [all] }, links: random(2) === 0 ? [dedupStage()] : [] });
  const calls = Array.from({ length: 90 }, async () => {
    for (let turns = random(30); turns > 0; turns--) await settle();
    const stream = random(2) === 0;
    const { ctx, cancellation, settled } = limit.call({
      stream,
      allowances: [allowance({ concurrentRequests })],
      messages: [{ role: "user", content: `question number ${random(60)}` }],
    }, { target: { price, params: { max_tokens: 100 } } });
    const leaves = random(4) === 0;
    if (leaves) void pause(random(5)).then(() => cancellation.cancel());
    const { value, error } = await settled;
    const refused = error?.code === "limit-exceeded";
    if (value !== undefined && value.parts === undefined) {
      const recording = record(value);
      cancellation.onCancel((reason) => recording.flow.cancel(reason));
      if (random(5) === 0) recording.flow.cancel(fault("aborted"));
      while (recording.outcomes.length === 0) await settle();
    }
    return { ctx, refused, error };
  });

  const ended = await Promise.all(calls);
  await limit.clock.advance(2_000);

  const letIn = ended.filter(({ refused }) => !refused);
  const attempts = letIn.flatMap(({ ctx }) => ctx.ledger.attempts);
  // An attempt that was adopted by another call is in both accounts, as one object.
  const tokens = [...new Set(attempts)].reduce((sum, { usage }) => sum + (usage?.totalTokens ?? 0), 0);
  const counts = await limit.counts();
  assert.equal(counts.tokens, tokens, "tokens");
  assert.equal(counts.nanoUsd, tokens * 1000, "money");
  assert.equal(counts.concurrent, 0, "nothing is held");
  const overall = await limit.counts("all");
  assert.deepEqual([overall.nanoUsd, overall.requests], [counts.nanoUsd, counts.requests]);
  assert.ok(overall.requests <= requestsPerMinute, `${overall.requests} requests`);
  assert.ok(overall.nanoUsd <= limitUsd * 1e9, `${overall.nanoUsd} nano-USD`);
  assert.ok(tokens > 0 && ended.some(({ refused }) => refused), "there is something to see");
  assert.ok(mostRunning <= concurrentRequests, `${mostRunning} at once`);
  assert.ok([...limit.settlements.values()].every((count) => count === 1), "settled once each");
  assert.deepEqual(limit.stage.unsettled, { waiting: 0, lost: 0 });
}

async function play(
  script: ReturnType<typeof scripted>,
  ending: number,
  output: number,
  random: (below: number) => number,
): Promise<void> {
  await pause(random(4));
  script.push({ type: "usage", usage: usage(10, 0) }, text("a"));
  await pause(random(4));
  if (ending === 0) return script.end(failed(fault("stream-broken", {}, { partsSeen: 1 })));
  script.push({ type: "usage", usage: usage(10, output) }, finish);
  script.end();
}

async function pause(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await settle();
}

describe("limits, whatever happens", () => {
  for (let seed = 1; seed <= 8; seed++) {
    it(`come to the true sums (seed ${seed})`, () => story(seed));
  }
});
