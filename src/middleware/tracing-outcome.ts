/** How an end is told to OpenTelemetry: a failure is an error, a caller who left is not. */

import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import type { Outcome } from "../contract/reply.ts";

/** Longest message of a span's status. */
const maxMessageChars = 500;

/**
 * For spans and metrics alike. Loom's error codes are few and stable, as `error.type` wants it. As in the conventions for HTTP
 * clients, a call that its caller gave up has no error; it is marked instead, so that its cut-off duration can be told apart.
 */
export function outcomeAttributes(outcome: Outcome): Attributes {
  if (outcome.status === "failed") return { "error.type": outcome.error.code };
  return outcome.status === "cancelled" ? { "loom.cancelled": true } : {};
}

/** Leaves the status of everything that did not fail unset. @param worded whether it may say what failed in words */
export function setStatus(span: Span, outcome: Outcome, worded: boolean): void {
  if (outcome.status !== "failed") return;
  const message = outcome.error.message.slice(0, maxMessageChars);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(worded ? { message } : {}) });
}
