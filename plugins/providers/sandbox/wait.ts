/** Waits on the injected clock, and no longer than the call lives. */

import type { Cancellation, Clock } from "../../../src/plugin.ts";

/** @throws the reason of the cancellation */
export function wait(clock: Clock, ms: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    let off = () => {};
    const stop = clock.after(ms, () => {
      off();
      resolve();
    });
    off = cancellation.onCancel((reason) => {
      stop();
      reject(reason);
    });
  });
}
