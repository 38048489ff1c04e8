/** A clock on which waits of seconds are over at once, for tests with real sockets; it remembers how long they would have been. */

import type { Clock } from "../../src/contract/services.ts";
import { systemClock } from "../../src/runtime/clock.ts";

export interface HurriedClock extends Clock {
  /** The waits that were cut short, in milliseconds, in their order. */
  readonly waits: readonly number[];
}

/** Short waits are real, and so are the deadlines of calls, which are longer, and all that is in the background. */
export function hurriedClock(shortestMs = 200, longestMs = 15_000): HurriedClock {
  const waits: number[] = [];
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after(delayMs, callback, options) {
      if (delayMs < shortestMs || delayMs > longestMs || options?.background === true) {
        return systemClock.after(delayMs, callback, options);
      }
      waits.push(delayMs);
      return systemClock.after(1, callback, options);
    },
    waits,
  };
}
