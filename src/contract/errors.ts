/** Error codes and the data each carries. The classes and the table of meanings are in `src/errors`. */

import type { AllowanceState } from "./allowance.ts";
import type { ErrorCode } from "./error-code.ts";
import type { Json } from "./json.ts";
import type { Attempt } from "./receipt.ts";

/** Every way a call or a start-up can fail, and what is known when it does. */
export interface ErrorData {
  /** `path` names the option, such as `retry.maxAttempts`. */
  readonly "config-invalid": { readonly path: string; readonly file?: string; readonly line?: number };
  readonly "plugin-invalid": { readonly plugin: string };
  /** `path` names the field of the request. */
  readonly "invalid-request": { readonly path?: string };
  readonly "model-not-found": { readonly suggestions?: readonly string[] };
  /** The provider, model or modality cannot do what was asked. */
  readonly "unsupported": { readonly feature: string };
  /** `names`: the variables that were looked for; `places`: where. */
  readonly "key-missing": { readonly names: readonly string[]; readonly places: readonly string[] };
  readonly "auth-rejected": object;
  readonly "permission-denied": object;
  readonly "quota-exhausted": object;
  readonly "rate-limited": object;
  readonly "overloaded": object;
  readonly "context-too-long": object;
  readonly "content-filtered": object;
  readonly "budget-exceeded": { readonly limitUsd: number; readonly estimateUsd: number | null };
  /** One of Loom's own limits, so neither retried nor failed over. */
  /** `limit`: which one, for example `requestsPerMinute` or `budget per day`; `scope`: whose. */
  readonly "limit-exceeded": {
    readonly limit: string;
    readonly scope?: string;
    readonly max?: number;
    readonly state?: AllowanceState;
  };
  /** `unavailable`: it found nothing, but could not judge, and is configured to let nothing through then. */
  readonly "guard-blocked": {
    readonly guard: string;
    readonly side?: "input" | "output";
    /** What was found, in the guard's words; never the text. */
    readonly kinds?: readonly string[];
    readonly unavailable?: boolean;
  };
  /** The vendor failed, with a 5xx status or in words. */
  readonly "provider-failed": object;
  /** The vendor answered something that is not an answer: HTML, half a JSON, an empty body. */
  readonly "invalid-reply": object;
  readonly "connection-failed": object;
  readonly "timed-out": { readonly phase: TimeoutPhase; readonly afterMs: number };
  /** The stream ended before its end. `partsSeen` counts content parts that came through. */
  readonly "stream-broken": { readonly partsSeen: number };
  readonly "breaker-open": object;
  readonly "aborted": object;
  /** Every target failed, or every answer was rejected; `rejected` holds the results that were paid for. */
  readonly "all-failed": { readonly attempts: readonly Attempt[]; readonly rejected?: readonly unknown[] };
  /** The answer does not fit the output schema; `text` is what came. */
  readonly "output-invalid": { readonly text: string };
  readonly "file-unreadable": { readonly file: string };
  readonly "file-unwritable": { readonly file: string };
  /** Rows of a dataset that have no answer; `failed` counts them. */
  readonly "rows-failed": { readonly failed: number };
  readonly "closed": object;
  readonly "internal": object;
}

/** The four deadlines. */
export type TimeoutPhase = "connect" | "first-part" | "idle" | "total";

/** What may be tried after an error: nothing, the same target again, or the next target of the plan. */
export type Recovery = "never" | "same-target" | "next-target";

/** An error as the contract sees it; at run time always an instance of `LoomError`. */
export interface LoomErrorLike extends Error {
  readonly code: ErrorCode;
  readonly data: Json | object;
  readonly recovery: Recovery;
  /** The vendor's HTTP status, or the one that fits the code. */
  readonly status: number;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** How long the vendor asked to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}
