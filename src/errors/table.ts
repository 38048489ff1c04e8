/** The one table of error codes. Gateway, CLI, retry and breaker read its columns; nobody asks for classes. */

import type { ErrorCode } from "../contract/error-code.ts";
import type { Recovery } from "../contract/errors.ts";

export interface ErrorRow {
  /** Name of the class that callers catch. */
  readonly class: string;
  /** HTTP status for the gateway, and for errors that never had one from a vendor. */
  readonly status: number;
  /** What may be tried next, unless the place that understood the failure knew better. */
  readonly recovery: Recovery;
  /** Exit code of the CLI, after sysexits.h. */
  readonly exit: number;
  /** Whether a breaker counts it as the target's fault. */
  readonly targetFault: boolean;
  /** One sentence for people. */
  readonly meaning: string;
}

function row(
  className: string,
  status: number,
  recovery: Recovery,
  exit: number,
  targetFault: boolean,
  meaning: string,
): ErrorRow {
  return { class: className, status, recovery, exit, targetFault, meaning };
}

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = {
  "config-invalid": row(
    "ConfigError",
    500,
    "never",
    78,
    false,
    "An option or a config file is wrong; the message names the path and what was expected.",
  ),
  "plugin-invalid": row(
    "PluginError",
    500,
    "never",
    78,
    false,
    "A plugin could not be found, loaded or made; the message names it and the fix.",
  ),
  "invalid-request": row(
    "InvalidRequestError",
    400,
    "never",
    65,
    false,
    "The request is malformed, or the vendor refused it as malformed.",
  ),
  "model-not-found": row(
    "ModelNotFoundError",
    404,
    "next-target",
    65,
    false,
    "Neither the catalog nor the vendor knows this model; the message suggests near names.",
  ),
  "unsupported": row(
    "UnsupportedError",
    400,
    "next-target",
    65,
    false,
    "This provider, model or modality cannot do what was asked.",
  ),
  "key-missing": row(
    "AuthError",
    401,
    "next-target",
    77,
    false,
    "No key was found; the message names the variables and where they were looked for.",
  ),
  "auth-rejected": row("AuthError", 401, "next-target", 77, false, "The vendor refused the key."),
  "permission-denied": row(
    "AuthError",
    403,
    "next-target",
    77,
    false,
    "The key is good but may not do this (model, region, project).",
  ),
  "quota-exhausted": row(
    "RateLimitError",
    429,
    "next-target",
    75,
    false,
    "The account has no quota or money left; waiting a moment does not help.",
  ),
  "rate-limited": row(
    "RateLimitError",
    429,
    "same-target",
    75,
    false,
    "Too many requests or tokens for now; retryAfterMs says how long, when the vendor does.",
  ),
  "overloaded": row(
    "ProviderError",
    503,
    "same-target",
    69,
    true,
    "The vendor has no capacity at the moment.",
  ),
  "context-too-long": row(
    "ContextLengthError",
    400,
    "next-target",
    65,
    false,
    "Input and output do not fit into the model's context.",
  ),
  "content-filtered": row(
    "ContentFilterError",
    400,
    "never",
    65,
    false,
    "The vendor's safety system refused the input or stopped the answer.",
  ),
  "budget-exceeded": row("BudgetError", 402, "never", 75, false, "The call would cost more than it may."),
  "limit-exceeded": row(
    "LimitError",
    429,
    "never",
    75,
    false,
    "One of Loom's own limits was reached; no vendor was asked.",
  ),
  "guard-blocked": row("GuardError", 400, "never", 65, false, "A guard blocked the input or the answer."),
  "provider-failed": row("ProviderError", 502, "same-target", 69, true, "The vendor failed to answer."),
  "invalid-reply": row(
    "ProviderError",
    502,
    "same-target",
    69,
    true,
    "The vendor sent something that is not an answer.",
  ),
  "connection-failed": row(
    "ProviderError",
    502,
    "same-target",
    69,
    true,
    "The connection could not be made or broke before the answer began.",
  ),
  "timed-out": row(
    "TimeoutError",
    504,
    "same-target",
    75,
    true,
    "One of the four deadlines passed; data.phase says which.",
  ),
  "stream-broken": row(
    "StreamBrokenError",
    502,
    "same-target",
    69,
    true,
    "The stream ended before the answer did; what came until then was delivered.",
  ),
  "breaker-open": row(
    "ProviderError",
    503,
    "next-target",
    69,
    false,
    "The target failed too often just now and is left alone for a while.",
  ),
  "aborted": row("AbortedError", 499, "never", 130, false, "The caller gave up."),
  "all-failed": row(
    "AllFailedError",
    502,
    "never",
    69,
    false,
    "Every candidate failed or was rejected; data.attempts says how.",
  ),
  "output-invalid": row("OutputError", 502, "never", 65, false, "The answer does not fit the output schema."),
  "file-unreadable": row(
    "FileError",
    500,
    "never",
    66,
    false,
    "A file is not there, may not be read, or is broken.",
  ),
  "file-unwritable": row(
    "FileError",
    500,
    "never",
    73,
    false,
    "A file may not be written, is there already, or the disk is full.",
  ),
  "rows-failed": row(
    "DatasetError",
    502,
    "never",
    1,
    false,
    "A dataset was done as far as possible; some rows have no answer, and the output says why.",
  ),
  "closed": row("ClosedError", 503, "never", 70, false, "This Loom was closed."),
  "internal": row(
    "InternalError",
    500,
    "never",
    70,
    false,
    "A fault in Loom or a plugin; please report it with the cause.",
  ),
};
