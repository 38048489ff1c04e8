/** Which failures send a call on to the next target of its plan. */

import type { ErrorCode } from "../contract/error-code.ts";
import type { LoomErrorLike } from "../contract/errors.ts";

export interface MoveOnOptions {
  /** Statuses of vendors' answers after which the next target is tried. Default: as the table of errors says. */
  readonly retryCodes?: readonly number[];
  /** Move on, too, when a vendor's safety system refuses. Default false. */
  readonly contentPolicyFallback?: boolean;
}

/** Failures that are no answer of a vendor, and so have no status to go by; and what does not fit, which another may take. */
const unanswered: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "key-missing",
  "unsupported",
  "breaker-open",
  "connection-failed",
  "timed-out",
  "stream-broken",
  "context-too-long",
]);

/**
 * What must not be repeated, and what Loom itself refuses, never moves on, whatever statuses are named. A malformed request
 * does when its status is.
 */
export function moveOnRule(options: MoveOnOptions): (error: LoomErrorLike) => boolean {
  const { contentPolicyFallback = false } = options;
  const statuses = options.retryCodes === undefined ? undefined : new Set(options.retryCodes);
  return ({ code, recovery, status }) => {
    if (code === "content-filtered") return contentPolicyFallback || recovery !== "never";
    if (statuses === undefined || unanswered.has(code)) return recovery !== "never";
    return (recovery !== "never" || code === "invalid-request") && statuses.has(status);
  };
}
