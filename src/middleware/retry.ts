/** The retry stage: tries a target again where the error says that may help, until the answer has begun. */

import type { Attempting } from "../contract/context.ts";
import type { MiddlewareInPlace } from "../contract/middleware.ts";
import type { Clock, Random } from "../contract/services.ts";
import { LoomError } from "../errors/index.ts";
import { attempting, commit } from "../kernel/index.ts";
import { type Backoff, backoffMs, sleep } from "../util/backoff.ts";
import { numberOption } from "./check-option.ts";

export interface RetryOptions {
  /** The first try included. Default 3. */
  readonly maxAttempts?: number;
  /** Most that the first wait may take. Default 500. */
  readonly baseDelayMs?: number;
  /** Most that any wait may take when the vendor names none. Default 30,000. */
  readonly maxDelayMs?: number;
  /** Each wait may be this many times as long as the one before. Default 2. */
  readonly factor?: number;
}

export interface RetryServices {
  readonly clock: Clock;
  readonly random: Random;
}

/** A vendor that asks for more patience than this is not waited for; the call moves on, or fails at once. */
const maxRetryAfterMs = 60_000;

/** Makes the stage. @throws LoomError `config-invalid` */
export function retryStage(options: RetryOptions, services: RetryServices): MiddlewareInPlace<"retry"> {
  const { clock, random } = services;
  const maxAttempts = numberOption("retry.maxAttempts", options.maxAttempts, 3, {
    min: 1,
    max: 100,
    whole: true,
  });
  const backoff: Backoff = {
    baseDelayMs: numberOption("retry.baseDelayMs", options.baseDelayMs, 500, { min: 0, max: 3_600_000 }),
    maxDelayMs: numberOption("retry.maxDelayMs", options.maxDelayMs, 30_000, { min: 0, max: 3_600_000 }),
    factor: numberOption("retry.factor", options.factor, 2, { min: 1, max: 100 }),
  };

  return {
    name: "retry",
    stage: "retry",
    replaces: "retry",
    reentrant: true,
    async handle(ctx, next) {
      for (let attempt = 1;; attempt++) {
        try {
          const reply = await next(attempt === 1 ? ctx : attempting(ctx, ctx.target, attempt));
          return reply.parts === undefined ? await commit(reply) : reply;
        } catch (error) {
          const waitMs = patience(ctx, error, attempt);
          if (waitMs === undefined || !LoomError.is(error)) throw error;
          const { provider, model } = ctx.target;
          ctx.ledger.step("retry", "wait", { waitMs, code: error.code, attempt });
          ctx.emit("retry", { provider, model, waitMs, error });
          await sleep(waitMs, clock, ctx.cancellation);
        }
      }
    },
  };

  /** How long to wait before trying again; `undefined`: not at all, and the receipt says why. */
  function patience(ctx: Attempting, error: unknown, attempt: number): number | undefined {
    if (!LoomError.is(error) || error.recovery !== "same-target") return undefined;
    if (maxAttempts === 1 || ctx.cancellation.reason !== undefined) return undefined;
    const { code, retryAfterMs } = error;
    const giveUp = (reason: string, detail: { readonly [key: string]: number } = {}) => {
      ctx.ledger.step("retry", "give-up", { reason, code, attempt, ...detail });
      return undefined;
    };
    if (attempt >= maxAttempts) return giveUp("attempts");
    // A vendor that asks for 0, or for nonsense, leaves the choice to Loom.
    const asked = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : undefined;
    if (asked !== undefined && asked > maxRetryAfterMs) return giveUp("retry-after", { retryAfterMs: asked });
    const waitMs = asked ?? backoffMs(attempt, backoff, random);
    if (waitMs >= ctx.deadlineMs - clock.monotonic()) return giveUp("deadline", { waitMs });
    return waitMs;
  }
}
