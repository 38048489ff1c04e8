/** A clock that stands still until a test moves it. */

import { setImmediate } from "node:timers";
import type { Clock } from "../contract/services.ts";

/** A clock under the test's control. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward and runs what falls due, in order. Before the first timer and after each one, pending promise
   * chains run to their end, so a timer that they set anew within the span fires in the same call. `advance(0)` only lets
   * promises settle and runs timers without delay.
   *
   * Overlapping calls queue up. Rejects with what a timer's callback threw; the timers left over stay pending.
   */
  advance(ms: number): Promise<void>;
  /** How many timers are waiting. */
  readonly pending: number;
}

/** More firings in one `advance` are taken for a timer that sets itself anew forever. */
const maxFirings = 10_000;

/** 2026-01-01T00:00:00Z: a fixed beginning, so that no test depends on the day it runs. */
const defaultStartMs = 1_767_225_600_000;

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * Makes a clock that reads `startMs` and does not move by itself. `monotonic()` begins at 0.
 *
 * @example
 * ```ts
 * import { fakeClock } from "loom-router/testing";
 * const clock = fakeClock();
 * let rang = false;
 * clock.after(1000, () => rang = true);
 * await clock.advance(999);
 * console.log(rang, clock.pending); // false 1
 * await clock.advance(1);
 * console.log(rang, clock.pending); // true 0
 * ```
 */
export function fakeClock(startMs: number = defaultStartMs): FakeClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;
  let running: Promise<void> = Promise.resolve();

  async function move(ms: number): Promise<void> {
    const untilMs = elapsedMs + ms;
    await settle();
    for (let firings = 0;; firings++) {
      const timer = earliest(timers);
      if (timer === undefined || timer.dueMs > untilMs) break;
      if (firings >= maxFirings) {
        throw new Error(`fakeClock: ${maxFirings} timers fired within ${ms} ms; does one set itself anew?`);
      }
      timers.delete(timer);
      elapsedMs = Math.max(elapsedMs, timer.dueMs);
      timer.callback();
      await settle();
    }
    elapsedMs = untilMs;
  }

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback) {
      const timer: Timer = { dueMs: elapsedMs + Math.max(0, delayMs || 0), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      if (!(ms >= 0 && ms < Infinity)) {
        return Promise.reject(new RangeError(`fakeClock: advance(ms) wants 0 or more, not ${ms}`));
      }
      const moved = running.then(() => move(ms));
      running = moved.catch(() => {});
      return moved;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** The timer that is due first; among equals the one set first. */
function earliest(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
  return first;
}

/** Lets every promise chain that waits for nothing else run to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
