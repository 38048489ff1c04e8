/** Whose failure it is: the row's own, the vendor's, or the job's, which every further row would meet alike. */

import { LoomError } from "../../errors/index.ts";
import type { Attempt, ErrorCode } from "../../index.ts";

/**
 * `job`: asking on would spend time and money on nothing. `congestion`: the vendor wants fewer calls, and the same row may be
 * asked again. `vendor`: it failed, after all tries. `stopped`: somebody said so. `row`: this row will never be answered.
 */
export type Verdict = "job" | "congestion" | "vendor" | "stopped" | "row";

const verdicts: Readonly<Partial<Record<ErrorCode, Verdict>>> = {
  "config-invalid": "job",
  "plugin-invalid": "job",
  "model-not-found": "job",
  "unsupported": "job",
  "key-missing": "job",
  "auth-rejected": "job",
  "permission-denied": "job",
  "quota-exhausted": "job",
  "budget-exceeded": "job",
  "rate-limited": "congestion",
  "overloaded": "congestion",
  "breaker-open": "congestion",
  "limit-exceeded": "congestion",
  "provider-failed": "vendor",
  "invalid-reply": "vendor",
  "connection-failed": "vendor",
  "timed-out": "vendor",
  "stream-broken": "vendor",
  "internal": "vendor",
  "aborted": "stopped",
  "closed": "stopped",
};

export function verdictOf(error: LoomError): Verdict {
  if (LoomError.is(error, "all-failed")) return ofAttempts(error.data.attempts);
  return verdicts[error.code] ?? "row";
}

/** With fallbacks: of the job only where no candidate can ever answer; and while one is only busy, it may yet. */
function ofAttempts(attempts: readonly Attempt[]): Verdict {
  const met = new Set(attempts.map(({ error }) => (error && verdicts[error.code]) ?? "row"));
  if (met.size === 0) return "vendor";
  if (met.size === 1 && met.has("job")) return "job";
  if (met.has("stopped")) return "stopped";
  if (met.has("congestion")) return "congestion";
  return met.has("row") ? "row" : "vendor";
}
