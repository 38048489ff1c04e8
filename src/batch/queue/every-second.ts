/** Does something again and again while a job runs, never twice at once. */

import type { Clock } from "../../contract/services.ts";

export interface EverySecond {
  /** Once more at once, or after the one that is under way. */
  now(): Promise<void>;
  /** Settles when nothing is under way; no further one begins. */
  stop(): Promise<void>;
}

/** @param failed told of what `work` throws; the next turn comes all the same */
export function everySecond(
  clock: Pick<Clock, "after">,
  work: () => Promise<void>,
  failed: (error: unknown) => void,
  everyMs = 1_000,
): EverySecond {
  let stopped = false;
  let cancel: (() => void) | undefined;
  let last: Promise<void> = Promise.resolve();

  const now = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    return last = last.then(work).catch(failed).then(() => {
      if (!stopped) cancel ??= clock.after(everyMs, () => void now());
    });
  };
  return {
    now,
    async stop() {
      stopped = true;
      cancel?.();
      await last;
    },
  };
}
