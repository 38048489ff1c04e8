/** Lets one process at a time use a journal: the system's own file lock, taken through SQLite, which ends with its holder. */

import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { DatabaseSync } from "node:sqlite";
import { type LoomError, loomError } from "../../errors/index.ts";
import { processId } from "../../runtime/host.ts";
import { fileUnwritable, systemCode } from "../home/file-fault.ts";

export interface JournalLock {
  /** Gives it back, and removes its files. */
  release(): Promise<void>;
}

/** Others may remove the file between two of our steps; that they do so each time is no accident. */
const attempts = 20;

/**
 * Node has no file locks of its own; a file with a process number in it would outlive a killed process, and lie in a container,
 * where every process may be number 1. SQLite asks the system for a real lock; nothing is ever written into its file.
 *
 * @throws LoomError `file-unwritable`, saying who has it
 */
export async function lockJournal(path: string): Promise<JournalLock> {
  const { DatabaseSync } = await import("node:sqlite");
  const file = `${path}.lock`;
  let fault: Error | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await inodeOf(file);
    const database = lockOf(() => new DatabaseSync(file));
    if (database instanceof Error) {
      if (/locked|busy/i.test(database.message)) throw await inUse(path, file);
      // A file that is removed under its hands is an I/O error to SQLite, among other things; the next one may be fine.
      fault = database;
      continue;
    }
    // Its last holder may have removed the file while it was being opened: then the next one would lock another. While this
    // one is open, no other file can have its number.
    if (before !== undefined && before === await inodeOf(file)) return await held(database, file);
    database.close();
  }
  throw unusable(path, file, fault ?? new Error("other processes open and close it all the time"));
}

/** The open database that holds the lock, or why there is none. */
function lockOf(open: () => DatabaseSync): DatabaseSync | Error {
  let database: DatabaseSync | undefined;
  try {
    database = open();
    database.exec("BEGIN IMMEDIATE");
    return database;
  } catch (cause) {
    database?.close();
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

async function held(database: DatabaseSync, file: string): Promise<JournalLock> {
  const release = async (): Promise<void> => {
    try {
      for (const one of [holderOf(file), file]) await rm(one, { force: true });
    } catch (cause) {
      throw fileUnwritable(file, cause);
    } finally {
      database.close();
    }
  };
  try {
    const since = new Date().toISOString();
    await writeFile(holderOf(file), `process ${processId()} on ${hostname()} since ${since}\n`, {
      mode: 0o600,
    });
  } catch (cause) {
    await release().catch(() => undefined); // what matters is why it failed
    throw fileUnwritable(holderOf(file), cause);
  }
  return { release };
}

/** Says who has the lock; beside its file, since closing that file for reading would end the lock of its reader. */
function holderOf(file: string): string {
  return `${file}.holder`;
}

async function inodeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).ino;
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileUnwritable(file, cause);
  }
}

async function inUse(path: string, file: string): Promise<LoomError> {
  let holder = "";
  try {
    holder = (await readFile(holderOf(file), "utf8")).trim();
  } catch {
    // It is just about to write who it is, or has just ended.
  }
  const message = `${path} is being used by ${holder || "another process"}; wait until it ends, or stop it`;
  return loomError("file-unwritable", message, { file: path });
}

function unusable(path: string, file: string, cause: Error): LoomError {
  const message =
    `cannot lock ${path} with ${file}: ${cause.message}; its folder must be writable, and the lock file may be deleted while no run uses it`;
  return loomError("file-unwritable", message, { file: path }, { cause });
}
