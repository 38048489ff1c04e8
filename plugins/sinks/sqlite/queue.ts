/** Records on their way to the file: a bounded queue, written in batches, again and again while the file takes nothing. */

import type { CallRecord, Clock, Logger } from "../../../src/plugin.ts";
import type { Desk } from "./desk.ts";
import { type StoredCall, storedCall } from "./stored-call.ts";

export interface QueueOptions {
  readonly maxQueued: number;
  readonly flushMs: number;
  /** Tells this process's records from those of others. */
  readonly writer: number;
}

export interface RecordQueue {
  /** Never throws, never waits. */
  push(record: CallRecord): void;
  /** Settles when everything pushed so far is in the file, or dropped. @throws what the file says, when it takes nothing */
  flush(): Promise<void>;
  /** One that is not written yet. */
  find(callId: string): CallRecord | undefined;
  readonly dropped: number;
  /** The last try; what is left is dropped. */
  close(): Promise<void>;
}

/** Records that one message carries: as many as this thread can make ready in a millisecond or two. */
const batchSize = 200;
const longestPauseMs = 30_000;
/** Between two words about records that are dropped. */
const quietMs = 60_000;

/** Faults of a record, not of the file: trying again would be in vain. */
const hopeless = /constraint|datatype mismatch|too big|cannot store|could not be cloned/i;

export function recordQueue(desk: Desk, clock: Clock, logger: Logger, options: QueueOptions): RecordQueue {
  const { maxQueued, flushMs, writer } = options;
  const queue: CallRecord[] = [];
  /** Out of the queue, and not known to be written. */
  let batch: readonly CallRecord[] = [];
  let stored: readonly StoredCall[] = [];
  let [accepted, settled, dropped, failures] = [0, 0, 0, 0];
  let sayAgainMs = -Infinity;
  let draining: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let closed = false;

  function later(delayMs: number, background: boolean): void {
    stopTimer ??= clock.after(delayMs, () => {
      stopTimer = undefined;
      // What goes wrong has been said, and is tried again.
      drain().catch(() => {});
    }, { background });
  }

  function drain(): Promise<void> {
    stopTimer?.();
    stopTimer = undefined;
    return draining ??= writeAll().finally(() => draining = undefined);
  }

  async function writeAll(): Promise<void> {
    while (batch.length > 0 || queue.length > 0) {
      if (batch.length === 0) {
        batch = queue.splice(0, batchSize);
        stored = batch.map((record) => storedCall(record, writer));
      }
      try {
        await desk.ask("write", stored);
        recovered();
      } catch (error) {
        if (!hopeless.test(messageOf(error))) {
          failed(error);
          throw error;
        }
        drop(batch.length, messageOf(error));
      }
      settled += batch.length;
      [batch, stored] = [[], []];
    }
  }

  function failed(error: unknown): void {
    if (failures++ === 0) {
      logger.error(
        `the sink sqlite cannot write; ${maxQueued} records at most wait in memory: ${messageOf(error)}`,
      );
    }
    if (!closed) later(Math.min(longestPauseMs, Math.max(flushMs, 100) * 2 ** Math.min(failures, 10)), true);
  }

  function recovered(): void {
    if (failures > 0) logger.info(`the sink sqlite writes again; ${dropped} records were dropped so far`);
    failures = 0;
  }

  function drop(count: number, why: string): void {
    dropped += count;
    if (clock.monotonic() < sayAgainMs) return;
    sayAgainMs = clock.monotonic() + quietMs;
    logger.warn(`the sink sqlite drops records (${dropped} so far): ${why}`);
  }

  return {
    push(record) {
      if (closed) return;
      if (queue.length + batch.length >= maxQueued) return drop(1, `${maxQueued} wait to be written already`);
      accepted++;
      queue.push(record);
      // It keeps the program alive: a record would be lost for a second's wait.
      if (draining === undefined) later(flushMs, false);
    },
    async flush() {
      const target = accepted;
      while (settled < target) await drain();
    },
    find: (callId) =>
      queue.findLast((record) => record.callId === callId) ??
        batch.findLast((record) => record.callId === callId),
    get dropped() {
      return dropped;
    },
    async close() {
      closed = true;
      try {
        while (settled < accepted) await drain();
      } catch (error) {
        const lost = accepted - settled;
        dropped += lost;
        logger.error(`the sink sqlite could not write ${lost} records, which are lost: ${messageOf(error)}`);
      } finally {
        stopTimer?.();
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
