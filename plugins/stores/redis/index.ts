/**
 * The store `redis`: state shared by a fleet, in Redis or Valkey. Limits and budgets hold across all processes; what a
 * process held that died is given back when its leases end, by Redis's clock. What it counts is as durable as the server:
 * budgets want a server that keeps its data (`appendonly yes`) and drives nothing out (`maxmemory-policy noeviction`).
 */

import { z } from "zod";
import { CLOCK, type Clock, definePlugin, loomError, type Plugin, type Store } from "../../../src/plugin.ts";
import { type ConnectionOptions, openConnection } from "./connection.ts";
import { redisHolds } from "./holds.ts";

export interface RedisStoreOptions extends ConnectionOptions {
  /** `redis:` or `rediss:` (TLS), with user, password and database where needed. */
  readonly url: string;
  /** Stands before every key, so that several programs can share a server. Default `loom`. */
  readonly namespace: string;
}

const options = z.strictObject({
  url: z.string().refine(isRedisUrl, "must be a URL that begins with redis:// or rediss://").default(
    "redis://127.0.0.1:6379",
  ),
  namespace: z.string().regex(
    /^[\w.-]+(:[\w.-]+)*$/,
    "must be letters, digits, and . _ - with single colons between",
  ).default("loom"),
  connectTimeoutMs: z.int().min(1).default(2000),
  commandTimeoutMs: z.int().min(1).default(1000),
}) as z.ZodType<RedisStoreOptions>;

const plugin: Plugin<"store", RedisStoreOptions> = definePlugin({
  api: 1,
  kind: "store",
  id: "redis",
  options,
  make: (use, options) => redisStore(use(CLOCK), options),
});

export default plugin;

/**
 * Adds, and gives a key that is new its time to live. As a script it is one step, in which a key cannot expire halfway.
 * INCRBYFLOAT also for whole numbers, since INCRBY refuses a key that ever held a fraction.
 */
const addScript = `
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], '0', 'PX', ARGV[2], 'NX') end
return redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])`;

/** Does not wait for the connection: until it stands, and whenever it is lost, operations fail within their timeout. */
async function redisStore(clock: Clock, { url, namespace, ...limits }: RedisStoreOptions): Promise<Store> {
  const { createClient } = await import("@keyv/redis");
  const client = createClient({
    url,
    // Reconnecting is the connection's work (no timers of the client's own), and so are commands without a connection.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: limits.connectTimeoutMs, reconnectStrategy: false },
  });
  const connection = openConnection(client, clock, limits);
  const place = (key: string) => `${namespace}:store:${key}`;
  return {
    ...redisHolds(client, connection, namespace),
    get: (key) => connection.run(async () => await client.get(place(key)) ?? undefined),
    set: (key, value, { ttlMs } = {}) =>
      connection.run(async () => void await client.set(place(key), value, expiry(ttlMs))),
    async add(key, amount, { ttlMs } = {}) {
      if (!Number.isFinite(amount)) {
        throw loomError("internal", `the store redis cannot add ${amount} to "${key.slice(0, 200)}"`, {});
      }
      const life = ttlMs === undefined ? "" : String(wholeMs(ttlMs));
      const given = { keys: [place(key)], arguments: [String(amount), life] };
      return Number(await connection.run(() => client.eval(addScript, given)));
    },
    delete: (key) => connection.run(async () => void await client.del(place(key))),
    close: () => connection.close(),
  };
}

function expiry(ttlMs: number | undefined): { expiration?: { type: "PX"; value: number } } {
  return ttlMs === undefined ? {} : { expiration: { type: "PX", value: wholeMs(ttlMs) } };
}

function wholeMs(ttlMs: number): number {
  return Math.max(1, Math.round(ttlMs));
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ["redis:", "rediss:"].includes(new URL(text).protocol);
}
