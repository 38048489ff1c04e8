/** Opens the file for one process alone, or says what is wrong with it. */

import type { DatabaseSync } from "node:sqlite";
import { LoomError, loomError } from "../../../src/plugin.ts";

export type { DatabaseSync };

/** Changes when the tables do; a file of a later form is not touched. */
const form = 1;

/** Most rows that have ended which one transaction deletes. */
const deletedAtOnce = 500;

/** @throws LoomError `config-invalid`, naming the file and what to do */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // Exclusive first, so that nobody else is let in between; the lock ends with the process, however that ends.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    prepare(database, path);
    return database;
  } catch (cause) {
    database?.close();
    throw LoomError.is(cause) ? cause : unusable(path, cause);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (found > form) throw invalid(`${path} was written by a later version of Loom; update Loom`);
  const [check] = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {});
  if (check !== "ok") throw damaged(path);
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, used REAL NOT NULL, until_ms REAL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS counters_until ON counters (until_ms) WHERE until_ms IS NOT NULL;
    CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, until_ms REAL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_until ON entries (until_ms) WHERE until_ms IS NOT NULL;
    PRAGMA user_version = ${form};
    COMMIT`);
}

/** Deletes rows that have ended, some at a time. */
export function sweeper(
  database: DatabaseSync,
  table: "counters" | "entries",
  key: "name" | "key",
): (nowMs: number) => void {
  const sweep = database.prepare(
    `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE until_ms <= ? LIMIT ${deletedAtOnce})`,
  );
  return (nowMs) => void sweep.run(nowMs);
}

function unusable(path: string, cause: unknown): LoomError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/locked|busy/i.test(text)) {
    const fix =
      "close the other program, give each a file of its own, or share limits through the store redis";
    return invalid(`${path} is in use by another process or another Loom; ${fix}`, cause);
  }
  if (/not a database|malformed|corrupt/i.test(text)) return damaged(path, cause);
  return invalid(
    `${path} cannot be opened: ${text}; is its folder there, and may this program write in it?`,
    cause,
  );
}

function damaged(path: string, cause?: unknown): LoomError {
  return invalid(`${path} is no SQLite database, or is damaged; move it away or name another file`, cause);
}

function invalid(problem: string, cause?: unknown): LoomError {
  return loomError("config-invalid", `store.path: ${problem}`, { path: "store.path" }, { cause });
}
