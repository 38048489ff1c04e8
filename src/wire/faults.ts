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
  if (isClosed(code)) return closedFault(cause);
  if (code === "UND_ERR_INVALID_ARG") {
    // undici names the header, the path or the method, and quotes none of them.
    return loomError(
      "invalid-request",
      `${target.provider}: the request cannot be sent: ${
        (cause as Error).message
      }; look for line breaks and other ` +
        "characters that HTTP does not allow in the key, the headers or the address",
      {},
      { ...details, recovery: "next-target" },
    );
  }
  return loomError("connection-failed", `${target.provider}: ${describe(code, cause)}`, {}, details);
}

/** The error of using connections that were closed with their Loom. */
export function closedFault(cause?: unknown): LoomError {
  return loomError("closed", "this Loom was closed", {}, { cause });
}

/** The error of a stream whose connection broke after it had begun. */
export function brokenStream(cause: unknown, partsSeen: number, details: ErrorDetails): LoomErrorLike {
  if (LoomError.is(cause)) return cause;
  if (isClosed(errorCode(cause))) return closedFault(cause);
  return loomError(
    "stream-broken",
    `${details.provider}: the stream broke after ${partsSeen} part(s): ${describe(errorCode(cause), cause)}`,
    { partsSeen },
    { ...details, cause },
  );
}

/**
 * The error of a last event that no blank line closed and that makes no sense: the stream was cut inside of it. What the
 * vendor says in a whole event stays what it is.
 */
export function cutEvent(fault: LoomErrorLike, partsSeen: number, details: ErrorDetails): LoomErrorLike {
  if (fault.code !== "internal" && fault.code !== "invalid-reply") return fault;
  return loomError(
    "stream-broken",
    `${details.provider}: the stream ended inside an event, after ${partsSeen} part(s)`,
    { partsSeen },
    { ...details, cause: fault },
  );
}

/** The error of a stream that is silent: until its first part, or after it. */
export function silence(afterMs: number, partsSeen: number, details: ErrorDetails): LoomErrorLike {
  const phase = partsSeen === 0 ? "first-part" : "idle";
  const what = phase === "idle"
    ? `nothing more came for ${afterMs} ms`
    : `no part of the answer came within ${afterMs} ms`;
  return loomError("timed-out", `${details.provider}: ${what}`, { phase, afterMs }, details);
}

/** The error of a redirect. */
export function redirected(status: number, details: ErrorDetails): LoomError {
  return loomError(
    "invalid-reply",
    `${details.provider} answered with a redirect (${status}); it is not followed, because it would carry the key ` +
      "elsewhere. Set baseUrl to where it leads.",
    {},
    { ...details, recovery: "next-target" },
  );
}

/** The error of a body, or of one event of a stream, beyond the bounds. */
export function tooLarge(details: ErrorDetails, cause?: unknown): LoomError {
  return loomError("invalid-reply", `${details.provider}: the answer is larger than Loom accepts`, {}, {
    ...details,
    recovery: "next-target",
    cause,
  });
}

/** The error of a compressed body; none is ever asked for. */
export function wrongEncoding(encoding: string, details: ErrorDetails): LoomError {
  return loomError(
    "invalid-reply",
    `${details.provider} answered in the encoding "${encoding}", which was not asked for; is there a proxy in between?`,
    {},
    { ...details, recovery: "next-target" },
  );
}

function isClosed(code: string): boolean {
  return code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED";
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
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection was closed before the answer was complete",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
};

/** Never the error's own message alone: it may quote what was sent. */
function describe(code: string, cause: unknown): string {
  const known = sentences[code];
  if (known !== undefined) return `${known} (${code})`;
  if (code.startsWith("HPE_")) return `what came back is not HTTP (${code}); is baseUrl right?`;
  return code === ""
    ? `the request failed (${(cause as Error | null)?.name ?? typeof cause})`
    : `the request failed (${code})`;
}
