/** Errors of Google's client as Loom's: what happened, without the request and its token, which hang on the originals. */

import { type ErrorCode, LoomError, loomError } from "../../../src/plugin.ts";

/** gRPC's numbers, which the client uses over REST as well. */
const notFound = 5;
const meanings: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  3: ["invalid-request", "INVALID_ARGUMENT"],
  4: ["connection-failed", "DEADLINE_EXCEEDED"],
  7: ["permission-denied", "PERMISSION_DENIED"],
  8: ["rate-limited", "RESOURCE_EXHAUSTED"],
  9: ["invalid-request", "FAILED_PRECONDITION"],
  13: ["provider-failed", "INTERNAL"],
  14: ["overloaded", "UNAVAILABLE"],
  16: ["auth-rejected", "UNAUTHENTICATED"],
};

interface ClientError {
  readonly code?: unknown;
  readonly message?: unknown;
}

export function isNotFound(error: unknown): boolean {
  return (error as ClientError | undefined)?.code === notFound;
}

export function failureOf(error: unknown, resource: string): LoomError {
  if (LoomError.is(error)) return error;
  const { code, message } = (error ?? {}) as ClientError;
  const known = typeof code === "number" ? meanings[code] : undefined;
  // A JSON parser quotes what it stumbled over, which in a credentials file is a piece of a private key.
  const words = String(message ?? "").replace(/, \.{0,3}"[^]*" is not valid JSON/, " is not valid JSON")
    .replace(/\s+/g, " ").slice(0, 300);
  const reason = known === undefined ? `the client failed: ${words}` : `${known[1]}: ${words}`;
  return loomError(
    (known?.[0] ?? "provider-failed") as "provider-failed",
    `GCP Secret Manager, reading ${resource}: ${reason}`,
    {},
  );
}
