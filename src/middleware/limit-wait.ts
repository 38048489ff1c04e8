/** Waits for a store's answer, but not for ever, and not for a caller who has left. */

import type { Planned } from "../contract/context.ts";
import type { Clock } from "../contract/services.ts";
import type { Held } from "../contract/storage.ts";

/** Stores bound their operations themselves; this is for those that do not. */
const patienceMs = 5_000;

/** Never rejects. Without `held` nobody knows whether anything was taken. */
export function heldInTime(
  asked: PromiseLike<Held>,
  { cancellation }: Planned,
  clock: Clock,
): Promise<{ readonly held: Held } | { readonly held?: undefined; readonly fault: unknown }> {
  return new Promise((resolve) => {
    let stopListening = () => {};
    const failed = (fault: unknown) => {
      stop();
      resolve({ fault });
    };
    const stopTimer = clock.after(
      patienceMs,
      () => failed(new Error(`the store did not answer within ${patienceMs} ms`)),
    );
    const stop = () => {
      stopTimer();
      stopListening();
    };
    stopListening = cancellation.onCancel(failed);
    asked.then((held) => {
      stop();
      resolve({ held });
    }, failed);
  });
}
