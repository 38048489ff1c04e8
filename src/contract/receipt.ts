/** What happened to a call and why: the receipt, which is also the log row and the events of the trace. */

import type { Bill, Cost } from "./cost.ts";
import type { ErrorCode } from "./error-code.ts";
import type { Json } from "./json.ts";
import type { Usage } from "./usage.ts";

/** One request that went out to a vendor (or was about to). */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly upstreamModel: string;
  /** 1 for the first try of a target, counting up with each retry of it. */
  readonly attempt: number;
  /** Name of the account that was used, where a provider has several. */
  readonly account?: string;
  /** Milliseconds since the call began. */
  readonly startedMs: number;
  readonly latencyMs: number;
  /** From the attempt's start to its first content part; absent when none came. */
  readonly firstPartMs?: number;
  /** `rejected`: it answered, and the router's validator did not accept the answer. */
  readonly status: "running" | "ok" | "failed" | "cancelled" | "rejected";
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly status: number };
  /** What the vendor counted. A failed or cancelled attempt that has one was billed. */
  readonly usage?: Usage;
  /** Filled by the cost stage. */
  readonly bill?: Bill;
  readonly requestId?: string;
}

/** One decision, in order. */
export interface Step {
  /** Milliseconds since the call began. */
  readonly atMs: number;
  /** The stage or middleware that decided. */
  readonly by: string;
  /** What it decided, in a stable word: `hit`, `miss`, `joined`, `wait`, `skip` … */
  readonly what: string;
  readonly detail?: Json;
}

/** The whole story of one call. */
export interface Receipt {
  readonly callId: string;
  /** When the call began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly latencyMs: number;
  readonly firstPartMs?: number;
  readonly cache: "off" | "miss" | "hit" | "semantic-hit";
  readonly deduplicated: boolean;
  readonly steps: readonly Step[];
  readonly attempts: readonly Attempt[];
  readonly warnings: readonly Warning[];
  readonly cost?: Cost;
}

/** Something the caller should know that did not stop the call. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}
