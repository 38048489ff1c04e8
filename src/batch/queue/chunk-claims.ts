/** Chunks of rows as a worker sees them: claimed by one at a time through BullMQ, given back, or taken over from the dead. */

import { randomUUID } from "node:crypto";
import type { Job, Worker } from "bullmq";
import type { Clock } from "../../contract/services.ts";
import { chunkSchema, type QueuedRow } from "./queue-form.ts";
import { prefix } from "./queue-keys.ts";
import type { QueueRedis } from "./open-redis.ts";

export interface ClaimedChunk {
  readonly id: string;
  readonly rows: readonly QueuedRow[];
  /** Another worker has it now: this one was taken for dead. */
  readonly isLost: boolean;
  /** All its rows are answered; it leaves the queue. */
  complete(): Promise<void>;
  /** The next one may take it. */
  giveBack(): Promise<void>;
}

export interface ChunkClaims {
  /** Of the chunks that this worker has. */
  readonly ids: readonly string[];
  /** `undefined`: there was none for a moment. */
  next(): Promise<ClaimedChunk | undefined>;
  close(): Promise<void>;
}

export interface ChunkClaimsOptions {
  readonly clock: Clock;
  /** A worker that says nothing for so long is taken for dead. */
  readonly leaseMs: number;
  readonly failed: (error: unknown) => void;
}

/** So many workers may die of a chunk before it is taken out of the queue; whoever coordinates looks after it then. */
const mostDeaths = 5;
/** How long a claim waits for a chunk, in seconds. */
const claimWait = 0.25;

export async function chunkClaims(
  redis: QueueRedis,
  name: string,
  options: ChunkClaimsOptions,
): Promise<ChunkClaims> {
  const { clock, leaseMs, failed } = options;
  const { Worker } = await import("bullmq");
  const queue: Worker = new Worker(name, null, {
    connection: redis.client,
    prefix,
    autorun: false,
    lockDuration: leaseMs,
    stalledInterval: leaseMs / 2,
    maxStalledCount: mostDeaths,
    drainDelay: claimWait,
  });
  queue.on("error", failed);
  await queue.waitUntilReady();
  await queue.startStalledCheckTimer();

  const held = new Map<string, () => void>();
  const claimed = (job: Job, token: string): ClaimedChunk => {
    const id = job.id ?? "";
    let [lost, ended] = [false, false];
    let cancel = () => {};
    const renew = (): void => {
      if (ended) return;
      cancel = clock.after(leaseMs / 3, () => {
        job.extendLock(token, leaseMs).then(
          (extended) => void (lost ||= extended !== 1),
          (error) => {
            // BullMQ says in words that it is somebody else's by now, or gone with its Redis.
            lost ||= isForeign(error);
            if (!lost) failed(error);
          },
        ).then(renew);
      });
    };
    renew();
    const release = (): void => {
      ended = true;
      cancel();
      held.delete(id);
    };
    held.set(id, release);
    const end = async (how: () => Promise<unknown>): Promise<void> => {
      try {
        if (!lost) await how();
      } catch (error) {
        // Somebody else has it, who finds its rows answered.
        if (!isForeign(error)) throw error;
      } finally {
        release();
      }
    };
    return {
      id,
      rows: chunkSchema.safeParse(job.data).data?.rows ?? [],
      get isLost() {
        return lost;
      },
      complete: () => end(() => job.moveToCompleted(null, token, false)),
      giveBack: () => end(() => job.moveToWait(token)),
    };
  };

  return {
    get ids() {
      return [...held.keys()];
    },
    async next() {
      const token = randomUUID();
      const job: Job | undefined = await queue.getNextJob(token);
      return job === undefined ? undefined : claimed(job, token);
    },
    async close() {
      for (const release of held.values()) release();
      // Forced: it waits for nothing but its own connections.
      await queue.close(true);
    },
  };
}

function isForeign(error: unknown): boolean {
  return error instanceof Error &&
    /Missing (?:lock|key) for job|not in the active state|Lock mismatch/i.test(error.message);
}
