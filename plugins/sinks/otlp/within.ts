/** Waits for work that nobody can hurry, but not for ever. */

import type { Clock } from "../../../src/plugin.ts";

/** Settles with the work, or after the time, whichever is first: true, when it was the work, however that ended. */
export async function within(ms: number, clock: Clock, work: Promise<unknown>): Promise<boolean> {
  return await new Promise((resolve) => {
    const giveUp = clock.after(ms, () => resolve(false));
    const done = () => {
      giveUp();
      resolve(true);
    };
    work.then(done, done);
  });
}
