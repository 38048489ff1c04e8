/** The limit stage: requests, tokens and money are reserved before a call, and settled with the true figures however it ends. */

import type { Allowance, Call } from "../contract/call.ts";
import type { Planned } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock, Logger } from "../contract/services.ts";
import type { Held, Store } from "../contract/storage.ts";
import type { Target } from "../contract/target.ts";
import { loomError } from "../errors/index.ts";
import { observe, planned } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";
import { amountFor, type Estimate, estimateCall, type PriceUsage } from "./limit-estimate.ts";
import { headroomOf, type LimitHeadroom } from "./limit-levels.ts";
import { refusal, stateOf } from "./limit-refusal.ts";
import { type Rule, rulesOfAll } from "./limit-rules.ts";
import { isThenable, Settler } from "./limit-settler.ts";
import { noUse, type Reservation, useOf } from "./limit-use.ts";
import { heldInTime } from "./limit-wait.ts";

export interface LimitOptions {
  /** What all calls together may use, beside what each call's own allowances say. */
  readonly all?: readonly Allowance[];
  /**
   * What becomes of a call when the store cannot be asked. Default `refuse`, since a budget that nobody counts leaks; with
   * `allow` calls go on uncounted, and what they used is told to the store when it is back.
   */
  readonly onStoreFailure?: "refuse" | "allow";
  /**
   * Most output tokens that are reserved for a call before its true use is known. Default 8,192. The output of a call whose
   * own bound (`max_tokens`) is no higher cannot exceed a limit; others may, by what they use beyond their estimate.
   */
  readonly maxReservedOutputTokens?: number;
}

export interface LimitServices {
  readonly store: Pick<Store, "hold" | "settle">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bill: PriceUsage;
}

export interface LimitStage extends MiddlewareInPlace<"limit"> {
  /** Settlements that the store has not confirmed, and those that were given up. */
  readonly unsettled: { readonly waiting: number; readonly lost: number };
  /** What is left of everything that a call would count against; takes nothing. @throws what the store throws */
  headroom(call: Call, targets: readonly Target[]): Promise<readonly LimitHeadroom[]>;
  close(): Promise<void>;
}

/** A lease outlives its call's deadline by this, so that it ends by itself only when its process is gone. */
const leaseMarginMs = 30_000;
const longestLeaseMs = 86_400_000;
/** A cancelled stream that nobody reads is settled this much later, when what it used is known. */
const unreadGraceMs = 1_000;

/**
 * Makes the stage. Requests and concurrent requests never exceed their bounds. Tokens and money are reserved by estimate, and
 * may exceed theirs by no more than what the calls in flight use beyond their estimates: nothing where a call bounds its
 * output, but for input that was estimated too low and for attempts that were billed and failed.
 *
 * @throws LoomError `config-invalid`
 */
export function limitStage(options: LimitOptions, services: LimitServices): LimitStage {
  const { store, clock, logger, bill } = services;
  const { all = [], onStoreFailure = "refuse" } = options;
  const mostOutputTokens = numberOption(
    "limits.maxReservedOutputTokens",
    options.maxReservedOutputTokens,
    8_192,
    { min: 1, whole: true },
  );
  if (typeof store.hold !== "function" || typeof store.settle !== "function") {
    throw loomError("config-invalid", "store must have the functions hold() and settle() to keep limits", {
      path: "store",
    });
  }
  const settler = new Settler(store, clock, logger);
  const known = new WeakMap<readonly Allowance[], readonly Rule[]>();
  const ownRules = rulesOfAll(all);
  let leases = 0;

  function rulesFor(given: readonly Allowance[] | undefined): readonly Rule[] {
    if (given === undefined || given.length === 0) return ownRules;
    let rules = known.get(given);
    if (rules === undefined) {
      known.set(given, rules = all.length === 0 ? rulesOfAll(given) : rulesOfAll([...all, ...given]));
    }
    return rules;
  }

  function estimateFor(call: Call, targets: readonly Target[], rules: readonly Rule[]): Estimate | undefined {
    const priced = rules.some(({ kind }) => kind === "money");
    if (!priced && !rules.some(({ kind }) => kind === "tokens")) return undefined;
    return estimateCall(call, targets, mostOutputTokens, priced ? bill : undefined);
  }

  /** The call and what is to be held for it. @throws LoomError `budget-exceeded`, when nobody knows what it may cost */
  function reserve(given: Planned, rules: readonly Rule[]): { ctx: Planned; reservation: Reservation } {
    const nowMs = clock.now();
    const estimate = estimateFor(given.call, given.plan.targets, rules);
    const reservation = {
      lease: `${given.id}/${(leases++).toString(36)}`,
      rules,
      holds: rules.map((rule) => rule.hold(amountFor(rule, estimate), nowMs)),
      attemptsBefore: given.ledger.attempts.length,
    };
    const { unpriced = [] } = estimate ?? {};
    return { ctx: unpriced.length === 0 ? given : withoutUnpriced(given, unpriced, rules), reservation };
  }

  function enter(ctx: Planned, { rules, holds }: Reservation, held: Held): void {
    const nowMs = clock.now();
    const state = stateOf(rules, held, nowMs);
    ctx.ledger.allowance = state;
    if (held.ok) return;
    const error = refusal(rules, holds, held, state, nowMs);
    const { limit, scope = "" } = error.data as { readonly limit: string; readonly scope?: string };
    ctx.ledger.step("limit", "refuse", { limit, scope });
    throw error;
  }

  async function run(
    ctx: Planned,
    next: (ctx: Planned) => Promise<Reply>,
    reservation: Reservation,
  ): Promise<Reply> {
    const { ledger } = ctx;
    let open = true;
    const settle = (requests: 0 | 1) => {
      if (!open) return;
      open = false;
      settler.settle(reservation.lease, useOf(ctx, reservation, requests, bill, clock.now()));
    };
    try {
      const reply = await next(ctx);
      if (reply.parts !== undefined) {
        settle(1);
        return reply;
      }
      const stopWaiting = whenGivenUp(ctx, () => settle(1));
      return observe(reply, {
        end: () => {
          stopWaiting();
          settle(1);
        },
      });
    } catch (error) {
      settle(ledger.attempts.length > reservation.attemptsBefore || ledger.deduplicated ? 1 : 0);
      throw error;
    }
  }

  /** A stream that was given up and is not read tells nobody of its end. */
  function whenGivenUp(ctx: Planned, settle: () => void): () => void {
    let stopTimer = () => {};
    const stopListening = ctx.cancellation.onCancel(() => {
      stopTimer = clock.after(unreadGraceMs, settle, { background: true });
    });
    return () => {
      stopListening();
      stopTimer();
    };
  }

  function storeFailed(ctx: Planned, cause: unknown): void {
    if (onStoreFailure === "allow") {
      const why = cause instanceof Error ? cause.message : String(cause);
      ctx.ledger.warn(
        "limits-unknown",
        `the store cannot be asked, so this call went on without limits: ${why}`,
      );
      return;
    }
    ctx.ledger.step("limit", "refuse", { reason: "store" });
    throw loomError(
      "connection-failed",
      "the store that keeps limits and budgets cannot be asked, so no call is let in; see to the store, or set " +
        'limits.onStoreFailure to "allow"',
      {},
      { status: 503, recovery: "never", cause },
    );
  }

  async function enterLater(
    ctx: Planned,
    next: (ctx: Planned) => Promise<Reply>,
    reservation: Reservation,
    asked: PromiseLike<Held>,
  ): Promise<Reply> {
    const answer = await heldInTime(asked, ctx, clock);
    if (answer.held !== undefined) enter(ctx, reservation, answer.held);
    else {
      const leaving = ctx.cancellation.reason;
      // It may have been taken all the same: then it is given back.
      if (leaving !== undefined || onStoreFailure === "refuse") {
        settler.settle(reservation.lease, noUse(reservation));
      }
      if (leaving !== undefined) throw leaving;
      storeFailed(ctx, answer.fault);
    }
    return await run(ctx, next, reservation);
  }

  function handle(given: Planned, next: (ctx: Planned) => Promise<Reply>): Promise<Reply> {
    const rules = rulesFor(given.call.allowances);
    if (rules.length === 0) return next(given);
    try {
      given.cancellation.throwIfCancelled();
      const { ctx, reservation } = reserve(given, rules);
      const leaseMs = Math.max(0, ctx.deadlineMs - clock.monotonic()) + leaseMarginMs;
      let held: Held | Promise<Held>;
      try {
        held = store.hold(reservation.lease, reservation.holds, Math.min(longestLeaseMs, leaseMs));
      } catch (error) {
        storeFailed(ctx, error);
        return run(ctx, next, reservation);
      }
      if (isThenable(held)) return enterLater(ctx, next, reservation, held);
      enter(ctx, reservation, held);
      return run(ctx, next, reservation);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  return {
    name: "limit",
    stage: "limit",
    replaces: "limit",
    handle,
    get unsettled() {
      return { waiting: settler.waiting, lost: settler.lost };
    },
    headroom(call, targets) {
      const rules = rulesFor(call.allowances);
      const estimate = estimateFor(call, targets, rules);
      return headroomOf(rules, rules.map((rule) => amountFor(rule, estimate)), store, clock.now());
    },
    close: () => settler.close(),
  };
}

/** Budgets want known prices, unless they say otherwise: targets without one are left out, and without any other the call. */
function withoutUnpriced(ctx: Planned, unpriced: readonly Target[], rules: readonly Rule[]): Planned {
  const strict = rules.find(({ kind, allowUnknownPrice }) => kind === "money" && !allowUnknownPrice);
  if (strict === undefined) return ctx;
  const { plan, ledger } = ctx;
  const why = `its price is unknown, and ${strict.scope} has a ${strict.limit}`;
  const [first, ...rest] = plan.targets.filter((target) => !unpriced.includes(target));
  for (const { provider, model } of unpriced) {
    ledger.step("limit", "skip", { model: `${provider}/${model}`, reason: why });
  }
  if (first !== undefined) {
    const skipped = unpriced.map((candidate) => ({ candidate, reason: why }));
    return planned(ctx, { targets: [first, ...rest], skipped: [...plan.skipped, ...skipped] });
  }
  const [{ provider, model }] = plan.targets;
  throw loomError(
    "budget-exceeded",
    `${provider}/${model} cannot be asked: ${why}; register a price for it, or set allowUnknownPrice`,
    { limitUsd: strict.max, estimateUsd: null },
    { provider, model },
  );
}
