/** The machine's own clock. */

import type { Clock } from "../contract/services.ts";

/** Node's timers can be told not to keep the process alive; so can Deno's, through the same object. */
interface NodeTimer {
  unref?(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, options) {
    const timer = setTimeout(callback, delayMs);
    if (options?.background) (timer as unknown as NodeTimer).unref?.();
    return () => clearTimeout(timer);
  },
};
