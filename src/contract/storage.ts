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
  close?(): Promise<void> | void;
}
