/** Counters of the store `sqlite`: memory is the truth; what was counted is written behind. */

import {
  type Clock,
  type KeptCounter,
  type Logger,
  type Reservations,
  reservations,
} from "../../../src/plugin.ts";
import { type DatabaseSync, sweeper } from "./database.ts";

export interface KeptCounters extends Pick<Reservations, "hold" | "settle"> {
  /** Writes what is not written. @throws what SQLite says when it cannot be */
  close(): void;
}

/** Between attempts to write to a disk that is full or gone. */
const longestPauseMs = 5_000;

/** @param flushMs 0: each settlement is written before it returns */
export function keptCounters(
  database: DatabaseSync,
  clock: Clock,
  logger: Logger,
  flushMs: number,
): KeptCounters {
  const write = database.prepare("INSERT OR REPLACE INTO counters (name, used, until_ms) VALUES (?, ?, ?)");
  const sweep = sweeper(database, "counters", "name");
  const counters = reservations(clock, changed);
  const unwritten = new Map<string, KeptCounter>();
  let stopTimer: (() => void) | undefined;
  let failures = 0;

  /** The wall clock's milliseconds less those that leases and periods are measured in. */
  const offsetMs = () => clock.now() - clock.monotonic();

  for (const row of database.prepare("SELECT name, used, until_ms FROM counters").iterate()) {
    const { name, used, until_ms: untilMs } = row as { name: string; used: number; until_ms: number | null };
    if (untilMs !== null && untilMs <= clock.now()) continue;
    counters.restore({ name, used, untilMs: untilMs === null ? Infinity : untilMs - offsetMs() });
  }

  function changed(counter: KeptCounter): void {
    unwritten.set(counter.name, counter);
    if (flushMs > 0) stopTimer ??= clock.after(flushMs, inBackground, { background: true });
  }

  function flush(): void {
    stopTimer?.();
    stopTimer = undefined;
    if (unwritten.size === 0) return;
    const [nowMs, offset] = [clock.now(), offsetMs()];
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const { name, used, untilMs } of unwritten.values()) {
        write.run(name, used, untilMs === Infinity ? null : untilMs + offset);
      }
      // More than can have ended since the last time, so that the file does not grow with every minute.
      sweep(nowMs);
      database.exec("COMMIT");
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
    unwritten.clear();
    if (failures > 0) logger.info("the store sqlite writes again; nothing that was counted is lost");
    failures = 0;
  }

  function inBackground(): void {
    try {
      flush();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (failures++ === 0) {
        logger.error(
          `the store sqlite cannot write; limits hold until this process ends, then what it counted is lost: ${why}`,
        );
      }
      const pauseMs = Math.min(longestPauseMs, Math.max(flushMs, 50) * 2 ** Math.min(failures, 10));
      stopTimer = clock.after(pauseMs, inBackground, { background: true });
    }
  }

  return {
    hold: counters.hold,
    settle(lease, holds, used) {
      counters.settle(lease, holds, used);
      if (flushMs === 0 && stopTimer === undefined) inBackground();
    },
    close: flush,
  };
}
