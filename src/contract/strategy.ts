/** Strategies: how the order of a plan's targets is chosen for one call. */

import type { Context } from "./context.ts";
import type { Attempt } from "./receipt.ts";
import type { Target } from "./target.ts";

export interface Strategy {
  /** Gives the same targets in the order in which they shall be tried. */
  order(targets: readonly Target[], ctx: Context): readonly Target[];
  /** Told of every attempt that ended, for strategies that learn. */
  ended?(attempt: Attempt, target: Target): void;
  close?(): Promise<void> | void;
}
