/** The files of `/v1/files`: their bytes in a folder, what is known of them in a table, and their end. */

import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { FilesOptions } from "../options.ts";
import { fileTable, type StoredFile } from "./file-table.ts";
import type { PageQuery } from "./page.ts";
import type { Storage } from "./storage.ts";

/** What a new file is. */
export interface NewFile {
  readonly tenant: string;
  readonly purpose: string;
  readonly filename: string;
  readonly bytes: number;
  /** Default: as long as the gateway keeps files. */
  readonly keepS?: number | undefined;
}

export interface Files {
  readonly maxFileBytes: number;
  readonly keepS: number;
  newId(): string;
  /** Where the bytes of a file are. Ids come from here alone, never from a request. */
  pathOf(id: string): string;
  /** A place for bytes that are not all there yet. */
  partPath(id: string): string;
  /** Takes the bytes at `path` as a file. Doing it again after it was cut short does no harm. */
  adopt(id: string, path: string, file: NewFile): Promise<StoredFile>;
  /** @throws LoomError `invalid-request` with status 404: there is none, it has expired, or it is somebody else's */
  find(tenant: string, id: string): StoredFile;
  list(tenant: string, page: PageQuery, purpose: string | undefined): readonly StoredFile[];
  remove(tenant: string, id: string): Promise<void>;
  /** @throws LoomError `invalid-request` with status 413, when the tenant has no room for more */
  admit(tenant: string): void;
  /** Lets go of what has expired, and of what broken uploads have left. */
  sweep(): Promise<void>;
}

const dayMs = 86_400_000;
const defaults = { maxFileBytes: 200_000_000, maxTenantBytes: 20_000_000_000, keepMs: 30 * dayMs };

export async function openFiles(
  storage: Pick<Storage, "folder" | "database">,
  clock: Clock,
  options: FilesOptions = {},
): Promise<Files> {
  const { maxFileBytes, maxTenantBytes, keepMs } = { ...defaults, ...options };
  const folder = join(storage.folder, "content");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const table = fileTable(storage.database);
  const nowS = () => Math.floor(clock.now() / 1000);
  const keepS = Math.max(1, Math.round(keepMs / 1000));
  const pathOf = (id: string) => join(folder, id);

  function find(tenant: string, id: string): StoredFile {
    const found = table.find(tenant, id, nowS());
    if (found !== undefined) return found;
    const message = `there is no file "${id.slice(0, 100)}"; it may have expired or been deleted`;
    throw loomError("invalid-request", message, { path: "id" }, { status: 404 });
  }

  async function drop(id: string): Promise<void> {
    // The row first: a file without one is found by the next sweep, a row without its file would be an error to whoever reads it.
    table.remove(id);
    await rm(pathOf(id), { force: true });
  }

  return {
    maxFileBytes,
    keepS,
    newId: () => `file-${crypto.randomUUID().replaceAll("-", "")}`,
    pathOf,
    partPath: (id) => `${pathOf(id)}.part`,
    find,
    async adopt(id, path, { tenant, purpose, filename, bytes, keepS: own = keepS }) {
      if (path !== pathOf(id)) {
        await rename(path, pathOf(id)).catch(async (error) => {
          if (!(await exists(pathOf(id)))) throw error;
        });
      }
      const createdAtS = nowS();
      const file = { id, tenant, purpose, filename, bytes, createdAtS, expiresAtS: createdAtS + own };
      table.add(file);
      return file;
    },
    list: (tenant, page, purpose) => {
      if (page.after !== undefined) find(tenant, page.after);
      return table.list(tenant, page, purpose, nowS());
    },
    async remove(tenant, id) {
      find(tenant, id);
      await drop(id);
    },
    admit(tenant) {
      if (table.bytesOf(tenant) < maxTenantBytes) return;
      const message = `the files kept for this key's team have reached ${maxTenantBytes} bytes; delete some`;
      throw loomError("invalid-request", message, {}, { status: 413 });
    },
    async sweep() {
      for (const id of table.expired(nowS())) await drop(id);
      for (const name of await readdir(folder)) {
        if (!table.has(name) && await isOld(join(folder, name))) {
          await rm(join(folder, name), { force: true });
        }
      }
    },
  };
}

/** Uploads take no day, so what is that old and belongs to no file was left behind. */
async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > dayMs;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
