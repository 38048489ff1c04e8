/** What a middleware knows: contexts, immutable, that widen as a call goes inward. */

import type { AllowanceState } from "./allowance.ts";
import type { Call } from "./call.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Bill, Cost } from "./cost.ts";
import type { Events } from "./events.ts";
import type { Json } from "./json.ts";
import type { Attempt, Receipt } from "./receipt.ts";
import type { Plan, Target } from "./target.ts";

/** Outside of `resolve`: the call is known, its targets are not. */
export interface Context {
  /** Unique in this process and, by its random prefix, across processes. */
  readonly id: string;
  readonly call: Call;
  readonly cancellation: Cancellation;
  /** `cancellation.signal`: aborts when the caller leaves or the total deadline passes. */
  readonly signal: AbortSignal;
  /** When the total deadline passes, in the injected clock's milliseconds. */
  readonly deadlineMs: number;
  /** The money and the attempts of this call; shared by all contexts of one call. */
  readonly ledger: Ledger;
  /** Writes one decision into the receipt. `name` is the middleware's own name. */
  note(name: string, detail?: Json): void;
  /** Tells those who listen with `loom.on`. Costs nothing when nobody does. */
  emit<K extends keyof Events>(type: K, data: Events[K]): void;
  /** The same context with other fields, to hand inward. */
  with(change: { readonly call?: Call; readonly cancellation?: Cancellation }): this;
}

/** Inside of `resolve`: names are resolved. */
export interface Planned extends Context {
  readonly plan: Plan;
  /** Canonical text of everything that changes the answer, tenant included. Computed on first use, then kept. */
  readonly key: string;
}

/** Inside of `failover`: one target is being tried. */
export interface Attempting extends Planned {
  readonly target: Target;
  /** 1 for the first try of this target. */
  readonly attempt: number;
}

/** The running account of one call, from which the receipt is made. */
export interface Ledger {
  readonly attempts: readonly Attempt[];
  /** The target of the attempt at this index of `attempts`. */
  targetOf(index: number): Target;
  /** Begins an attempt; the entry's `close` ends it, once. */
  open(ctx: Attempting, account?: string): LedgerEntry;
  /** Writes one decision. */
  step(by: string, what: string, detail?: Json): void;
  warn(code: string, message: string): void;
  /** What the caller should know, so far. */
  readonly warnings: Receipt["warnings"];
  cache: Receipt["cache"];
  deduplicated: boolean;
  /** What a stored answer had cost when it was made; set by the cache stage on a hit. `null`: unknown. */
  savedNanoUsd: number | null | undefined;
  /** What is left of the caller's allowances after this call was let in; set by the limit stage. */
  allowance: AllowanceState | undefined;
  /** Set by the cost stage when the reply has ended. */
  cost: Cost | undefined;
  /** Enters what an attempt cost. */
  price(index: number, bill: Bill): void;
  /** Stops the call's clock; only the first time counts. */
  end(): void;
  receipt(): Receipt;
}

export interface LedgerEntry {
  readonly attempt: Attempt;
  /** Notes the first content part. */
  firstPart(): void;
  update(change: Partial<Pick<Attempt, "usage" | "requestId" | "bill" | "status">>): void;
  /** Ends the attempt; later calls do nothing. */
  close(status: Attempt["status"], change?: Partial<Pick<Attempt, "error" | "usage" | "requestId">>): void;
}
