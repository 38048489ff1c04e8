/** Which workers live: each writes what it does every second, under a key that goes away with it. */

import type { Redis } from "ioredis";
import { readAs, type WorkerBeat, workerBeatSchema } from "./queue-form.ts";
import { workerKey, workersKey } from "./queue-keys.ts";

/** @param aliveMs how long a worker that says nothing more is still taken for alive */
export async function writeBeat(client: Redis, beat: WorkerBeat, aliveMs: number): Promise<void> {
  await client.multi()
    .set(workerKey(beat.id), JSON.stringify(beat), "PX", aliveMs)
    .sadd(workersKey, beat.id)
    .exec();
}

export async function removeBeat(client: Redis, id: string): Promise<void> {
  await client.multi().del(workerKey(id)).srem(workersKey, id).exec();
}

/** Those that live; the dead are forgotten. */
export async function readBeats(client: Redis): Promise<readonly WorkerBeat[]> {
  const ids = await client.smembers(workersKey);
  if (ids.length === 0) return [];
  const texts = await client.mget(ids.map(workerKey));
  const dead = ids.filter((_, at) => texts[at] === null);
  if (dead.length > 0) await client.srem(workersKey, ...dead);
  return texts.flatMap((text) => readAs(workerBeatSchema, text) ?? []);
}
