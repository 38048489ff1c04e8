/** Faults on request: the errors that a vendor would have caused. */

import { type Attempting, type LoomError, loomError, type Target } from "../../../src/plugin.ts";

/** `params.sandbox.fault`. */
export interface FaultOptions {
  /** The HTTP status that the vendor would have sent. */
  readonly status?: number | undefined;
  /** The error's code, where the status alone does not say it. */
  readonly code?: FaultCode | undefined;
  /** How long the vendor asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Only the first so many attempts at a target fail. Default: all. */
  readonly attempts?: number | undefined;
  /** Waits so long before it fails; alone, it answers late. */
  readonly latencyMs?: number | undefined;
  /**
   * Breaks the stream off after so many parts that the caller sees, at the latest before its end; with `status` or `code`, as
   * that error. A whole answer breaks off as well.
   */
  readonly cutAfterParts?: number | undefined;
  /** Sends something that is no answer: at once, or after `cutAfterParts`. */
  readonly malformed?: true | undefined;
}

/** The codes that a vendor's failure may have. */
export const faultCodes = [
  "invalid-request",
  "model-not-found",
  "auth-rejected",
  "permission-denied",
  "quota-exhausted",
  "rate-limited",
  "overloaded",
  "context-too-long",
  "content-filtered",
  "provider-failed",
  "invalid-reply",
  "connection-failed",
  "timed-out",
  "stream-broken",
] as const;

export type FaultCode = typeof faultCodes[number];

/** The fault that befalls this attempt, if one does. */
export function faultOf(fault: FaultOptions | undefined, ctx: Attempting): FaultOptions | undefined {
  return fault !== undefined && ctx.attempt <= (fault.attempts ?? Infinity) ? fault : undefined;
}

/** Whether the call fails before an answer begins. */
export function failsAtOnce(fault: FaultOptions): boolean {
  return !breaksOff(fault) && (fault.status !== undefined || fault.code !== undefined);
}

/** Whether an answer begins and breaks off. A whole answer then never arrives. */
export function breaksOff(fault: FaultOptions): boolean {
  return fault.malformed === true || fault.cutAfterParts !== undefined;
}

const byStatus: Readonly<Record<number, FaultCode>> = {
  401: "auth-rejected",
  402: "quota-exhausted",
  403: "permission-denied",
  404: "model-not-found",
  408: "provider-failed",
  413: "context-too-long",
  429: "rate-limited",
  503: "overloaded",
  529: "overloaded",
};

/** The error of a fault. `partsSeen`: how many parts the caller has seen of a stream before it. */
export function faultError(fault: FaultOptions, target: Target, partsSeen?: number): LoomError {
  const { status, retryAfterMs, latencyMs = 0 } = fault;
  const code = codeOf(fault, partsSeen !== undefined);
  const details = { provider: target.provider, model: target.model, status, retryAfterMs };
  const message = `the sandbox was asked to fail${
    status === undefined ? "" : ` with status ${status}`
  } (${code})`;
  switch (code) {
    case "timed-out":
      return loomError(code, message, { phase: "first-part", afterMs: latencyMs }, details);
    case "stream-broken":
      return loomError(code, message, { partsSeen: partsSeen ?? 0 }, details);
    default:
      return loomError(code, message, {}, details);
  }
}

function codeOf({ code, status, malformed }: FaultOptions, streamed: boolean): FaultCode {
  if (code !== undefined) return code;
  if (status === undefined) {
    if (malformed) return "invalid-reply";
    // A whole answer that breaks off never began, as far as its reader can tell.
    return streamed ? "stream-broken" : "connection-failed";
  }
  return byStatus[status] ?? (status < 500 ? "invalid-request" : "provider-failed");
}
