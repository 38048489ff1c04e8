/** What is known of each file, in SQLite. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { PageQuery } from "./page.ts";

export interface StoredFile {
  readonly id: string;
  /** Whose it is. */
  readonly tenant: string;
  readonly purpose: string;
  readonly filename: string;
  readonly bytes: number;
  readonly createdAtS: number;
  readonly expiresAtS: number;
}

export interface FileTable {
  /** One that is there already stays as it is. */
  add(file: StoredFile): void;
  find(tenant: string, id: string, nowS: number): StoredFile | undefined;
  /** One more than asked for, where there are more. */
  list(tenant: string, page: PageQuery, purpose: string | undefined, nowS: number): readonly StoredFile[];
  /** False: there was none. */
  remove(id: string): boolean;
  expired(nowS: number): readonly string[];
  has(id: string): boolean;
  bytesOf(tenant: string): number;
}

/** Other tables of the file are others' business. */
const schema = `
  CREATE TABLE IF NOT EXISTS gateway_files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    purpose TEXT NOT NULL,
    filename TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS gateway_files_tenant ON gateway_files (tenant, seq);
`;

type Columns = Readonly<Record<string, SQLOutputValue>>;

export function fileTable(database: DatabaseSync): FileTable {
  database.exec(schema);
  const insert = database.prepare(`
    INSERT OR IGNORE INTO gateway_files (id, tenant, purpose, filename, bytes, created_s, expires_s)
    VALUES (?, ?, ?, ?, ?, ?, ?)
  `);
  const one = database.prepare("SELECT * FROM gateway_files WHERE id = ? AND tenant = ? AND expires_s > ?");
  const remove = database.prepare("DELETE FROM gateway_files WHERE id = ?");
  const has = database.prepare("SELECT 1 FROM gateway_files WHERE id = ?");
  const expired = database.prepare("SELECT id FROM gateway_files WHERE expires_s <= ? LIMIT 1000");
  const bytes = database.prepare(
    "SELECT coalesce(sum(bytes), 0) AS bytes FROM gateway_files WHERE tenant = ?",
  );
  const pages = new Map([true, false].map((newestFirst) => [
    newestFirst,
    database.prepare(`
      SELECT * FROM gateway_files WHERE tenant = ? AND expires_s > ? AND (?3 IS NULL OR purpose = ?3)
        AND (?4 IS NULL OR seq ${newestFirst ? "<" : ">"} (SELECT seq FROM gateway_files WHERE id = ?4))
      ORDER BY seq ${newestFirst ? "DESC" : "ASC"} LIMIT ?5
    `),
  ]));

  return {
    add: ({ id, tenant, purpose, filename, bytes, createdAtS, expiresAtS }) =>
      void insert.run(id, tenant, purpose, filename, bytes, createdAtS, expiresAtS),
    find(tenant, id, nowS) {
      const found = one.get(id, tenant, nowS);
      return found === undefined ? undefined : fileOf(found);
    },
    list(tenant, { limit, after, newestFirst }, purpose, nowS) {
      const found = pages.get(newestFirst)?.all(tenant, nowS, purpose ?? null, after ?? null, limit + 1);
      return (found ?? []).map(fileOf);
    },
    remove: (id) => Number(remove.run(id).changes) > 0,
    expired: (nowS) => expired.all(nowS).map((row) => String(row["id"])),
    has: (id) => has.get(id) !== undefined,
    bytesOf: (tenant) => Number(bytes.get(tenant)?.["bytes"]),
  };
}

function fileOf(row: Columns): StoredFile {
  return {
    id: String(row["id"]),
    tenant: String(row["tenant"]),
    purpose: String(row["purpose"]),
    filename: String(row["filename"]),
    bytes: Number(row["bytes"]),
    createdAtS: Number(row["created_s"]),
    expiresAtS: Number(row["expires_s"]),
  };
}
