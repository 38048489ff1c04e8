/** Errors as OpenAI's API puts them, for every format that follows it. */

import type { ErrorCode, Json, LoomErrorLike } from "../../contract/index.ts";

/** OpenAI's `type` where the status alone does not say it. */
const types: Partial<Record<ErrorCode, string>> = {
  "quota-exhausted": "insufficient_quota",
  "budget-exceeded": "insufficient_quota",
  "limit-exceeded": "requests",
  "rate-limited": "requests",
};

/**
 * OpenAI's `code`, by which its clients tell errors of one status apart; they stop trying at `insufficient_quota`. `null` where
 * OpenAI gives none.
 */
const codes: Partial<Record<ErrorCode, string | null>> = {
  "invalid-request": null,
  "unsupported": "unsupported_value",
  "model-not-found": "model_not_found",
  "key-missing": "invalid_api_key",
  "auth-rejected": "invalid_api_key",
  "context-too-long": "context_length_exceeded",
  "content-filtered": "content_filter",
  "guard-blocked": "content_filter",
  "quota-exhausted": "insufficient_quota",
  "budget-exceeded": "insufficient_quota",
  "rate-limited": "rate_limit_exceeded",
  "limit-exceeded": "rate_limit_exceeded",
  "overloaded": "server_is_overloaded",
};

/** The body of an error. @see https://platform.openai.com/docs/guides/error-codes */
export function openaiError(error: LoomErrorLike, status: number): { readonly error: Json } {
  const { path, limit } = error.data as { readonly path?: string; readonly limit?: string };
  const spent = error.code === "limit-exceeded" && limit?.startsWith("budget") === true;
  // Behind a 502 it was not the caller's key that was refused; behind a 503 no guard has found anything.
  const unjudged = status === 503 && error.code === "guard-blocked";
  const code = status === 502 || unjudged ? undefined : codes[error.code];
  return {
    error: {
      message: error.message,
      type: spent
        ? "insufficient_quota"
        : limit === "tokensPerMinute"
        ? "tokens"
        : types[error.code] ?? (status < 500 ? "invalid_request_error" : "server_error"),
      param: path ?? (error.code === "context-too-long" ? "messages" : null),
      code: spent
        ? "insufficient_quota"
        : code === undefined
        ? error.code.replaceAll("-", "_")
        : code ?? (path === undefined ? null : "invalid_value"),
    },
  };
}
