/** Entries of the store `sqlite`: each operation is one small transaction. */

import { type Clock, loomError } from "../../../src/plugin.ts";
import { type DatabaseSync, sweeper } from "./database.ts";

export interface Entries {
  get(key: string): string | undefined;
  set(key: string, value: string, ttlMs: number | undefined): void;
  add(key: string, amount: number, ttlMs: number | undefined): number;
  delete(key: string): void;
}

/** Every so many writes, ended rows are deleted. */
const sweepEvery = 100;

export function entriesIn(database: DatabaseSync, clock: Clock): Entries {
  const find = database.prepare(
    "SELECT value FROM entries WHERE key = ? AND (until_ms IS NULL OR until_ms > ?)",
  );
  const put = database.prepare("INSERT OR REPLACE INTO entries (key, value, until_ms) VALUES (?, ?, ?)");
  const change = database.prepare("UPDATE entries SET value = ? WHERE key = ?");
  const remove = database.prepare("DELETE FROM entries WHERE key = ?");
  const sweep = sweeper(database, "entries", "key");
  let writes = 0;

  function get(key: string): string | undefined {
    return find.get(key, clock.now())?.["value"] as string | undefined;
  }

  function set(key: string, value: string, ttlMs: number | undefined): void {
    put.run(key, value, ttlMs === undefined ? null : clock.now() + Math.max(1, ttlMs));
    if (++writes % sweepEvery === 0) sweep(clock.now());
  }

  return {
    get,
    set,
    add(key, amount, ttlMs) {
      const value = get(key);
      const sum = value === undefined ? amount : (value === "" ? NaN : Number(value)) + amount;
      if (!Number.isFinite(sum)) {
        throw loomError(
          "internal",
          `the store sqlite cannot add to "${key.slice(0, 200)}": not a number`,
          {},
        );
      }
      if (value === undefined) set(key, String(sum), ttlMs);
      else change.run(String(sum), key);
      return sum;
    },
    delete: (key) => void remove.run(key),
  };
}
