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
import { judge, type ToResult } from "./judge.ts";

export interface FailoverServices {
  readonly clock: Clock;
  /** What a call's validator is shown. */
  readonly toResult: ToResult;
}

/** What became of one target, for the message. */
interface Loss {
  readonly target: Target;
  readonly why: string;
}

/** Longest story of one target, and most targets told of, in the message of `all-failed`. */
const maxWhyChars = 200;
const maxTold = 8;

export function failoverStage(services: FailoverServices): MiddlewareInPlace<"failover"> {
  return {
    name: "failover",
    stage: "failover",
    replaces: "failover",
    reentrant: true,
    async handle(ctx, next) {
      const { targets } = ctx.plan;
      if (targets.length === 1 && ctx.call.accept === undefined) {
        const reply = await next(attempting(ctx, targets[0], 1));
        return reply.parts === undefined ? await commit(reply) : reply;
      }
      return await walk(ctx, next, services);
    },
  };
}

async function walk(
  ctx: Planned,
  next: (ctx: Attempting) => Promise<Reply>,
  { clock, toResult }: FailoverServices,
): Promise<Reply> {
  const { plan: { targets }, call: { accept }, ledger } = ctx;
  const losses: Loss[] = [];
  const errors: LoomError[] = [];
  const rejected: unknown[] = [];
  for (const [index, target] of targets.entries()) {
    const inner = attempting(ctx, target, 1);
    let error: LoomError;
    try {
      const reply = await commit(await next(inner));
      if (accept === undefined) return reply;
      const parts = await collect(reply);
      const verdict = await judge(inner, accept, parts, toResult);
      if (verdict.accepted) return ctx.call.stream ? replay(reply, parts) : wholeReply(reply, parts);
      if ("result" in verdict) rejected.push(verdict.result);
      markRejected(ledger, target);
      ledger.step("failover", "reject", { target: nameOf(target), reason: verdict.reason });
      losses.push({ target, why: `rejected: ${verdict.reason}` });
      error = rejectionError(target, verdict.reason);
    } catch (fault) {
      if (!LoomError.is(fault) || !mayMoveOn(ctx, fault, clock)) throw fault;
      if (targets.length === 1) throw fault;
      error = fault;
      errors.push(fault);
      losses.push({ target, why: `${fault.code}: ${fault.message}` });
    }
    const following = targets[index + 1];
    if (following === undefined) break;
    const [from, to] = [nameOf(target), nameOf(following)];
    ledger.step("failover", "leave", { from, to, code: error.code });
    ctx.emit("failover", { from, to, error });
  }
  throw allFailed(ledger, losses, errors, rejected);
}

/** Whether another target may do better, and there is still somebody and some time to try it for. */
function mayMoveOn(ctx: Planned, error: LoomErrorLike, clock: Clock): boolean {
  return error.recovery !== "never" && ctx.cancellation.reason === undefined &&
    clock.monotonic() < ctx.deadlineMs;
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
