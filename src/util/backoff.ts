/** How long to wait before the next attempt, and the waiting itself. */

import type { Cancellation } from "../contract/cancellation.ts";
import type { Clock, Random } from "../contract/services.ts";

/** How waits grow. */
export interface Backoff {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Each wait may be this many times as long as the one before. */
  readonly factor: number;
}

/** Full jitter: anything up to the grown delay, so that callers who failed together do not come back together. */
export function backoffMs(attempt: number, backoff: Backoff, random: Random): number {
  const grownMs = backoff.baseDelayMs * backoff.factor ** (attempt - 1);
  return random() * Math.min(backoff.maxDelayMs, grownMs);
}

/** Waits. @throws the reason, at once, when cancelled first; the timer is taken back */
export function sleep(waitMs: number, clock: Clock, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation.reason !== undefined) return reject(cancellation.reason);
    const stopListening = cancellation.onCancel((reason) => {
      stopTimer();
      reject(reason);
    });
    const stopTimer = clock.after(waitMs, () => {
      stopListening();
      resolve();
    });
  });
}
