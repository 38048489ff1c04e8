/** Chunks of rows as BullMQ jobs, as the coordinator sees them: put in, looked for, taken out again. */

import type { Queue } from "bullmq";
import { chunkSchema, type QueuedRow } from "./queue-form.ts";
import { jobKeys, prefix } from "./queue-keys.ts";
import type { QueueRedis } from "./open-redis.ts";

/** A chunk that some worker has. */
export interface TakenChunk {
  readonly id: string;
  readonly indexes: readonly number[];
}

export interface ChunkQueue {
  put(id: string, rows: readonly QueuedRow[]): Promise<void>;
  /** Which of these are not in the queue: done, or lost with their Redis. */
  missing(ids: readonly string[]): Promise<readonly string[]>;
  /** Takes a chunk out, unless a worker has it. */
  takeOut(id: string): Promise<boolean>;
  /** Takes out all that no worker has, and gives those that one has. */
  takeOutWaiting(): Promise<readonly TakenChunk[]>;
  /** Forgets the queue. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** @param failed told of what the connection meets beside the commands */
export async function chunkQueue(
  redis: QueueRedis,
  name: string,
  failed: (error: unknown) => void,
): Promise<ChunkQueue> {
  const { Queue } = await import("bullmq");
  const queue: Queue = new Queue(name, {
    connection: redis.client,
    prefix,
    // Nobody reads BullMQ's own log of events.
    streams: { events: { maxLen: 100 } },
  });
  queue.on("error", failed);
  await queue.waitUntilReady();

  async function takeOut(id: string): Promise<boolean> {
    if (await queue.remove(id) !== 1) return false;
    await redis.client.del(jobKeys(name).chunk(id));
    return true;
  }

  return {
    async put(id, rows) {
      await queue.add("rows", { rows }, { jobId: id, removeOnComplete: true, removeOnFail: true });
    },
    async missing(ids) {
      const asked = redis.client.pipeline();
      for (const id of ids) asked.exists(queue.toKey(id));
      const found = await asked.exec() ?? [];
      return ids.filter((_, at) => found[at]?.[1] === 0);
    },
    takeOut,
    async takeOutWaiting() {
      const taken: TakenChunk[] = [];
      for (const job of await queue.getJobs(["wait", "prioritized", "delayed", "active"])) {
        const { id, data } = job ?? {};
        if (id === undefined || await takeOut(id)) continue;
        const rows = chunkSchema.safeParse(data).data?.rows ?? [];
        taken.push({ id, indexes: rows.map(({ index }) => index) });
      }
      return taken;
    },
    remove: () => queue.obliterate({ force: true }),
    close: () => queue.close(),
  };
}
