/**
 * The store `sqlite`: the state of one process in a file, so that a restart forgets nothing: `{ type: "sqlite", path }`.
 *
 * Counters of limits and budgets live in memory and are written behind, in one transaction at most every `flushMs`, and when
 * the store closes; a process that is killed loses what the last `flushMs` counted (with 0, nothing). What calls in flight
 * held ends with the process. Entries are written as they come. Several processes that share limits want the store `redis`.
 */

import { z } from "zod";
import {
  CLOCK,
  type Clock,
  definePlugin,
  LOGGER,
  type Logger,
  loomError,
  type Plugin,
  type Store,
} from "../../../src/plugin.ts";
import { keptCounters } from "./counters.ts";
import { openDatabase } from "./database.ts";
import { entriesIn } from "./entries.ts";

export interface SqliteStoreOptions {
  /** The file; made when it is not there. Its folder must be. */
  readonly path: string;
  /** How long what was counted may wait before it is written. Default 50; 0: not at all. */
  readonly flushMs: number;
}

const options = z.strictObject({
  path: z.string().min(1, "must be the path of a file"),
  flushMs: z.int().min(0).max(60_000).default(50),
}) as z.ZodType<SqliteStoreOptions>;

const plugin: Plugin<"store", SqliteStoreOptions> = definePlugin({
  api: 1,
  kind: "store",
  id: "sqlite",
  options,
  make: (use, options) => sqliteStore(use(CLOCK), use(LOGGER), options),
});

export default plugin;

async function sqliteStore(
  clock: Clock,
  logger: Logger,
  { path, flushMs }: SqliteStoreOptions,
): Promise<Store> {
  const database = await openDatabase(path);
  const entries = entriesIn(database, clock);
  const counters = keptCounters(database, clock, logger, flushMs);
  let closed = false;

  // deno-lint-ignore require-await -- what it throws is to reject
  async function open<T>(work: () => T): Promise<T> {
    throwIfClosed();
    return work();
  }

  function throwIfClosed(): void {
    if (closed) throw loomError("closed", "the store sqlite was closed", {});
  }

  return {
    get: (key) => open(() => entries.get(key)),
    set: (key, value, { ttlMs } = {}) => open(() => entries.set(key, value, ttlMs)),
    add: (key, amount, { ttlMs } = {}) => open(() => entries.add(key, amount, ttlMs)),
    delete: (key) => open(() => entries.delete(key)),
    hold(lease, holds, leaseMs) {
      throwIfClosed();
      return counters.hold(lease, holds, leaseMs);
    },
    settle(lease, holds, used) {
      throwIfClosed();
      counters.settle(lease, holds, used);
    },
    close() {
      if (closed) return;
      closed = true;
      try {
        counters.close();
      } finally {
        database.close();
      }
    },
  };
}
