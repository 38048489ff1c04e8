/** The cache `memory`: answers of this process, bounded in entries, bytes and time, least recently used out first. */

import { LRUCache } from "lru-cache";
import { z } from "zod";
import {
  type Cache,
  type CachedAnswer,
  CLOCK,
  type Clock,
  definePlugin,
  type Plugin,
} from "../../../src/plugin.ts";
import { frozenCopy, withOwnVectors } from "./copy.ts";

export interface MemoryCacheOptions {
  /** Most entries. Default 10,000. */
  readonly maxSize: number;
  /** Most bytes of all entries together, by estimate. Default 256 MiB. */
  readonly maxBytes: number;
  /** Seconds that an entry lives. Default 3600. */
  readonly ttl: number;
}

const options = z.strictObject({
  maxSize: z.int().min(1).max(10_000_000).default(10_000),
  maxBytes: z.int().min(1).default(256 * 1024 * 1024),
  ttl: z.number().positive().max(10 * 365 * 86_400).default(3600),
}) as z.ZodType<MemoryCacheOptions>;

const plugin: Plugin<"cache", MemoryCacheOptions> = definePlugin({
  api: 1,
  kind: "cache",
  id: "memory",
  options,
  make: (use, options) => memoryCache(use(CLOCK), options),
});

export default plugin;

interface Entry {
  readonly answer: CachedAnswer;
  readonly hasVectors: boolean;
}

/**
 * Not on Keyv, as the shared caches are: Keyv serialises and is asynchronous, 4-5 µs per operation and a turn of the event
 * loop, where a hit in this process need not wait for anything.
 */
function memoryCache(clock: Clock, { maxSize, maxBytes, ttl }: MemoryCacheOptions): Cache {
  const entries = new LRUCache<string, Entry>({
    max: maxSize,
    maxSize: maxBytes,
    ttl: Math.max(1, Math.round(ttl * 1000)),
    // Asked at each access, so that no timer runs; never 0, which lru-cache takes for "no time to live".
    ttlResolution: 0,
    perf: { now: () => clock.monotonic() + 1 },
  });
  return {
    shared: false,
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      return entry.hasVectors ? withOwnVectors(entry.answer) : entry.answer;
    },
    set(key, answer) {
      const { copy, bytes, hasVectors } = frozenCopy(answer);
      // An entry larger than everything together is not kept, and does not drive out the others.
      entries.set(key, { answer: copy, hasVectors }, { size: bytes + 2 * key.length });
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    close: () => entries.clear(),
  };
}
