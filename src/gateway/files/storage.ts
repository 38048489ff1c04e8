/** Where files and batches are kept: a folder for what they hold, and a database for what is known of them. */

import type { DatabaseSync } from "node:sqlite";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loomError } from "../../errors/index.ts";

export interface Storage {
  readonly folder: string;
  readonly database: DatabaseSync;
  close(): Promise<void>;
}

/** A storage that several gateways use one after the other, and that whoever made it closes. */
export interface SharedStorage {
  /** Whether it was ever asked for, so that there may be something in it. */
  readonly isUsed: boolean;
  open(): Promise<Storage>;
  close(): Promise<void>;
}

/** In place of a storage that each of several processes on one port would have for itself. */
export function noStorage(): SharedStorage {
  const why = "files and batches of several workers need data_file, which all of them share";
  return {
    isUsed: false,
    open: () => Promise.reject(loomError("unsupported", why, { feature: "files" })),
    close: () => Promise.resolve(),
  };
}

/** How long a write waits for that of another process. It holds up this one, so it is short. */
const busyMs = 1000;

/** Opens with the first use. @param dataFile as for `openStorage` */
export function lazyStorage(dataFile: string | undefined): SharedStorage {
  let opening: Promise<Storage> | undefined;
  return {
    get isUsed() {
      return opening !== undefined;
    },
    open: () =>
      opening ??= openStorage(dataFile).catch((error) => {
        opening = undefined;
        throw error;
      }),
    async close() {
      // What could not be opened has told whoever asked for it.
      const storage = await opening?.catch(() => undefined);
      await storage?.close();
    },
  };
}

/** @param dataFile default: all of it is gone with `close`. @throws LoomError `config-invalid` */
export async function openStorage(dataFile: string | undefined): Promise<Storage> {
  const { DatabaseSync } = await import("node:sqlite");
  const folder = await folderOf(dataFile);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(dataFile ?? ":memory:");
    database.exec(
      `PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
    );
  } catch (cause) {
    database?.close();
    throw unusable(`dataFile ${dataFile} cannot be opened as a file of SQLite`, cause);
  }
  const opened = database;
  return {
    folder,
    database,
    async close() {
      opened.close();
      if (dataFile === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function folderOf(dataFile: string | undefined): Promise<string> {
  const folder = `${dataFile}.files`;
  try {
    if (dataFile === undefined) return await mkdtemp(join(tmpdir(), "loom-files-"));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (cause) {
    throw unusable(`the folder ${folder} for uploaded files cannot be made`, cause);
  }
}

function unusable(what: string, cause: unknown): Error {
  return loomError("config-invalid", `${what}: ${(cause as Error).message}`, { path: "dataFile" }, { cause });
}
