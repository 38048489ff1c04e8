/** What callers are told of a failure: its status, and headers by which their clients know whether to try again. */

import type { LoomErrorLike } from "../../contract/index.ts";
import { LoomError } from "../../errors/index.ts";
import type { Headers } from "../http/exchange.ts";

export interface Fault {
  readonly error: LoomErrorLike;
  readonly status: number;
  readonly headers: Headers;
}

/** Failures that the next try would meet again; the vendors' clients honour the header. */
const lasting: ReadonlySet<string> = new Set([
  "key-missing",
  "auth-rejected",
  "permission-denied",
  "quota-exhausted",
  "budget-exceeded",
  "config-invalid",
  "plugin-invalid",
  "internal",
]);

export function faultOf(error: LoomErrorLike): Fault {
  const headers: Headers = {};
  const status = statusOf(error);
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && (status === 429 || status === 503)) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    headers["retry-after-ms"] = String(Math.max(0, Math.round(retryAfterMs)));
  }
  if (lasting.has(codeOf(error))) headers["x-should-retry"] = "false";
  return { error, status, headers };
}

/**
 * A vendor that refuses the gateway's own key has not refused the caller's: who calls can do nothing about it, and must not
 * take it for a fault of the key it holds.
 */
function statusOf(error: LoomErrorLike): number {
  const code = codeOf(error);
  const vendors = error.provider !== undefined;
  if (vendors && (code === "auth-rejected" || code === "key-missing")) return 502;
  return error.status >= 400 && error.status < 600 ? error.status : 500;
}

/** When every target failed, the last of them says why. */
function codeOf(error: LoomErrorLike): LoomErrorLike["code"] {
  return error.code === "all-failed" && LoomError.is(error.cause) ? error.cause.code : error.code;
}
