/** The part that sinks which send records away have in common: a bounded queue, emptied in batches beside the calls. */

import type { Clock } from "../contract/services.ts";
import type { CallRecord, Sink } from "../contract/sink.ts";

export interface BatchingOptions {
  readonly clock: Clock;
  /** How long a record waits for company. */
  readonly lingerMs: number;
  /** Most records of one batch. */
  readonly batchSize: number;
  /** Most records that wait; more are dropped and counted. Default 10,000. */
  readonly maxHeld?: number;
  /**
   * Sends one batch; batches come one after the other. What it throws costs the whole batch. It must settle soon after
   * `signal` aborts, which `close` does when it has waited long enough.
   */
  send(batch: readonly CallRecord[], signal: AbortSignal): Promise<void>;
  /** Told why a batch was lost, once a minute at most, and how many records were until then. Must not throw. */
  lost(error: unknown, records: number): void;
  /** After the last batch. */
  close?(): Promise<void> | void;
}

const complainAgainMs = 60_000;
/** How long a flush waits for a receiver that hangs, and how long the next one does. */
const patienceMs = 5_000;
const impatientMs = 500;
/** So that no batch is a text of hundreds of megabytes. */
const maxBatchLetters = 1024 * 1024;
/** Letters of captured content that may wait; a record without content counts as a few hundred. */
const maxHeldLetters = 32 * 1024 * 1024;
const plainLetters = 500;

export interface BatchingSink extends Required<Omit<Sink, "history" | "close">> {
  close(): Promise<void>;
}

/** A sink whose `write` does nothing but keep the record for the next batch. */
export function batchingSink(options: BatchingOptions): BatchingSink {
  const { clock, lingerMs, batchSize, maxHeld = 10_000 } = options;
  const stop = new AbortController();
  let held: CallRecord[] = [];
  let [heldLetters, taken, through, dropped] = [0, 0, 0, 0];
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let hurried = false;
  /** What was lost in sending, and when somebody was told. */
  let [lost, complainedMs] = [0, -Infinity];
  /** A flush has waited in vain. */
  let stalled = false;
  let closed: Promise<void> | undefined;

  function schedule(delayMs: number): void {
    stopTimer?.();
    stopTimer = clock.after(delayMs, () => void run(), { background: true });
  }

  function run(): Promise<void> {
    stopTimer?.();
    stopTimer = undefined;
    hurried = false;
    return running ??= drain().finally(() => {
      running = undefined;
      // Written between the last look and now.
      if (held.length > 0) schedule(lingerMs);
    });
  }

  async function drain(): Promise<void> {
    while (held.length > 0) {
      const batch = nextBatch();
      try {
        await options.send(batch, stop.signal);
      } catch (error) {
        dropped += batch.length;
        complain(error, batch.length);
      }
      through += batch.length;
    }
  }

  function complain(error: unknown, records: number): void {
    lost += records;
    if (clock.monotonic() - complainedMs < complainAgainMs) return;
    complainedMs = clock.monotonic();
    options.lost(error, lost);
  }

  function nextBatch(): readonly CallRecord[] {
    let [count, letters] = [0, 0];
    for (const record of held) {
      if (count === batchSize || letters > maxBatchLetters) break;
      letters += lettersOf(record);
      count++;
    }
    heldLetters -= letters;
    const batch = held.slice(0, count);
    held = held.slice(count);
    return batch;
  }

  async function untilThrough(): Promise<void> {
    const until = taken;
    while (through < until) await run();
  }

  /** Gives whether it is through; it is not waited for longer than that. */
  function within(ms: number): Promise<boolean> {
    if (through === taken) return Promise.resolve(true);
    return new Promise((resolve) => {
      const giveUp = clock.after(ms, () => resolve(false));
      void untilThrough().then(() => {
        giveUp();
        resolve(true);
      });
    });
  }

  /** Waits for what was written until now, and for nothing that comes later; not for ever. */
  async function flush(): Promise<void> {
    stalled = !await within(stalled ? impatientMs : patienceMs);
  }

  async function end(): Promise<void> {
    await flush();
    stop.abort();
    // Whoever sends lets go now, and what it had is counted as lost; unless it hangs in the system itself.
    if (!await within(impatientMs)) dropped += taken - through;
    stopTimer?.();
    await options.close?.();
  }

  return {
    write(record) {
      if (closed !== undefined) return;
      const letters = lettersOf(record);
      if (held.length >= maxHeld || heldLetters + letters > maxHeldLetters) {
        dropped++;
        return;
      }
      held.push(record);
      taken++;
      heldLetters += letters;
      if (running !== undefined || hurried) return;
      hurried = held.length >= batchSize;
      if (hurried) schedule(0);
      else if (stopTimer === undefined) schedule(lingerMs);
    },
    flush,
    get dropped() {
      return dropped;
    },
    close: () => closed ??= end(),
  };
}

function lettersOf({ content }: CallRecord): number {
  if (content === undefined) return plainLetters;
  return content.input.reduce((sum, { text }) => sum + text.length, plainLetters + content.output.length);
}
