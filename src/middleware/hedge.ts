/** Hedging: when a target is slow to begin, a second one is asked beside it; the first content part wins. */

import type { Attempting, Planned } from "../contract/context.ts";
import type { Modality } from "../contract/call.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import type { Target } from "../contract/target.ts";
import { loomError } from "../errors/index.ts";
import { attempting, Canceller, commit, discard, observe } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";
import { estimateUsage } from "./estimate-usage.ts";
import { FirstPartTimes } from "./first-part-times.ts";
import type { Verdict } from "./judge.ts";

export interface HedgeOptions {
  /**
   * How long the first target is waited for: milliseconds, or `p95` (the default), what 19 of 20 of its calls took of late. A
   * target that fewer than 20 calls were seen of is not hedged then.
   */
  readonly afterMs?: number | "p95";
  /** Calls in flight beside the first one. Only 1. */
  readonly maxExtra?: 1;
}

export interface HedgeServices {
  readonly clock: Clock;
  /** Whether a target is to be avoided for now; such a one is not asked as the second. */
  ailing?(target: Target): unknown;
}

/** What became of a target, or of two. */
export type Tried =
  | { readonly reply: Reply }
  | { readonly faults: readonly Fault[] };

export interface Fault {
  readonly target: Target;
  readonly fault: unknown;
  /** The fault is that the call's validator did not take the answer. */
  readonly rejection?: Extract<Verdict, { readonly accepted: false }>;
}

type Next = (ctx: Attempting) => Promise<Reply>;

/** Kinds of work that may be begun twice: what is made in jobs is paid for whether somebody waits or not. */
const repeatable: ReadonlySet<Modality> = new Set<Modality>(["text", "embedding"]);

const minSamples = 20;

/** One of the two that run. */
interface Side {
  readonly target: Target;
  readonly canceller: Canceller;
  readonly beganMs: number;
  /** Never rejects. */
  readonly settled: Promise<Settled>;
  failed: boolean;
}

interface Settled {
  readonly side: Side;
  readonly reply?: Reply;
  readonly fault?: unknown;
}

export class Hedging {
  readonly #clock: Clock;
  readonly #ailing: (target: Target) => unknown;
  readonly #afterMs: number | undefined;
  readonly #times = new FirstPartTimes(minSamples);

  /** @throws LoomError `config-invalid` */
  constructor({ afterMs = "p95" }: HedgeOptions, { clock, ailing = () => undefined }: HedgeServices) {
    this.#clock = clock;
    this.#ailing = ailing;
    this.#afterMs = afterMs === "p95"
      ? undefined
      : numberOption("routing.hedge.afterMs", afterMs, 0, { min: 0, max: 3_600_000 });
  }

  /**
   * Tries a target, and `rival` beside it when it is slow and the call allows that. Settles when one has begun to answer, or
   * when all that ran have failed. Both sides end with the call, and whoever lost is let go before the winner is handed on.
   */
  async run(ctx: Planned, target: Target, rival: Target | undefined, next: Next): Promise<Tried> {
    const afterMs = rival === undefined ? undefined : this.#delay(ctx, target, rival);
    if (rival === undefined || afterMs === undefined) {
      const beganMs = this.#clock.monotonic();
      try {
        const reply = await commit(await next(attempting(ctx, target, 1)));
        this.#note(ctx, target, beganMs);
        return { reply };
      } catch (fault) {
        return { faults: [{ target, fault }] };
      }
    }
    ctx.cancellation.throwIfCancelled();
    const sides: Side[] = [];
    const unlink = ctx.cancellation.onCancel((reason) => cancelAll(sides, reason));
    const from = ctx.ledger.attempts.length;
    const first = this.#start(ctx, target, next, sides);
    const early = await this.#within(afterMs, first.settled);
    // A caller who left at the same moment is not sent a second request for.
    const settled = early !== undefined || ctx.cancellation.reason !== undefined
      ? [early ?? await first.settled]
      : await this.#beside(ctx, rival, next, sides, first);
    const winner = settled.find(({ reply }) => reply !== undefined);
    if (winner?.reply === undefined) {
      unlink();
      return { faults: settled.map(({ side, fault }) => ({ target: side.target, fault })) };
    }
    this.#note(ctx, winner.side.target, winner.side.beganMs);
    for (const side of sides) if (side !== winner.side) await this.#drop(ctx, side, winner.side, from);
    return { reply: heldBy(winner.reply, unlink) };
  }

  #delay(ctx: Planned, target: Target, rival: Target): number | undefined {
    const { call } = ctx;
    if (!repeatable.has(target.modality) || !repeatable.has(rival.modality)) return undefined;
    // Two answers may cost more than the one that the caller allowed for; a validator judges one answer after the other.
    if (call.maxCostUsd !== undefined || call.accept !== undefined) return undefined;
    if (nameOf(target) === nameOf(rival) || this.#ailing(rival) !== undefined) return undefined;
    return this.#afterMs ?? this.#times.p95(timesName(ctx, target));
  }

  #note(ctx: Planned, target: Target, beganMs: number): void {
    if (this.#afterMs !== undefined || !repeatable.has(target.modality)) return;
    this.#times.note(timesName(ctx, target), this.#clock.monotonic() - beganMs);
  }

  #start(ctx: Planned, target: Target, next: Next, sides: Side[]): Side {
    const canceller = new Canceller();
    const inner = attempting(ctx.with({ cancellation: canceller }), target, 1);
    const settled: Promise<Settled> = next(inner).then(commit).then(
      (reply) => ({ side, reply }),
      (fault) => {
        side.failed = true;
        return { side, fault };
      },
    );
    const side: Side = { target, canceller, beganMs: this.#clock.monotonic(), settled, failed: false };
    sides.push(side);
    return side;
  }

  /** What `promise` gives in time; `undefined` after that. */
  #within(ms: number, promise: Promise<Settled>): Promise<Settled | undefined> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(ms, () => resolve(undefined), { background: true });
      void promise.then((settled) => (stop(), resolve(settled)));
    });
  }

  /** Starts the second, and gives the first of the two to answer, or the failures of both in the order of the plan. */
  #beside(ctx: Planned, rival: Target, next: Next, sides: Side[], first: Side): Promise<readonly Settled[]> {
    const waitedMs = this.#clock.monotonic() - first.beganMs;
    ctx.ledger.step("hedge", "start", { slow: nameOf(first.target), target: nameOf(rival), waitedMs });
    const second = this.#start(ctx, rival, next, sides);
    return new Promise((resolve) => {
      const lost: Settled[] = [];
      let won = false;
      const take = (settled: Settled) => {
        if (won) {
          if (settled.reply !== undefined) discard(settled.reply);
        } else if (settled.reply !== undefined) {
          won = true;
          resolve([settled]);
        } else {
          lost.push(settled);
          if (lost.length === 2) resolve(lost.toSorted((a) => a.side === first ? -1 : 1));
        }
      };
      void first.settled.then(take);
      void second.settled.then(take);
    });
  }

  /** Lets the loser go, waits until it has, and enters what it may have cost. */
  async #drop(ctx: Planned, loser: Side, winner: Side, from: number): Promise<void> {
    const { target } = loser;
    const { ledger } = ctx;
    ledger.step("hedge", "won", { target: nameOf(winner.target), over: nameOf(target) });
    if (loser.failed) return;
    // It takes at least so long: without this the measure would shrink by what it cuts off.
    this.#note(ctx, target, loser.beganMs);
    try {
      loser.canceller.cancel(loomError("aborted", `${nameOf(winner.target)} answered first`, {}));
    } catch (error) {
      // Somebody else's listener; the answer that is there is not lost for it.
      ledger.warn("hedge-cancel", `letting go of ${nameOf(target)} failed: ${String(error)}`);
    }
    await orNextTurn(loser.settled);
    for (let index = from; index < ledger.attempts.length; index++) {
      if (nameOf(ledger.targetOf(index)) === nameOf(target)) book(ctx, ledger.attempts[index]);
    }
  }
}

/** Each is told, whatever a listener of another throws. */
function cancelAll(sides: readonly Side[], reason: LoomErrorLike): void {
  const [side, ...rest] = sides;
  if (side === undefined) return;
  try {
    side.canceller.cancel(reason);
  } finally {
    cancelAll(rest, reason);
  }
}

/**
 * Enters an attempt whose answer nobody took. Vendors charge for what they have read, whether it was waited for or not, so
 * what was not counted is estimated.
 */
function book({ call, ledger }: Planned, attempt: Attempt | undefined): void {
  if (attempt === undefined || attempt.status === "failed") return;
  const entry = attempt as { status: Attempt["status"]; usage?: Attempt["usage"] };
  if (entry.status === "ok") entry.status = "cancelled";
  if (entry.usage !== undefined) return;
  entry.usage = estimateUsage(call, "");
  const { provider, model } = attempt;
  ledger.warn(
    "usage-estimated",
    `${provider}/${model} was asked beside another and not waited for; its usage and cost are Loom's estimate`,
  );
}

/** What lets go in time has let go within this turn; what does not cannot hold the winner back. */
function orNextTurn(settled: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 0);
    void settled.then(() => (clearTimeout(timer), resolve()));
  });
}

/** The winner ends with the call for as long as it runs. */
function heldBy(reply: Reply, unlink: () => void): Reply {
  if (reply.parts === undefined) return observe(reply, { end: unlink });
  unlink();
  return reply;
}

function timesName({ call }: Planned, target: Target): string {
  return `${nameOf(target)} ${call.stream ? "streamed" : "whole"}`;
}

function nameOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}
