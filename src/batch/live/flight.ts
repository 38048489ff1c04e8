/** Lets rows start: as many at a time as the vendor takes, those that it sent away before new ones. */

import type { Clock } from "../../contract/services.ts";
import type { Concurrency } from "./concurrency.ts";

export interface Flight {
  /** Rows under way, those that wait for another turn included. */
  readonly size: number;
  /**
   * Room for a new row; to be asked by one reader at a time.
   *
   * @returns `undefined`: there is some now; otherwise wait and ask again
   */
  room(): Promise<void> | undefined;
  /** A row starts. */
  enter(): void;
  /** A row has ended. */
  leave(): void;
  /**
   * A row that was under way waits for another turn. Settles with false when there will be none.
   *
   * @param restMs how long it keeps its place and does nothing before that
   */
  again(restMs?: number): Promise<boolean>;
  /** Settles when some row has ended, or at once when none is under way. */
  change(): Promise<void>;
  /** Settles when nothing is under way. */
  idle(): Promise<void>;
  /** No more turns for anybody. What is under way goes on. */
  halt(): void;
}

/** @param paused told how long nobody may start, when somebody waits for it */
export function flight(
  limits: Concurrency,
  clock: Pick<Clock, "monotonic" | "after">,
  paused: (leftMs: number) => void = () => {},
): Flight {
  let size = 0;
  let halted = false;
  const waiting: ((turn: boolean) => void)[] = [];
  const resting = new Set<() => void>();
  let changed: (() => void)[] = [];
  let reader: (() => void) | undefined;
  let stopTimer: (() => void) | undefined;

  function begin(): void {
    size++;
    limits.started();
  }

  function queue(row: (turn: boolean) => void): void {
    size--;
    waiting.push(row);
    dispatch();
  }

  function hasRoom(): boolean {
    return size < limits.limit(clock.monotonic());
  }

  /** Gives the turns that there are. */
  function dispatch(): void {
    while (waiting.length > 0 && (halted || hasRoom())) {
      const next = waiting.shift();
      if (!halted) begin();
      next?.(!halted);
    }
    if (reader !== undefined && (halted || waiting.length === 0 && hasRoom())) {
      const tell = reader;
      reader = undefined;
      tell();
    }
    if (reader !== undefined || waiting.length > 0) wakeAfterPause();
    if (changed.length > 0) {
      const all = changed;
      changed = [];
      for (const tell of all) tell();
    }
  }

  /** While a pause holds nobody may come back to give the next turn. */
  function wakeAfterPause(): void {
    const leftMs = limits.pausedUntilMs - clock.monotonic();
    stopTimer?.();
    stopTimer = undefined;
    if (!(leftMs > 0)) {
      // It ended between two looks at the clock, and nobody else may come to give the next turn.
      if (hasRoom()) dispatch();
      return;
    }
    paused(leftMs);
    stopTimer = clock.after(leftMs, () => {
      stopTimer = undefined;
      dispatch();
    });
  }

  function change(): Promise<void> {
    return size === 0 && waiting.length === 0
      ? Promise.resolve()
      : new Promise((resolve) => changed.push(resolve));
  }

  return {
    get size() {
      return size + waiting.length;
    },
    room() {
      if (halted || waiting.length === 0 && hasRoom()) return undefined;
      return new Promise((resolve) => {
        reader = resolve;
        wakeAfterPause();
      });
    },
    enter: begin,
    leave() {
      size--;
      dispatch();
    },
    again(restMs = 0) {
      return new Promise((resolve) => {
        if (halted || restMs === 0) return queue(resolve);
        const wake = () => {
          resting.delete(wake);
          stopRest();
          queue(resolve);
        };
        const stopRest = clock.after(restMs, wake);
        resting.add(wake);
      });
    },
    change,
    async idle() {
      while (size > 0 || waiting.length > 0) await change();
      stopTimer?.();
    },
    halt() {
      halted = true;
      stopTimer?.();
      stopTimer = undefined;
      for (const wake of resting) wake();
      dispatch();
    },
  };
}
