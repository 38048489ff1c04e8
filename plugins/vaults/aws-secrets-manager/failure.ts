/** Errors of Amazon's SDK as Loom's: what happened and what helps, without what the SDK hangs onto its errors. */

import { type ErrorCode, LoomError, loomError } from "../../../src/plugin.ts";

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  /** On errors that the service itself sent. */
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export function isNotFound(error: unknown): boolean {
  return (error as SdkError | undefined)?.name === "ResourceNotFoundException";
}

const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: "permission-denied",
  DecryptionFailure: "permission-denied",
  ExpiredTokenException: "auth-rejected",
  UnrecognizedClientException: "auth-rejected",
  InvalidClientTokenId: "auth-rejected",
  InvalidSignatureException: "auth-rejected",
  CredentialsProviderError: "auth-rejected",
  ThrottlingException: "rate-limited",
  TimeoutError: "connection-failed",
};

/**
 * The SDK's error does not come along as a cause: it carries the request with its signature, and when an answer does not
 * parse, the answer with its secret. For the same reason only the service's own words are repeated.
 */
export function failureOf(error: unknown, id: string): LoomError {
  if (LoomError.is(error)) return error;
  const { name, message, code, $fault, $metadata } = (error ?? {}) as SdkError;
  const kind = typeof name === "string" ? name : "Error";
  const known: ErrorCode = codes[kind] ??
    (typeof code === "string" ? "connection-failed" : "provider-failed");
  const words = $fault !== undefined || kind === "CredentialsProviderError"
    ? String(message).slice(0, 300)
    : code;
  if (kind === "Error" && /^Region is missing/.test(String(message))) {
    const path = "vault.region";
    return loomError(
      "config-invalid",
      "AWS Secrets Manager: the region is missing; set vault.region or AWS_REGION",
      { path },
    );
  }
  const reason = [kind, words].filter((part) => typeof part === "string" && part !== "").join(": ");
  return loomError(
    known as "provider-failed",
    `AWS Secrets Manager, reading ${id}: ${reason}`,
    {},
    { status: $metadata?.httpStatusCode, requestId: $metadata?.requestId },
  );
}
