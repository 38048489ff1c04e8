/** The health of an account: what failures make of it, and when it may be asked again. */

import type { ErrorCode } from "../../contract/error-code.ts";
import type { LoomErrorLike } from "../../contract/errors.ts";

export type AccountHealth = "healthy" | "quota-exceeded" | "unhealthy";

export interface Health {
  readonly status: AccountHealth;
  /** When it may be asked again, in milliseconds since the epoch; 0 while it is healthy. */
  readonly untilMs: number;
  /** The failure that made it so. */
  readonly code?: ErrorCode;
}

export interface HealthPolicy {
  readonly healthCheckIntervalMs: number;
  readonly quotaCooldownMs: number;
}

export const healthy: Health = { status: "healthy", untilMs: 0 };

/** A vendor that names a longer wait than this is not believed. */
const longestCooldownMs = 7 * 86_400_000;

/** What an attempt's failure at `nowMs` makes of an account. */
export function afterFailure(
  health: Health,
  { code, retryAfterMs }: Pick<LoomErrorLike, "code" | "retryAfterMs">,
  nowMs: number,
  { healthCheckIntervalMs, quotaCooldownMs }: HealthPolicy,
): Health {
  switch (code) {
    case "quota-exhausted": {
      const asked = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : quotaCooldownMs;
      return { status: "quota-exceeded", untilMs: nowMs + Math.min(asked, longestCooldownMs), code };
    }
    case "auth-rejected":
    case "permission-denied":
    case "key-missing":
      return { status: "unhealthy", untilMs: nowMs + healthCheckIntervalMs, code };
  }
  // Any other failure of an account on trial proves nothing: it is tried again an interval later.
  return isDue(health, nowMs) ? { ...health, untilMs: nowMs + healthCheckIntervalMs } : health;
}

/** The health at `nowMs`: a cool-down ends by itself, a refusal only with a good answer. */
export function healthAt(health: Health, nowMs: number): Health {
  return health.status === "quota-exceeded" && health.untilMs <= nowMs ? healthy : health;
}

/** Whether a refused account may be tried again. */
export function isDue({ status, untilMs }: Health, nowMs: number): boolean {
  return status === "unhealthy" && untilMs <= nowMs;
}

/**
 * Whether a refused account is still better than none. A missing permission may be that of one model only, and a missing key
 * costs nothing to look for again; a refused key would be refused again.
 */
export function isLastResort({ status, code }: Health): boolean {
  return status === "unhealthy" && code !== "auth-rejected";
}
