/** What has to be done beside writing: calls are summed up, and what is old is forgotten. */

import type { Clock, Logger } from "../../../src/plugin.ts";
import type { Desk } from "./desk.ts";

export interface Upkeep {
  /** Sums up what was written, and stops. */
  close(): Promise<void>;
}

/** Questions read what is not summed up yet from the calls themselves, so this much of it is cheap. */
const summariseMs = 10_000;
const sweepMs = 3_600_000;

/** Others do the same to the file; a process that ends shall not take long to. */
const lastRounds = 5;

export function upkeep(desk: Desk, clock: Clock, logger: Logger): Upkeep {
  let closed = false;
  let failing = false;
  let sweepAtMs = -Infinity;
  let working: Promise<void> | undefined;
  let stopTimer = schedule(0);

  function schedule(delayMs: number): () => void {
    return clock.after(delayMs, () => working = work(), { background: true });
  }

  async function work(): Promise<void> {
    try {
      // First, because it says what is not worth being summed up any more.
      if (clock.now() >= sweepAtMs) {
        while (!closed && await desk.ask("sweep", clock.now()));
        sweepAtMs = clock.now() + sweepMs;
      }
      while (!closed && await desk.ask("summarise"));
      failing = false;
    } catch (error) {
      if (!failing && !closed) {
        const why = error instanceof Error ? error.message : String(error);
        logger.warn(`the sink sqlite could not sum up its calls; it will try again: ${why}`);
      }
      failing = true;
    }
    if (!closed) stopTimer = schedule(summariseMs);
  }

  return {
    async close() {
      closed = true;
      stopTimer();
      await working;
      try {
        for (let round = 0; round < lastRounds && await desk.ask("summarise"); round++);
      } catch {
        // The next process that opens the file sums up what is left.
      }
    },
  };
}
