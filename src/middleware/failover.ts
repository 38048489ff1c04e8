/** The failover stage: walks the plan's targets until one gives an answer that the caller takes. */

import type { Attempting, Ledger, Planned } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Attempt } from "../contract/receipt.ts";
import type { Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { attempting, collect, commit, replay, wholeReply } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";
import type { Hedging, Tried } from "./hedge.ts";
import { judge, type ToResult } from "./judge.ts";
import { type MoveOnOptions, moveOnRule } from "./move-on.ts";

export interface FailoverOptions {
  /** `false`: only the first target is asked. */
  readonly enabled?: boolean;
  /** Most targets that are tried after the first. Default: all. */
  readonly maxMoves?: number;
  /**
   * Statuses of vendors' answers after which the next target is tried, such as `[429, 500, 502, 503]`. Default: as the table
   * of errors says. Where no vendor has answered (no connection, a deadline, a missing key) the next is always tried.
   */
  readonly retryCodes?: readonly number[];
}

export interface FailoverServices {
  readonly clock: Clock;
  /** What a call's validator is shown. */
  readonly toResult: ToResult;
  /** Asks a second target beside one that is slow. */
  readonly hedging?: Hedging | undefined;
}

/** What `walk` goes by. */
interface Course extends FailoverServices {
  readonly movesOn: (error: LoomErrorLike) => boolean;
}

/** What became of one target, for the message. */
interface Loss {
  readonly target: Target;
  readonly why: string;
}

/** Longest story of one target, and most targets told of, in the message of `all-failed`. */
const maxWhyChars = 200;
const maxTold = 8;

/** Makes the stage. @throws LoomError `config-invalid` */
export function failoverStage(
  services: FailoverServices,
  options: FailoverOptions & MoveOnOptions = {},
): MiddlewareInPlace<"failover"> {
  const { enabled = true, maxMoves } = options;
  const moves = numberOption("routing.failover.maxMoves", maxMoves, Infinity, { min: 0, whole: true });
  const most = enabled ? 1 + moves : 1;
  const course: Course = { ...services, movesOn: moveOnRule(options) };
  return {
    name: "failover",
    stage: "failover",
    replaces: "failover",
    reentrant: true,
    async handle(ctx, next) {
      const { targets } = ctx.plan;
      const alone = targets.length === 1 || most === 1;
      if (alone && ctx.call.accept === undefined && services.hedging === undefined) {
        const reply = await next(attempting(ctx, targets[0], 1));
        return reply.parts === undefined ? await commit(reply) : reply;
      }
      return await walk(ctx, targets.length > most ? targets.slice(0, most) : targets, next, course);
    },
  };
}

async function walk(
  ctx: Planned,
  targets: readonly Target[],
  next: (ctx: Attempting) => Promise<Reply>,
  course: Course,
): Promise<Reply> {
  const { ledger, plan } = ctx;
  const losses: Loss[] = [];
  const errors: LoomError[] = [];
  const rejected: unknown[] = [];
  // Every target that was tried has a loss, so their number says which is next.
  for (let target = targets[0]; target !== undefined; target = targets[losses.length]) {
    const tried = await tryTarget(ctx, target, targets[losses.length + 1], next, course);
    if ("reply" in tried) return tried.reply;
    for (const { target, fault, rejection } of tried.faults) {
      if (rejection !== undefined) {
        losses.push({ target, why: `rejected: ${rejection.reason}` });
        if ("result" in rejection) rejected.push(rejection.result);
      } else {
        if (!LoomError.is(fault) || !mayMoveOn(ctx, fault, course)) throw fault;
        if (targets.length === 1) throw fault;
        errors.push(fault);
        losses.push({ target, why: `${fault.code}: ${fault.message}` });
      }
      const following = targets[losses.length];
      if (following === undefined || !LoomError.is(fault)) continue;
      const [from, to] = [nameOf(target), nameOf(following)];
      ledger.step("failover", "leave", { from, to, code: fault.code });
      ctx.emit("failover", { from, to, error: fault });
    }
  }
  const left = plan.targets.length - targets.length;
  if (left > 0) ledger.step("failover", "give-up", { reason: "max-moves", left });
  throw allFailed(ledger, losses, errors, rejected);
}

/** What became of a target, or of two; a reply is one that the caller takes. */
async function tryTarget(
  ctx: Planned,
  target: Target,
  rival: Target | undefined,
  next: (ctx: Attempting) => Promise<Reply>,
  { hedging, toResult }: Course,
): Promise<Tried> {
  const { call: { accept, stream }, ledger } = ctx;
  const inner = attempting(ctx, target, 1);
  try {
    const tried = hedging === undefined
      ? { reply: await commit(await next(inner)) }
      : await hedging.run(ctx, target, rival, next);
    if (accept === undefined || !("reply" in tried)) return tried;
    const { reply } = tried;
    const parts = await collect(reply);
    const verdict = await judge(inner, accept, parts, toResult);
    if (verdict.accepted) return { reply: stream ? replay(reply, parts) : wholeReply(reply, parts) };
    const { reason } = verdict;
    markRejected(ledger, target);
    ledger.step("failover", "reject", { target: nameOf(target), reason });
    return { faults: [{ target, fault: rejectionError(target, reason), rejection: verdict }] };
  } catch (fault) {
    return { faults: [{ target, fault }] };
  }
}

/** Whether another target may do better, and there is still somebody and some time to try it for. */
function mayMoveOn(ctx: Planned, error: LoomErrorLike, { movesOn, clock }: Course): boolean {
  return movesOn(error) && ctx.cancellation.reason === undefined && clock.monotonic() < ctx.deadlineMs;
}

/** The answer came and was paid for, so its attempt is not failed; but the caller did not take it. */
function markRejected(ledger: Ledger, target: Target): void {
  const attempt = ledger.attempts.findLast(({ provider, model, status }) =>
    status === "ok" && provider === target.provider && model === target.model
  ) as { status: Attempt["status"] } | undefined;
  if (attempt !== undefined) attempt.status = "rejected";
}

function rejectionError(target: Target, reason: string): LoomError {
  const { provider, model } = target;
  return loomError("output-invalid", `the answer was rejected: ${reason}`, { text: "" }, { provider, model });
}

function allFailed(
  ledger: Ledger,
  losses: readonly Loss[],
  errors: readonly LoomError[],
  rejected: readonly unknown[],
): LoomError {
  const told = losses.slice(0, maxTold).map(({ target, why }) => `${nameOf(target)} (${shortened(why)})`);
  if (losses.length > maxTold) told.push(`and ${losses.length - maxTold} more`);
  const last = errors.at(-1);
  const waits = errors.flatMap(({ retryAfterMs }) => retryAfterMs === undefined ? [] : [retryAfterMs]);
  return loomError(
    "all-failed",
    `no target gave an answer that was taken: ${told.join("; ")}`,
    { attempts: [...ledger.attempts], ...(rejected.length > 0 ? { rejected } : {}) },
    {
      cause: last,
      status: last?.status,
      provider: last?.provider,
      model: last?.model,
      // The call may go through as soon as the first of its targets is free again.
      retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
    },
  );
}

function shortened(why: string): string {
  return why.length <= maxWhyChars ? why : `${why.slice(0, maxWhyChars - 1)}…`;
}

function nameOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}
