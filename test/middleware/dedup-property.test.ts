/** Dedup under random interleavings: every call gets exactly one end, and every source is let go exactly once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Planned } from "../../src/contract/context.ts";
import type { Reply } from "../../src/contract/reply.ts";
import { endedBy, wholeReply } from "../../src/kernel/index.ts";
import { dedupStage } from "../../src/middleware/dedup.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeCancellation, fakePlanned } from "../../src/testing/fake-context.ts";
import { record, type Recording, type Script, scripted, text } from "../kernel/scripted.ts";
import { fault, hello, run } from "./chain.ts";

const seeds = 200;
const movesPerSeed = 50;

/** Numbers from 0 to 1 that are the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One call: settles once with a reply or an error, then its reader ends once. */
interface Waiter {
  readonly ctx: Planned;
  cancel(): void;
  cancelled: boolean;
  settledTimes: number;
  errorCode: string | undefined;
  reply: Reply | undefined;
  reading: Recording | undefined;
}

/** One request to the vendor. */
interface Upstream {
  readonly leaderId: string;
  readonly source: Script;
  sent: string;
  answered: boolean;
  released: number;
  answer(reply: Reply): void;
  fail(): void;
}

class World {
  readonly random: () => number;
  readonly stream: boolean;
  readonly waiters: Waiter[] = [];
  readonly upstreams: Upstream[] = [];
  readonly #clock = fakeClock();
  readonly #links;
  readonly stage;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.stream = this.random() < 0.75;
    this.stage = dedupStage({ maxPrefixBytes: 400, maxLagBytes: 700 });
    this.#links = [this.stage, failoverStage({ clock: this.#clock, toResult: () => undefined })];
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  join(): void {
    const cancellation = fakeCancellation();
    const ctx = fakePlanned({
      id: `call-${this.waiters.length}`,
      clock: this.#clock,
      call: { stream: this.stream },
      cancellation,
    });
    const waiter: Waiter = {
      ctx,
      cancel: () => (waiter.cancelled = true, cancellation.cancel()),
      cancelled: false,
      settledTimes: 0,
      errorCode: undefined,
      reply: undefined,
      reading: undefined,
    };
    this.waiters.push(waiter);
    run(ctx, this.#links, (inner) => {
      const source = scripted();
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      const upstream: Upstream = {
        leaderId: inner.id,
        source,
        sent: "",
        answered: false,
        released: 0,
        answer: (reply) => (upstream.answered = true, resolve(reply)),
        fail: () => (upstream.answered = true, reject(fault("overloaded"))),
      };
      inner.cancellation.onCancel((reason) => {
        upstream.released++;
        reject(reason);
        if (source.started) source.end(endedBy(reason));
      });
      this.upstreams.push(upstream);
      return promise;
    }).then(
      (reply) => (waiter.settledTimes++, waiter.reply = reply),
      ({ code }) => (waiter.settledTimes++, waiter.errorCode = code),
    );
  }

  read(waiter: Waiter): void {
    if (waiter.reply !== undefined) waiter.reading ??= record(waiter.reply);
  }

  move(): void {
    const roll = this.random();
    const waiter = this.pick(this.waiters);
    const upstream = this.pick(this.upstreams.filter(({ source }) => !source.ended));
    if (roll < 0.2 || waiter === undefined) this.join();
    else if (roll < 0.35) this.read(waiter);
    else if (roll < 0.4) waiter.cancel();
    else if (roll < 0.45) waiter.reading?.flow.cancel(fault("aborted"));
    else if (roll < 0.52) waiter.reading?.flow.pause();
    else if (roll < 0.6) waiter.reading?.flow.resume();
    else if (upstream !== undefined) this.advance(upstream, roll);
  }

  advance(upstream: Upstream, roll: number): void {
    const { source } = upstream;
    if (!upstream.answered) {
      if (roll > 0.95) upstream.fail();
      else if (roll > 0.7) upstream.answer(this.stream ? source.reply : wholeReply(source.reply, hello));
    } else if (source.started) {
      if (roll > 0.97) source.end({ status: "failed", error: fault("stream-broken", {}, { partsSeen: 1 }) });
      else if (roll > 0.94) source.end();
      else {
        const piece = String.fromCharCode(97 + upstream.sent.length % 26);
        upstream.sent += piece;
        source.push(text(piece));
      }
    }
  }

  /** Brings everything to its end that has not come to it. */
  async finish(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (const upstream of this.upstreams) {
        if (!upstream.answered) upstream.fail();
      }
      await turns();
      for (const waiter of this.waiters) {
        this.read(waiter);
        waiter.reading?.flow.resume();
      }
      await turns();
      for (const { source, answered } of this.upstreams) if (answered && source.started) source.end();
      await turns();
    }
  }
}

/** Lets promise chains run on, without the price of a timer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await undefined;
}

/** Whether this call has heard its end. */
function isDone({ settledTimes, reply, reading }: Waiter): boolean {
  return settledTimes > 0 && (reply === undefined || (reading?.outcomes.length ?? 0) > 0);
}

describe("dedup, under random interleavings", () => {
  it(`holds its promises in ${seeds} random stories`, async () => {
    let ended = 0;
    let joined = 0;
    let released = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const world = new World(seed);
      const told = `seed ${seed}`;
      for (let move = 0; move < movesPerSeed; move++) {
        world.move();
        await turns();
        for (const upstream of world.upstreams) {
          const mine = world.waiters.filter(({ ctx }) => leaderOf(ctx) === upstream.leaderId);
          if (upstream.source.started && mine.every((waiter) => isDone(waiter) || waiter.cancelled)) {
            assert.ok(upstream.source.ended, `${told}: a source runs on although everybody has left`);
          }
        }
      }
      await world.finish();
      for (const waiter of world.waiters) {
        assert.equal(waiter.settledTimes, 1, `${told}: a call settled ${waiter.settledTimes} times`);
        if (waiter.errorCode === "aborted") assert.ok(waiter.cancelled, `${told}: hurt by another's leaving`);
        if (waiter.reply === undefined) continue;
        const reading = waiter.reading;
        assert.equal(reading?.outcomes.length, 1, `${told}: a reader had ${reading?.outcomes.length} ends`);
        ended++;
        if (!world.stream) continue;
        const leaderId = leaderOf(waiter.ctx);
        const sent = world.upstreams.find((upstream) => upstream.leaderId === leaderId)?.sent ?? "";
        const got = reading?.text ?? "";
        assert.ok(sent.startsWith(got), `${told}: parts out of order, or from another stream`);
        if (reading?.outcomes[0]?.status === "ok") assert.equal(got, sent, `${told}: parts are missing`);
      }
      for (const { source, released: times } of world.upstreams) {
        assert.ok(source.ended || !source.started, `${told}: a source was left running`);
        assert.ok(source.asked.filter((what) => what === "cancel").length <= 1, `${told}: let go twice`);
        assert.ok(times <= 1, `${told}: the run was cancelled twice`);
        released += times;
      }
      assert.equal(world.stage.inFlight, 0, `${told}: a run is still on the map`);
      joined += world.waiters.length - world.upstreams.length;
    }
    assert.ok(
      ended > seeds && joined > seeds && released > seeds / 10,
      "the stories are too dull to prove anything",
    );
  });
});

function leaderOf(ctx: Planned): string {
  const joined = ctx.ledger.receipt().steps.find(({ by, what }) => by === "dedup" && what === "joined");
  return (joined?.detail as { leader?: string } | undefined)?.leader ?? ctx.id;
}
