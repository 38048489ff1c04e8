/** Opens the file, brings it to today's form, or says what is wrong with it. */

import { DatabaseSync } from "node:sqlite";
import { applicationId, forms } from "./schema.ts";

export type { DatabaseSync };

/** A file that cannot be used as it is; retrying does not help. The message tells people what to do. */
export class UnusableFile extends Error {}

/** Other processes hold the lock for some milliseconds at a time; this thread has nothing better to do than to wait. */
const patientMs = 5000;

/** Files up to this size are read through before they are used: larger ones would hold up the start. */
const checkedBytes = 32 * 1024 * 1024;

/** @throws UnusableFile */
export function openDatabase(path: string, busyMs: number = patientMs): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${patientMs}`);
    // Takes effect in new files alone: so that space can be given back some pages at a time.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec("PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864");
    prepare(database, path);
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    return database;
  } catch (cause) {
    database?.close();
    throw cause instanceof UnusableFile ? cause : unusable(path, cause);
  }
}

/** Changes nothing: neither the form of the file nor what is in it. @throws UnusableFile */
export function openForReading(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${patientMs}; PRAGMA cache_size = -65536`);
    if (pragma(database, "application_id") !== applicationId) {
      throw new UnusableFile(`${path} is not a file of the sink sqlite; name another file`);
    }
    if (pragma(database, "user_version") !== forms.length) {
      throw new UnusableFile(
        `${path} was written by another version of Loom; read it with that one, or write to it once with this one`,
      );
    }
    return database;
  } catch (cause) {
    database?.close();
    throw cause instanceof UnusableFile ? cause : unusable(path, cause);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const bytes = pragma(database, "page_count") * pragma(database, "page_size");
  if (bytes <= checkedBytes) {
    const [verdict] = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {});
    if (verdict !== "ok") throw damaged(path);
  }
  if (
    pragma(database, "user_version") === forms.length && pragma(database, "application_id") === applicationId
  ) {
    return;
  }
  transaction(database, () => {
    const found = pragma(database, "user_version");
    if (found > 0 && pragma(database, "application_id") !== applicationId) {
      throw new UnusableFile(`${path} is the database of something else; name another file`);
    }
    if (found > forms.length) {
      throw new UnusableFile(
        `${path} was written by a later version of Loom; update Loom, or name another file`,
      );
    }
    for (const form of forms.slice(found)) database.exec(form);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${forms.length}`);
  });
}

/** All of it or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // Some faults, such as a full disk, have ended the transaction already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Everything is read as of one moment. */
export function snapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN");
  try {
    return work();
  } finally {
    if (database.isTransaction) database.exec("COMMIT");
  }
}

export function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}

function unusable(path: string, cause: unknown): UnusableFile {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/not a database|malformed|corrupt/i.test(text)) return damaged(path);
  if (/locked|busy/i.test(text)) {
    return new UnusableFile(`${path} is locked by another program; close it, or name another file`);
  }
  return new UnusableFile(
    `${path} cannot be opened: ${text}; is its folder there, and may this program write in it?`,
  );
}

function damaged(path: string): UnusableFile {
  return new UnusableFile(`${path} is no SQLite database, or is damaged; move it away or name another file`);
}
