/** Managed keys in a file of SQLite, shared by all workers and processes that open it. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { LoomError, loomError } from "../../errors/index.ts";
import type { ManagedRow, ManagedSettings, ManagedStore } from "./managed-row.ts";

/** `change` counts up with every write, so that what is new can be asked for. Other tables of the file are others' business. */
const schema = `
  CREATE TABLE IF NOT EXISTS gateway_keys (
    id TEXT PRIMARY KEY,
    digest TEXT UNIQUE,
    old_digest TEXT,
    old_until_ms INTEGER,
    settings TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    rotated_ms INTEGER,
    revoked_ms INTEGER,
    change INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS gateway_keys_change ON gateway_keys (change);
`;

/** How long a write waits for that of another process. It holds up this one, so it is short. */
const busyMs = 500;

type Columns = Readonly<Record<string, SQLOutputValue>>;

/**
 * @param broken told of rows that cannot be read; their keys are not accepted
 * @throws LoomError `config-invalid`, when the file cannot be opened
 */
export async function fileStore(file: string, broken: (id: string) => void): Promise<ManagedStore> {
  const database = await open(file);
  const version = database.prepare("PRAGMA data_version");
  const since = database.prepare("SELECT * FROM gateway_keys WHERE change > ? ORDER BY change");
  const one = database.prepare("SELECT * FROM gateway_keys WHERE id = ?");
  const write = database.prepare(`
    INSERT OR REPLACE INTO gateway_keys
    SELECT ?, ?, ?, ?, ?, ?, ?, ?, coalesce(max(change), 0) + 1 FROM gateway_keys
  `);
  const dataVersion = () => Number(version.get()?.["data_version"]);
  let seenVersion = 0;

  const put = (row: ManagedRow) => {
    write.run(
      row.id,
      row.digest,
      row.oldDigest,
      row.oldUntilMs,
      JSON.stringify(row.settings),
      row.createdMs,
      row.rotatedMs,
      row.revokedMs,
    );
  };
  const inTransaction = (work: () => void) => {
    try {
      database.exec("BEGIN IMMEDIATE");
      try {
        work();
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    } catch (cause) {
      throw failed(file, cause);
    }
  };

  return {
    stale: () => dataVersion() !== seenVersion,
    news(last) {
      // Read first: what is committed in between is news again next time.
      seenVersion = dataVersion();
      const found = since.all(last) as readonly Columns[];
      const rows = found.map((columns) => rowOf(columns, broken));
      return { rows, last: Number(found.at(-1)?.["change"] ?? last) };
    },
    insert: (row) => inTransaction(() => put(row)),
    change(id, edit) {
      inTransaction(() => {
        const columns = one.get(id);
        if (columns === undefined) return;
        put(edit(rowOf(columns, () => {
          throw new Error(`the settings of key "${id}" cannot be read`);
        })));
      });
    },
    close: () => database.close(),
  };
}

async function open(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  try {
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; ${schema}`);
    return database;
  } catch (cause) {
    throw loomError(
      "config-invalid",
      `dataFile ${file} cannot be opened as a file of SQLite: ${(cause as Error).message}`,
      { path: "dataFile", file },
      { cause },
    );
  }
}

/** A row that cannot be read is as good as revoked: what it allowed is not known. */
function rowOf(columns: Columns, broken: (id: string) => void): ManagedRow {
  const text = (name: string) => columns[name] as string | null;
  const number = (name: string) => columns[name] as number | null;
  const settings = settingsOf(text("settings") ?? "");
  const id = text("id") ?? "";
  if (settings === undefined) broken(id);
  return {
    id,
    digest: settings === undefined ? null : text("digest"),
    oldDigest: text("old_digest"),
    oldUntilMs: number("old_until_ms"),
    settings: settings ?? {},
    createdMs: number("created_ms") ?? 0,
    rotatedMs: number("rotated_ms"),
    revokedMs: number("revoked_ms"),
  };
}

function settingsOf(text: string): ManagedSettings | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value as ManagedSettings : undefined;
  } catch {
    return undefined;
  }
}

function failed(file: string, cause: unknown): LoomError {
  if (LoomError.is(cause)) return cause;
  return loomError(
    "internal",
    `the keys in ${file} could not be changed: ${(cause as Error).message}`,
    {},
    { status: 503, cause },
  );
}
