/** LoomError: the one base class. Carries a code of the table; survives two copies of the package. */

import type { ErrorCode } from "../contract/error-code.ts";
import type { ErrorData, LoomErrorLike, Recovery } from "../contract/errors.ts";
import type { Receipt } from "../contract/receipt.ts";
import { errorTable } from "./table.ts";

/** On every LoomError, whichever copy of Loom made it: the class names it answers to. */
const marker: unique symbol = Symbol.for("loom.error.classes") as never;

/** What is known beside code, message and data. */
export interface ErrorDetails {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** The vendor's HTTP status. Default: the table's. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
  /** When the place that understood the failure knows better than the table. */
  readonly recovery?: Recovery | undefined;
}

/**
 * Every failure that Loom reports. Branch on `code`, or catch the subclass named in the table.
 *
 * Messages hold no keys, prompts or answers.
 */
export class LoomError<C extends ErrorCode = ErrorCode> extends Error implements LoomErrorLike {
  readonly code: C;
  readonly data: ErrorData[C];
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly recovery: Recovery;
  /** What happened to the call, when the error ended one. */
  trace: Receipt | undefined;

  constructor(code: C, message: string, data: ErrorData[C], details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const row = errorTable[code];
    this.code = code;
    this.data = data;
    this.provider = details.provider;
    this.model = details.model;
    this.status = details.status ?? row.status;
    this.retryAfterMs = details.retryAfterMs;
    this.requestId = details.requestId;
    this.recovery = details.recovery ?? row.recovery;
    this.trace = undefined;
  }

  /**
   * Whether `error` is a LoomError, of one of `codes` when any are given.
   *
   * @example
   * ```ts
   * import { LoomError } from "loom-router";
   * const error: unknown = new LoomError("rate-limited", "slow down", {}, { retryAfterMs: 2000 });
   * if (LoomError.is(error, "rate-limited")) console.log(error.retryAfterMs); // 2000
   * ```
   */
  static is<C extends ErrorCode = ErrorCode>(error: unknown, ...codes: readonly C[]): error is LoomError<C> {
    if (!answersTo(error, "LoomError")) return false;
    return codes.length === 0 || (codes as readonly ErrorCode[]).includes((error as LoomError).code);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return answersTo(value, this.className);
  }

  /** Stable name for `instanceof` across copies; minifiers do not touch it. */
  static readonly className: string = "LoomError";

  /** What may be logged: no cause, no stack. */
  toJSON(): Record<string, unknown> {
    const { code, message, status, provider, model, retryAfterMs, requestId, data } = this;
    return { name: this.name, code, message, status, provider, model, retryAfterMs, requestId, data };
  }
}

function answersTo(value: unknown, className: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  const classes = (value as { [marker]?: readonly string[] })[marker];
  return Array.isArray(classes) && classes.includes(className);
}

/** Gives a class its name and the marker that `instanceof` reads. */
export function brandClass(
  constructor: { prototype: object; className: string },
  parents: readonly string[],
): void {
  Object.defineProperty(constructor.prototype, "name", { value: constructor.className, configurable: true });
  Object.defineProperty(constructor.prototype, marker, { value: [constructor.className, ...parents] });
}

brandClass(LoomError, []);
