/**
 * The store `memory`: the state of this process alone, bounded in entries and bytes. Limits and budgets hold exactly, and
 * are forgotten with the process; what they count is bounded by their names and is never driven out.
 */

import { LRUCache } from "lru-cache";
import { z } from "zod";
import {
  CLOCK,
  type Clock,
  definePlugin,
  loomError,
  type Plugin,
  reservations,
  type Store,
} from "../../../src/plugin.ts";

export interface MemoryStoreOptions {
  /** Most entries; beyond them the least recently used are forgotten. Default 100,000. */
  readonly maxSize: number;
  /** Most bytes of all keys and values together. Default 64 MiB. */
  readonly maxBytes: number;
}

const options = z.strictObject({
  maxSize: z.int().min(1).max(10_000_000).default(100_000),
  maxBytes: z.int().min(1).default(64 * 1024 * 1024),
}) as z.ZodType<MemoryStoreOptions>;

const plugin: Plugin<"store", MemoryStoreOptions> = definePlugin({
  api: 1,
  kind: "store",
  id: "memory",
  options,
  make: (use, options) => memoryStore(use(CLOCK), options),
});

export default plugin;

/** Changed in place by `add`, which must not begin a new life. */
interface Entry {
  value: string;
}

/** Of an entry, beside its texts: header, links, expiry. */
const bytesPerEntry = 96;

/** Each operation is one synchronous step, and so atomic. */
function memoryStore(clock: Clock, { maxSize, maxBytes }: MemoryStoreOptions): Store {
  const entries = new LRUCache<string, Entry>({
    max: maxSize,
    maxSize: maxBytes,
    // Asked at each access, so that no timer runs; never 0, which lru-cache takes for "no time to live".
    ttlResolution: 0,
    perf: { now: () => clock.monotonic() + 1 },
  });

  function put(key: string, value: string, ttlMs: number | undefined): void {
    const size = bytesPerEntry + 2 * (key.length + value.length);
    entries.set(
      key,
      { value },
      ttlMs === undefined ? { size } : { size, ttl: Math.max(1, Math.round(ttlMs)) },
    );
  }

  const counters = reservations(clock);

  return {
    hold: counters.hold,
    settle: counters.settle,
    get: (key) => Promise.resolve(entries.get(key)?.value),
    set: (key, value, { ttlMs } = {}) => Promise.resolve(put(key, value, ttlMs)),
    // deno-lint-ignore require-await -- what it throws is to reject
    async add(key, amount, { ttlMs } = {}) {
      if (!Number.isFinite(amount)) throw notANumber(key);
      const entry = entries.get(key);
      if (entry === undefined) {
        put(key, String(amount), ttlMs);
        return amount;
      }
      const sum = Number(entry.value === "" ? NaN : entry.value) + amount;
      if (!Number.isFinite(sum)) throw notANumber(key);
      entry.value = String(sum);
      return sum;
    },
    delete: (key) => Promise.resolve(void entries.delete(key)),
    close: () => entries.clear(),
  };
}

function notANumber(key: string): Error {
  return loomError("internal", `the store memory cannot add to "${key.slice(0, 200)}": not a number`, {});
}
