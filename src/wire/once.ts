/** Requests that begin paid work: when nobody can tell whether one arrived, it must not be sent again. */

import { type ErrorDetails, LoomError, loomError } from "../errors/index.ts";

/** Failures before anything was sent. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
]);

/** Statuses that a proxy gives when it does not know what became of the request. */
const unclear = new Set([408, 499, 502, 504, 524]);

/**
 * The error with recovery `never`, when the vendor may have taken the request all the same; any other error as it is.
 *
 * @returns what to throw
 */
export function uncertain(error: unknown): unknown {
  if (!LoomError.is(error) || error.recovery === "never" || !mayHaveArrived(error)) return error;
  const { code, data, message, provider, model, status, requestId } = error;
  const details: ErrorDetails = { provider, model, status, requestId, cause: error, recovery: "never" };
  return loomError(
    code as "provider-failed",
    `${message}; the vendor may have begun the work all the same, so it is not asked again`,
    data as object,
    details,
  );
}

function mayHaveArrived({ code, status, cause }: LoomError): boolean {
  if (code === "connection-failed" || code === "timed-out") {
    return !neverSent.has((cause as { readonly code?: string } | undefined)?.code ?? "");
  }
  if (code === "invalid-reply") return true;
  return code === "provider-failed" && unclear.has(status);
}
