/** Places that keep things: caches for answers, stores for shared state. */

import type { Part } from "./part.ts";
import type { Target } from "./target.ts";

/** A stored answer. */
export interface CachedAnswer {
  /** Which target made it. */
  readonly target: Pick<Target, "provider" | "modality" | "model" | "upstreamModel">;
  /** Complete parts only: texts joined, no pieces of tool calls. */
  readonly parts: readonly Part[];
  /** What the answer cost when it was made, in nano-USD; `null` when unknown. */
  readonly nanoUsd: number | null;
  /** Id of the call that made it. */
  readonly callId: string;
  readonly storedAtMs: number;
}

/** Keeps answers. Bounded in time, and in entries or bytes where it holds them itself. */
export interface Cache {
  /** Whether other processes see the same entries. */
  readonly shared: boolean;
  /** A synchronous answer is taken as it is, without a turn of the event loop. */
  get(key: string): CachedAnswer | undefined | Promise<CachedAnswer | undefined>;
  set(key: string, answer: CachedAnswer): void | Promise<void>;
  delete(key: string): void | Promise<void>;
  clear(): void | Promise<void>;
  close?(): Promise<void> | void;
}

/** Keeps small shared state: counters, health, reservations. All operations are atomic. */
export interface Store {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, options?: { readonly ttlMs?: number }): Promise<void>;
  /** Adds and gives the new value; a new key starts at 0 and lives for `ttlMs`. */
  add(key: string, amount: number, options?: { readonly ttlMs?: number }): Promise<number>;
  delete(key: string): Promise<void>;
  /**
   * Takes all of `holds` under one name, or none of them. What is taken counts against its bound until `settle`, or until
   * `leaseMs` have passed: a process that died gives back what it had taken. A synchronous answer is taken as it is.
   *
   * A name is good for one lease. @throws when it is taken, or was settled lately
   */
  hold(lease: string, holds: readonly Hold[], leaseMs: number): Held | Promise<Held>;
  /**
   * Ends a lease: everything that was taken is given back, and what was truly used is counted, in the order of `holds`, on
   * their counters. These may be others than those of the lease: what became known late may count in a later period.
   *
   * A lease that had expired, or that nobody took, is not given back again, and its use is counted all the same. Settled a
   * second time, within some minutes, nothing happens: who does not know whether it was settled may settle it again.
   */
  settle(lease: string, holds: readonly Hold[], used: readonly number[]): void | Promise<void>;
  close?(): Promise<void> | void;
}

/** An amount that is to fit under a bound, together with what is there already. */
export interface Hold {
  /** The counter. It belongs to `hold` and `settle`; `get` and `add` see nothing of it. */
  readonly counter: string;
  /** 0 or more; whole numbers add up exactly. 0 always fits: it only asks for the level. */
  readonly amount: number;
  /** Most that used and held may be together, this amount included. */
  readonly max: number;
  /** How long the counter is kept after its first use, and while it is held; for counters that name their period. */
  readonly ttlMs?: number;
  /** The counter of the period before; `weight` (0 to 1) of what is used and held there still counts: a window that slides. */
  readonly before?: { readonly counter: string; readonly weight: number };
}

/** Whether holds were taken. */
export interface Held {
  readonly ok: boolean;
  /** Used and held of each counter, in the order of the holds, these holds included when they were taken. */
  readonly levels: readonly number[];
  /** Index of the first hold that did not fit. */
  readonly full?: number;
  /** What the level of that one is made of, so that it can be said when it frees. */
  readonly parts?: LevelParts;
}

/** What a level is the sum of. */
export interface LevelParts {
  readonly used: number;
  readonly held: number;
  /** What still counts of the period before. */
  readonly before: number;
}
