/** What happens while calls run, for `loom.on`. Each event carries the id of its call. */

import type { Call } from "./call.ts";
import type { Attempt } from "./receipt.ts";
import type { LoomErrorLike } from "./errors.ts";
import type { CallRecord } from "./sink.ts";

export interface Events {
  "call-start": { readonly call: Call };
  "call-end": CallRecord;
  "attempt-start": { readonly provider: string; readonly model: string; readonly attempt: number };
  "attempt-end": Attempt;
  /** The call waits before its next attempt. */
  "retry": {
    readonly provider: string;
    readonly model: string;
    readonly waitMs: number;
    readonly error: LoomErrorLike;
  };
  /** The call leaves a target for the next one. */
  "failover": { readonly from: string; readonly to: string; readonly error: LoomErrorLike };
  "cache-hit": { readonly key: string };
  /** The cache could not be asked or written; the call went on without it. */
  "cache-error": { readonly operation: "get" | "set"; readonly error: unknown };
  /** A guard found something, or could not judge. `shadow`: nothing was done about it. */
  "guard": {
    readonly guard: string;
    readonly action: "flag" | "redact" | "block" | "unavailable";
    readonly side: "input" | "output";
    /** What was found, in the guard's words; never the text. */
    readonly kinds: readonly string[];
    readonly count: number;
    readonly shadow: boolean;
    /** Why it could not judge. */
    readonly error?: unknown;
  };
  "dedup-join": { readonly callId: string };
  "breaker-change": {
    readonly provider: string;
    readonly model: string;
    readonly state: "open" | "half-open" | "closed";
  };
  /** A sink threw; the record was dropped. */
  "sink-error": { readonly sink: string; readonly error: unknown };
}

export type EventListener<K extends keyof Events> = (data: Events[K], callId: string) => void;
