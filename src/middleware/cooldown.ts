/** Cool-downs: targets that asked for patience, or failed too often, are put behind the others for a while. */

import { LRUCache } from "lru-cache";
import type { Attempting } from "../contract/context.ts";
import type { ErrorCode } from "../contract/error-code.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { MiddlewareBefore } from "../contract/middleware.ts";
import type { Clock } from "../contract/services.ts";
import type { Target } from "../contract/target.ts";
import { errorTable, LoomError, loomError } from "../errors/index.ts";
import { observe } from "../kernel/index.ts";
import { numberOption } from "./check-option.ts";

export interface CooldownOptions {
  /** Fewer failures than this within the window cool nothing down. Default 3. */
  readonly failures?: number;
  /** How far back calls count. Default 60,000. */
  readonly windowMs?: number;
  /** How long a target stays behind. Default 30,000. */
  readonly cooldownMs?: number;
}

/** What is asked of cool-downs when targets are put in order. */
export interface Cooldowns {
  isCooling(target: Target): boolean;
  /** Stands next to the adapter and sees every attempt, those that are tried again included. */
  readonly link: MiddlewareBefore<"adapter">;
}

/** What another try a moment later does not mend. */
const lasting: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "auth-rejected",
  "permission-denied",
  "key-missing",
  "quota-exhausted",
  "model-not-found",
]);

/** A vendor that asks for more patience than this is not waited for while another target is free. */
const patienceMs = 2_000;

/** A vendor that asks for more patience than this is asked again sooner, if only as the last resort. */
const maxCooldownMs = 600_000;
const maxTargets = 1_000;

interface Health {
  /** Calls and failures of this half of the window, and of the half before. */
  calls: number;
  failures: number;
  callsBefore: number;
  failuresBefore: number;
  halfBeganMs: number;
  sinceMs: number;
  untilMs: number;
}

/**
 * Where the breaker turns calls away, this only puts targets last, so it may judge sooner: by rate limits, which no breaker
 * counts, and by what a vendor asks for with Retry-After.
 *
 * @param elsewhere whether failover has a target left for this call, and would take it after this error
 * @throws LoomError `config-invalid`
 */
export function cooldowns(
  options: CooldownOptions,
  clock: Clock,
  elsewhere: (ctx: Attempting, error: LoomErrorLike) => boolean = () => false,
): Cooldowns {
  const path = "routing.cooldown";
  const minFailures = numberOption(`${path}.failures`, options.failures, 3, { min: 1, whole: true });
  const windowMs = numberOption(`${path}.windowMs`, options.windowMs, 60_000, { min: 100 });
  const cooldownMs = numberOption(`${path}.cooldownMs`, options.cooldownMs, 30_000, { min: 1 });
  const records = new LRUCache<string, Health>({ max: maxTargets });

  function recordOf(target: Target): Health {
    const name = nameOf(target);
    const nowMs = clock.monotonic();
    let record = records.get(name);
    if (record === undefined) {
      records.set(
        name,
        record = {
          calls: 0,
          failures: 0,
          callsBefore: 0,
          failuresBefore: 0,
          halfBeganMs: nowMs,
          sinceMs: 0,
          untilMs: 0,
        },
      );
    }
    const passedMs = nowMs - record.halfBeganMs;
    if (passedMs >= windowMs / 2) {
      const recent = passedMs < windowMs;
      record.callsBefore = recent ? record.calls : 0;
      record.failuresBefore = recent ? record.failures : 0;
      record.calls = record.failures = 0;
      record.halfBeganMs = nowMs;
    }
    return record;
  }

  function failed(target: Target, error: LoomErrorLike): void {
    const { code, retryAfterMs = 0 } = error;
    if (code === "aborted" || code === "closed") return;
    const record = recordOf(target);
    record.calls++;
    if (lasting.has(code)) return cool(record, Math.max(cooldownMs, retryAfterMs));
    if (code !== "rate-limited" && !errorTable[code].targetFault) return;
    record.failures++;
    if (retryAfterMs > 0) return cool(record, retryAfterMs);
    const failures = record.failures + record.failuresBefore;
    const calls = record.calls + record.callsBefore;
    // A target is not judged by its very first call.
    if (calls > 1 && failures >= minFailures && failures > calls / 2) cool(record, cooldownMs);
  }

  function cool(record: Health, ms: number): void {
    const nowMs = clock.monotonic();
    record.sinceMs = nowMs;
    record.untilMs = Math.max(record.untilMs, nowMs + Math.min(ms, maxCooldownMs));
  }

  /** An answer to a call that began before the trouble did says nothing about whether it is over. */
  function answered(target: Target, beganMs: number): void {
    const record = recordOf(target);
    record.calls++;
    if (record.untilMs > 0 && beganMs > record.sinceMs) record.untilMs = 0;
  }

  return {
    isCooling: (target) => (records.get(nameOf(target))?.untilMs ?? 0) > clock.monotonic(),
    link: {
      name: "cooldown",
      stage: "adapter",
      before: true,
      async handle(ctx, next) {
        const { target } = ctx;
        const beganMs = clock.monotonic();
        try {
          return observe(await next(), {
            end: (outcome) => {
              if (outcome.status === "ok") answered(target, beganMs);
              else failed(target, outcome.error);
            },
          });
        } catch (error) {
          if (!LoomError.is(error)) throw error;
          failed(target, error);
          if (error.recovery !== "same-target" || (error.retryAfterMs ?? 0) <= patienceMs) throw error;
          throw elsewhere(ctx, error) ? leaving(error) : error;
        }
      },
    },
  };
}

/** The same error, after which the target is not waited for. */
function leaving(error: LoomError): LoomError {
  const { code, message, data, provider, model, status, retryAfterMs, requestId } = error;
  const details = { provider, model, status, retryAfterMs, requestId, cause: error.cause };
  return loomError(code as "rate-limited", message, data as object, { ...details, recovery: "next-target" });
}

function nameOf({ provider, upstreamModel }: Target): string {
  return `${provider}/${upstreamModel}`;
}
