/** Errors as Anthropic's API puts them. */

import type { Json, LoomErrorLike } from "../../../contract/index.ts";

/** @see https://platform.claude.com/docs/en/api/errors */
const types: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

export function anthropicError(error: LoomErrorLike, status: number, requestId: string): Json {
  const type = types.get(status) ?? (status < 500 ? "invalid_request_error" : "api_error");
  return { type: "error", error: { type, message: messageOf(error) }, request_id: requestId };
}

/** An event that ends a stream in place of `message_stop`. */
export function anthropicErrorEvent(error: LoomErrorLike, status: number, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(anthropicError(error, status, requestId))}\n\n`;
}

const tooLong = "prompt is too long";

/** Clients shorten the conversation when they read these words, whichever vendor it was too long for. */
function messageOf({ code, message }: LoomErrorLike): string {
  return code !== "context-too-long" || message.toLowerCase().includes(tooLong)
    ? message
    : `${tooLong}: ${message}`;
}
