/** Accounts at a provider, as the adapter stage sees them: one, or a pool to choose from. */

import type { Attempting } from "../contract/context.ts";
import type { Outcome } from "../contract/reply.ts";
import type { Secret } from "../contract/secret.ts";
import type { LoomError } from "../errors/index.ts";

/** How a key is found, and who is told of how it fares. */
export interface Account {
  /** Absent: the provider has only this one. */
  readonly name?: string;
  /** The key for the next attempt. Synchronous unless a vault must be asked. */
  key(ctx: Attempting): Secret | undefined | Promise<Secret | undefined>;
  /** The vendor refused the key. True: another one may be there now, so that one more try makes sense. */
  keyRejected(): boolean;
  /** An attempt has begun. */
  began?(): void;
  /** An attempt has ended, however it ended. */
  ended?(outcome: Outcome): void;
}

/** An account of a pool, lent for one try. */
export interface LentAccount extends Account {
  readonly name: string;
  /** The vendor has begun to answer well with it. */
  answered(): void;
  /** The try is over. */
  release(): void;
}

/** Several accounts of one provider. */
export interface AccountPool {
  /** This call's place in the order of calls. A promise, of bounded length, when other processes have to be asked. */
  turn(): number | Promise<number>;
  /**
   * The account for the next try: `preferred` when it is well, otherwise as the strategy says, none of `tried`.
   * `undefined`: none is left.
   */
  choose(
    turn: number,
    tried: ReadonlySet<string>,
    preferred: string | undefined,
  ): LentAccount | undefined;
  /** What a call fails with for which no account is left; `last` is what its last try failed with. */
  exhausted(last: LoomError | undefined): LoomError;
}
