/** When a vendor tells one worker to wait, all with the same account wait. */

import type { Redis } from "ioredis";
import { newsChannel, pauseKey, pausesChannel } from "./queue-keys.ts";
import type { QueueRedis } from "./open-redis.ts";

export interface SharedPauses {
  /** How long the provider still wants to be left alone. */
  leftMs(provider: string): Promise<number>;
  /** Tells all others. */
  share(provider: string, waitMs: number): void;
  /** Told of what others share. Gives a function that takes it back. */
  listen(provider: string, tell: (waitMs: number) => void): () => void;
}

export interface SharedPausesOptions {
  /** Of this worker: what it shares itself is not news to it. */
  readonly worker: string;
  readonly account: string;
  readonly failed: (error: unknown) => void;
  /** Told when there is something new about jobs, on the same connection. */
  readonly news: () => void;
}

/** Shorter ones are over before they are told. */
const leastMs = 50;

/** Only ever longer; counted by the clock of Redis, since those of the workers differ. */
const pauseScript = `
if redis.call("PTTL", KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[1])
redis.call("PUBLISH", ARGV[3], ARGV[4])
return 1`;

export async function sharedPauses(
  redis: QueueRedis,
  { worker, account, failed, news }: SharedPausesOptions,
): Promise<SharedPauses> {
  const { client } = redis;
  const listeners = new Map<string, (waitMs: number) => void>();
  const subscriber: Redis = redis.another();
  subscriber.on("message", (channel, text) => {
    if (channel === newsChannel) return news();
    const [from, key, waitMs] = text.split("\n");
    if (from !== worker && key !== undefined) listeners.get(key)?.(Number(waitMs));
  });
  await subscriber.subscribe(pausesChannel, newsChannel);
  return {
    leftMs: async (provider) => Math.max(0, await client.pttl(pauseKey(account, provider))),
    share(provider, waitMs) {
      const ms = Math.ceil(waitMs);
      if (ms < leastMs || redis.isLost) return;
      const key = pauseKey(account, provider);
      const message = [worker, key, ms].join("\n");
      client.eval(pauseScript, 1, key, ms, worker, pausesChannel, message).catch(failed);
    },
    listen(provider, tell) {
      const key = pauseKey(account, provider);
      listeners.set(key, tell);
      return () => void listeners.delete(key);
    },
  };
}
