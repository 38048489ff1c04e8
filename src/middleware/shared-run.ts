/** One run that several calls wait for: it ends when it is done, or when the last of them has left. */

import type { Planned } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Origin, Reply } from "../contract/reply.ts";
import {
  type CallLedger,
  Canceller,
  discard,
  shared,
  type SharedContext,
  wholeReply,
} from "../kernel/index.ts";
import type { Keyed } from "./in-flight.ts";
import { Broadcast, type BroadcastOptions, type Subscription } from "./broadcast.ts";

/** One call that waits, until it has its reply; then, of a stream, one that reads. */
interface Waiter {
  readonly ctx: Planned;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the call's cancellation. */
  stopListening: () => void;
  subscription: Subscription | undefined;
}

export class SharedRun implements Keyed {
  readonly leaderId: string;
  readonly #call: Keyed;
  readonly #leader: Planned;
  readonly #limits: Omit<BroadcastOptions, "onEnd">;
  readonly #onOver: () => void;
  readonly #canceller = new Canceller();
  readonly #shared: SharedContext;
  readonly #waiters: Waiter[] = [];
  #broadcast: Broadcast | undefined;
  #over = false;
  /** Attempts of the leader that had ended when it left; those after them are for another's account. */
  #settledAttempts: number | undefined;

  /** @param onOver once, when no call may join any more because the run has ended */
  constructor(leader: Planned, call: Keyed, limits: Omit<BroadcastOptions, "onEnd">, onOver: () => void) {
    this.leaderId = leader.id;
    this.#call = call;
    this.#leader = leader;
    this.#shared = shared(leader, this.#canceller);
    this.#limits = limits;
    this.#onOver = onOver;
  }

  get text(): string | undefined {
    return this.#call.text;
  }

  get key(): string {
    return this.#call.key;
  }

  /** Whether a new call would get the whole answer. */
  get admits(): boolean {
    return !this.#over && (this.#broadcast === undefined || this.#broadcast.admits);
  }

  start(next: (ctx: Planned) => Promise<Reply>): void {
    next(this.#shared.ctx).then(
      (reply) => reply.parts === undefined ? this.#stream(reply) : this.#whole(reply),
      (error) => this.#fail(error),
    );
  }

  /** Waits for the run. Settles once, whatever happens to the others who wait. */
  join(ctx: Planned): Promise<Reply> {
    // The latest deadline counts: nobody is cut short by one who has less time.
    const { frame } = this.#shared;
    if (ctx.deadlineMs > frame.deadlineMs) frame.deadlineMs = ctx.deadlineMs;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { ctx, resolve, reject, stopListening: nothing, subscription: undefined };
      this.#waiters.push(waiter);
      waiter.stopListening = ctx.cancellation.onCancel((reason) => this.#leave(waiter, reason));
      if (this.#broadcast !== undefined) this.#subscribe(waiter, this.#broadcast, "dedup");
    });
  }

  #leave(waiter: Waiter, reason: LoomErrorLike): void {
    if (waiter.ctx === this.#leader) this.#noteLeaderLeft();
    if (waiter.subscription !== undefined) {
      waiter.subscription.leave(reason);
      // The stream has been let go; whatever else the run still holds is let go too.
      if (this.#waiters.length === 0) this.#canceller.cancel(reason);
    } else if (this.#waiters.length > 1) {
      this.#forget(waiter);
      waiter.reject(reason);
    } else {
      // The last one waits for the run to wind up, as it would for a run of its own.
      this.#finish();
      this.#canceller.cancel(reason);
    }
  }

  #whole(reply: Reply): void {
    this.#finish();
    for (const waiter of this.#waiters) {
      waiter.stopListening();
      const own = waiter.ctx === this.#leader;
      const { parts = [], verbatim } = reply;
      waiter.resolve(own ? reply : wholeReply({ ...headOf(reply), origin: "dedup" }, parts, verbatim));
    }
    this.#waiters.length = 0;
  }

  #fail(error: unknown): void {
    this.#finish();
    for (const waiter of this.#waiters) {
      waiter.stopListening();
      waiter.reject(error);
    }
    this.#waiters.length = 0;
  }

  #stream(reply: Reply): void {
    const { reason } = this.#canceller;
    if (reason !== undefined) {
      // It began although it had been given up.
      discard(reply);
      return this.#fail(reason);
    }
    const broadcast = new Broadcast(reply, { ...this.#limits, onEnd: () => this.#finish() });
    this.#broadcast = broadcast;
    for (const waiter of [...this.#waiters]) this.#subscribe(waiter, broadcast, reply.origin);
  }

  #subscribe(waiter: Waiter, broadcast: Broadcast, origin: Origin): void {
    const leads = waiter.ctx === this.#leader;
    const subscription = broadcast.subscribe(leads ? origin : "dedup", () => {
      waiter.stopListening();
      // A reader that lets go of its flow leaves as much as one whose call is cancelled.
      if (leads && !this.#over) this.#noteLeaderLeft();
      this.#forget(waiter);
    });
    waiter.subscription = subscription;
    waiter.resolve(subscription.reply);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
    this.#settleAccount();
  }

  #forget(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
  }

  #noteLeaderLeft(): void {
    this.#settledAttempts ??=
      this.#leader.ledger.attempts.filter(({ status }) => status !== "running").length;
  }

  /** Whoever is left pays for what the leader did not wait for. */
  #settleAccount(): void {
    const [heir] = this.#waiters;
    if (this.#settledAttempts === undefined || heir === undefined || heir.ctx === this.#leader) return;
    const ledger = this.#leader.ledger as CallLedger;
    (heir.ctx.ledger as CallLedger).adopt(ledger, ledger.attempts.slice(this.#settledAttempts));
    heir.ctx.ledger.step("dedup", "inherited", { leader: this.leaderId });
  }
}

function headOf({ target, requestId }: Reply) {
  return { target, requestId };
}

function nothing(): void {}
