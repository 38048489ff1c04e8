/** Turns what undici and the operating system say into Loom's errors. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Target } from "../contract/target.ts";
import { type ErrorDetails, LoomError, loomError } from "../errors/index.ts";

/** The error of a request that got no answer. */
export function networkFault(
  cause: unknown,
  target: Pick<Target, "provider" | "model">,
  connectMs: number,
): LoomErrorLike {
  if (LoomError.is(cause)) return cause;
  const details = { provider: target.provider, model: target.model, cause };
  const code = errorCode(cause);
  if (code === "UND_ERR_CONNECT_TIMEOUT") {
    return loomError(
      "timed-out",
      `${target.provider}: no connection within ${connectMs} ms`,
      { phase: "connect", afterMs: connectMs },
      details,
    );
  }
  return loomError("connection-failed", `${target.provider}: ${describe(code, cause)}`, {}, details);
}

/** The error of a stream whose connection broke after it had begun. */
export function brokenStream(
  cause: unknown,
  provider: string,
  partsSeen: number,
  details: ErrorDetails,
): LoomErrorLike {
  if (LoomError.is(cause)) return cause;
  return loomError(
    "stream-broken",
    `${provider}: the stream broke after ${partsSeen} part(s): ${describe(errorCode(cause), cause)}`,
    { partsSeen },
    { ...details, cause },
  );
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is the server running, and is baseUrl right?",
  ENOTFOUND: "host not found; is baseUrl right?",
  EAI_AGAIN: "host name could not be looked up at the moment",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed while sending",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
};

/** Never the error's own message alone: it may quote what was sent. */
function describe(code: string, cause: unknown): string {
  const known = sentences[code];
  if (known !== undefined) return `${known} (${code})`;
  return code === ""
    ? `the request failed (${(cause as Error | null)?.name ?? typeof cause})`
    : `the request failed (${code})`;
}
