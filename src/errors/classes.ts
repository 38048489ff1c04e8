/** The error classes of the table, and the one function that makes an error of the right class from a code. */

import type { ErrorCode } from "../contract/error-code.ts";
import type { ErrorData } from "../contract/errors.ts";
import { brandClass, type ErrorDetails, LoomError } from "./loom-error.ts";
import { errorTable } from "./table.ts";

/** A key is missing, refused, or may not do this: a matter of configuration. */
export class AuthError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "AuthError";
}
/** Too much for now (`rate-limited`) or for the account (`quota-exhausted`). */
export class RateLimitError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "RateLimitError";
}
/** Nobody knows this model; `data.suggestions` holds near names. */
export class ModelNotFoundError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "ModelNotFoundError";
}
/** Anything else that went wrong with the call to a vendor. */
export class ProviderError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "ProviderError";
}
/** A deadline passed; `data.phase` says which. */
export class TimeoutError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "TimeoutError";
}
/** A stream ended before its answer did. */
export class StreamBrokenError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "StreamBrokenError";
}
/** Input and output do not fit the model. */
export class ContextLengthError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "ContextLengthError";
}
/** The vendor's safety system said no. */
export class ContentFilterError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "ContentFilterError";
}
/** Every candidate failed or was rejected. */
export class AllFailedError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "AllFailedError";
}
/** The answer does not fit the output schema. */
export class OutputError<C extends ErrorCode = ErrorCode> extends ProviderError<C> {
  static override readonly className: string = "OutputError";
}
/** The request is malformed; `data.path` names the field where Loom found it. */
export class InvalidRequestError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "InvalidRequestError";
}
/** This target cannot do what was asked. */
export class UnsupportedError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "UnsupportedError";
}
/** An option or config file is wrong; `data.path` names it. */
export class ConfigError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "ConfigError";
}
/** A plugin cannot be used; `data.plugin` names it. */
export class PluginError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "PluginError";
}
/** The call would cost more than it may. */
export class BudgetError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "BudgetError";
}
/** One of Loom's own limits was reached. */
export class LimitError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "LimitError";
}
/** A guard blocked the call. */
export class GuardError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "GuardError";
}
/** The caller gave up. */
export class AbortedError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "AbortedError";
}
/** A file could not be read or written. */
export class FileError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "FileError";
}
/** A dataset was not done in full. */
export class DatasetError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "DatasetError";
}
/** The Loom was closed. */
export class ClosedError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "ClosedError";
}
/** A fault in Loom or a plugin. */
export class InternalError<C extends ErrorCode = ErrorCode> extends LoomError<C> {
  static override readonly className: string = "InternalError";
}

type ErrorClass = typeof LoomError;

/** Every class by name; the table's `class` column points here. */
export const errorClasses: Readonly<Record<string, ErrorClass>> = {
  AuthError,
  RateLimitError,
  ModelNotFoundError,
  ProviderError,
  TimeoutError,
  StreamBrokenError,
  ContextLengthError,
  ContentFilterError,
  AllFailedError,
  OutputError,
  InvalidRequestError,
  UnsupportedError,
  ConfigError,
  PluginError,
  BudgetError,
  LimitError,
  GuardError,
  AbortedError,
  FileError,
  DatasetError,
  ClosedError,
  InternalError,
};

for (const constructor of Object.values(errorClasses)) {
  const parent = Object.getPrototypeOf(constructor) as ErrorClass;
  brandClass(constructor, parent === LoomError ? ["LoomError"] : [parent.className, "LoomError"]);
}

/**
 * Makes the error of a code, as an instance of the class the table names.
 *
 * @example
 * ```ts
 * import { loomError, RateLimitError } from "loom-router/plugin";
 * const error = loomError("rate-limited", "slow down", {}, { provider: "acme", retryAfterMs: 1000 });
 * console.log(error instanceof RateLimitError); // true
 * ```
 */
export function loomError<C extends ErrorCode>(
  code: C,
  message: string,
  data: ErrorData[C],
  details?: ErrorDetails,
): LoomError<C> {
  const constructor = errorClasses[errorTable[code].class] ?? LoomError;
  return new constructor(code, message, data, details) as LoomError<C>;
}

/** Gives back LoomErrors as they are and wraps everything else as `internal`, so that nothing untyped leaves the chain. */
export function toLoomError(error: unknown, where: string): LoomError {
  if (LoomError.is(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return loomError("internal", `${where} threw: ${text}`, {}, { cause: error });
}
