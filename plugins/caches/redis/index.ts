/** The cache `redis`: answers shared by a fleet, in Redis or Valkey, through Keyv. */

import { createHash } from "node:crypto";
import { z } from "zod";
import {
  type Cache,
  CLOCK,
  type Clock,
  definePlugin,
  LOGGER,
  type Logger,
  type Plugin,
} from "../../../src/plugin.ts";
import { openConnection } from "./connection.ts";
import { EntryTooLarge, readEntry, writeEntry } from "./entry.ts";

export interface RedisCacheOptions {
  /** `redis:` or `rediss:` (TLS), with user, password and database where needed. */
  readonly url: string;
  /** Seconds that an entry lives. Default 3600. */
  readonly ttl: number;
  /** Stands before every key, so that several programs can share a server. Default `loom`. */
  readonly namespace: string;
  /** Larger entries are not written. Default 4 MiB. */
  readonly maxEntryBytes: number;
  /** How long a connection may take to stand. Default 2000. */
  readonly connectTimeoutMs: number;
  /** How long one operation may take; after that the answer is taken to be absent. Default 1000. */
  readonly commandTimeoutMs: number;
}

const options = z.strictObject({
  url: z.string().refine(isRedisUrl, "must be a URL that begins with redis:// or rediss://").default(
    "redis://127.0.0.1:6379",
  ),
  ttl: z.number().positive().max(10 * 365 * 86_400).default(3600),
  // No "::", which ends the namespace in a key, and nothing that means something in a Redis pattern.
  namespace: z.string().regex(
    /^[\w.-]+(:[\w.-]+)*$/,
    "must be letters, digits, and . _ - with single colons between",
  ).default("loom"),
  maxEntryBytes: z.int().min(1).max(512 * 1024 * 1024).default(4 * 1024 * 1024),
  connectTimeoutMs: z.int().min(1).default(2000),
  commandTimeoutMs: z.int().min(1).default(1000),
}) as z.ZodType<RedisCacheOptions>;

const plugin: Plugin<"cache", RedisCacheOptions> = definePlugin({
  api: 1,
  kind: "cache",
  id: "redis",
  options,
  make: (use, options) => redisCache(use(CLOCK), use(LOGGER), options),
});

export default plugin;

/** Clearing walks through all keys of the server, which takes longer than one command. */
const clearTimeoutMs = 60_000;

/** Does not wait for the connection: until it stands, and whenever it is lost, operations fail within their timeout. */
async function redisCache(clock: Clock, logger: Logger, options: RedisCacheOptions): Promise<Cache> {
  const { namespace, maxEntryBytes } = options;
  const [{ Keyv }, { default: KeyvRedis, createClient }] = await Promise.all([
    import("keyv"),
    import("@keyv/redis"),
  ]);
  const client = createClient({
    url: options.url,
    // Reconnecting is the connection's work (no timers of the client's own), and so are commands without a connection.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: options.connectTimeoutMs, reconnectStrategy: false },
  });
  const connection = openConnection(client, clock, logger, options);
  const adapter = new KeyvRedis(client as never, {
    namespace,
    throwOnErrors: true,
    throwOnConnectError: true,
  });
  const keyv = new Keyv({
    store: adapter,
    namespace,
    useKeyPrefix: false,
    ttl: Math.max(1, Math.round(options.ttl * 1000)),
    throwOnErrors: true,
    serialize: ({ value }) => writeEntry(value, maxEntryBytes),
    deserialize: (text) => readEntry(text) as never,
  });
  return {
    shared: true,
    get: (key) => connection.run(() => keyv.get(digest(key))),
    set: (key, answer) =>
      connection.run(async () => {
        try {
          await keyv.set(digest(key), answer);
        } catch (error) {
          if (!(error instanceof EntryTooLarge)) throw error;
        }
      }),
    delete: (key) => connection.run(async () => void await keyv.delete(digest(key))),
    clear: () =>
      connection.run(async () => {
        // The adapter only tells its listeners of what goes wrong here.
        const faults: unknown[] = [];
        const note = (error: unknown) => void faults.push(error);
        adapter.on("error", note);
        try {
          await keyv.clear();
        } finally {
          adapter.off("error", note);
        }
        if (faults.length > 0) throw faults[0];
      }, { timeoutMs: clearTimeoutMs }),
    close: () => connection.close(),
  };
}

/** Keys hold whole conversations: too long for a key, and nobody's business who lists them. */
function digest(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ["redis:", "rediss:"].includes(new URL(text).protocol);
}
