/** `loom queue --forget`: removes a job that nobody will go on with, with the answers that wait in it. */

import { loomError } from "../../errors/index.ts";
import { chunkQueue } from "./chunk-queue.ts";
import type { QueueRedis } from "./open-redis.ts";
import { figuresKey, jobKeys, jobsKey } from "./queue-keys.ts";

/** @returns what was done, for people @throws LoomError `invalid-request`, when there is no such job, or somebody runs it */
export async function forgetJob(redis: QueueRedis, name: string): Promise<string> {
  const { client } = redis;
  const keys = jobKeys(name);
  if (await client.hexists(jobsKey, name) === 0) {
    const there = await client.hkeys(jobsKey);
    const help = there.length === 0 ? "there are none" : `there are ${there.join(", ")}`;
    throw loomError("invalid-request", `--forget: there is no job ${name}; ${help}`, { path: "forget" });
  }
  if (await client.exists(keys.coordinator) > 0) {
    throw loomError("invalid-request", `--forget: a loom run coordinates job ${name}; stop that first`, {
      path: "forget",
    });
  }
  const answers = await client.xlen(keys.answers);
  await client.hdel(jobsKey, name);
  const queue = await chunkQueue(redis, name, () => {});
  await queue.remove();
  await queue.close();
  await client.del(keys.answers, keys.faults);
  await client.hdel(figuresKey, name);
  return `Job ${name} is forgotten${
    answers === 0 ? "" : `, with ${answers} answers that nobody had fetched`
  }.\n`;
}
