/** Those who want to hear of every record: of this process at once, of others that write to the file each second. */

import type { CallRecord, Clock, Logger } from "../../../src/plugin.ts";
import type { Desk } from "./desk.ts";

export interface Followers {
  tell(record: CallRecord): void;
  follow(listener: (record: CallRecord) => void): () => void;
  close(): void;
}

const lookMs = 1000;
/** Readings in one second, of some hundred records each. */
const mostRounds = 10;

export function followers(desk: Desk, clock: Clock, logger: Logger, writer: number): Followers {
  const listeners = new Set<(record: CallRecord) => void>();
  /** The newest that was looked at; unknown while nobody follows. */
  let lastId: number | undefined;
  let looking = false;
  let stopTimer: (() => void) | undefined;

  function tell(record: CallRecord): void {
    for (const listener of listeners) {
      try {
        listener(record);
      } catch (error) {
        listeners.delete(listener);
        logger.warn(`a follower of the sink sqlite failed, and hears no more: ${String(error)}`);
      }
    }
  }

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      let seen = lastId ?? await desk.ask("newestId");
      for (let round = 1; listeners.size > 0; round++) {
        const { records, lastId: upTo } = await desk.ask("written", seen, writer);
        for (const record of records) tell(record);
        seen = upTo;
        if (records.length === 0) break;
        // Whoever cannot keep up with the others goes on with what is new.
        if (round === mostRounds) {
          seen = await desk.ask("newestId");
          break;
        }
      }
      lastId = seen;
    } catch (error) {
      logger.debug(`the sink sqlite could not look for calls of others: ${String(error)}`);
    } finally {
      looking = false;
    }
    if (listeners.size === 0) lastId = undefined;
    else stopTimer = clock.after(lookMs, () => void look(), { background: true });
  }

  return {
    tell,
    follow(listener) {
      // The same function may follow twice.
      const own = (record: CallRecord) => listener(record);
      listeners.add(own);
      if (listeners.size === 1) {
        stopTimer?.();
        void look();
      }
      return () => void listeners.delete(own);
    },
    close() {
      listeners.clear();
      stopTimer?.();
    },
  };
}
