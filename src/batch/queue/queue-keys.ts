/** The names under which a shared job lies in Redis. */

import { createHash } from "node:crypto";
import type { JournalHeader } from "../journal/journal.ts";

/** Before all keys, those of BullMQ included. */
export const prefix = "loom-queue";

/** Jobs by name, as the machine that coordinates them describes them. */
export const jobsKey: string = `${prefix}:jobs`;
/** How far each job is, for those who look. */
export const figuresKey: string = `${prefix}:figures`;
/** Ids of the workers that were seen. */
export const workersKey: string = `${prefix}:workers`;
/** Where it is told that jobs have come, stop, or are gone; whoever misses it finds out within a second. */
export const newsChannel: string = `${prefix}:news`;
/** Where a vendor's wish to be left alone is told. */
export const pausesChannel: string = `${prefix}:pauses`;

export interface JobKeys {
  /** A stream: what became of rows, until it is in the journal. */
  readonly answers: string;
  /** Which worker gave up, and why. */
  readonly faults: string;
  /** Who coordinates; gone soon after it has died. */
  readonly coordinator: string;
  /** BullMQ's lists of chunks that nobody has, and that somebody has. */
  readonly waiting: string;
  readonly active: string;
  /** What BullMQ writes again after its queue was removed, as long as a worker is at it. */
  readonly remnants: readonly string[];
  /** Rows of a chunk that have their answer: who takes it over leaves them alone. */
  chunk(id: string): string;
}

export function jobKeys(name: string): JobKeys {
  const own = `${prefix}-rows:${name}`;
  return {
    answers: `${own}:answers`,
    faults: `${own}:faults`,
    coordinator: `${own}:coordinator`,
    waiting: `${prefix}:${name}:wait`,
    active: `${prefix}:${name}:active`,
    remnants: ["meta", "stalled-check", "events", "marker", "id"].map((key) => `${prefix}:${name}:${key}`),
    chunk: (id) => `${own}:chunk:${id}`,
  };
}

/** While it is there, the worker lives. */
export function workerKey(id: string): string {
  return `${prefix}:worker:${id}`;
}

/** While it is there, nobody with this account asks this provider anything. */
export function pauseKey(account: string, provider: string): string {
  return `${prefix}:pause:${account}:${provider}`;
}

/** The same for the same command: the same input, asked the same, into the same output. */
export function jobName({ input, job }: JournalHeader, output: string): string {
  const text = JSON.stringify([input.bytes, input.modifiedMs, job, output]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
