/** What is known of each batch, in SQLite, and which process works on it. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { PageQuery } from "../files/page.ts";
import type { BatchOrder, BatchState, BatchStatus, Counts, StoredBatch } from "./batch.ts";

export interface NewBatch {
  readonly id: string;
  readonly tenant: string;
  readonly order: BatchOrder;
  readonly idempotencyKey: string | undefined;
  readonly createdAtS: number;
  readonly expiresAtS: number;
}

export interface BatchTable {
  /** Gives the batch that the tenant made with this idempotency key before, where there is one. */
  add(batch: NewBatch): StoredBatch;
  find(tenant: string, id: string): StoredBatch | undefined;
  /** One more than asked for, where there are more. */
  list(tenant: string, page: PageQuery): readonly StoredBatch[];
  /** Takes up to `most` batches that are not over and that nobody works on. */
  claim(owner: string, nowMs: number, untilMs: number, most: number): readonly StoredBatch[];
  /** Goes on working on it. Its status as it is now; `undefined`: it is another's by now. */
  renew(id: string, owner: string, untilMs: number): BatchStatus | undefined;
  has(id: string): boolean;
  isOwner(id: string, owner: string): boolean;
  release(id: string, owner: string): void;
  /** Its rows are about to be asked. Its status by now; `undefined`: it is another's. */
  begin(id: string, owner: string, atS: number, total: number): BatchStatus | undefined;
  count(id: string, owner: string, counts: Counts): void;
  /** False: it is another's by now. */
  update(id: string, owner: string, status: BatchStatus, state: BatchState, counts: Counts): boolean;
  /** Asks whoever works on it to stop. */
  cancel(id: string, atS: number): void;
  /** Those that ended before; their rows go. */
  forget(beforeS: number): readonly string[];
}

/** Other tables of the file are others' business. */
const schema = `
  CREATE TABLE IF NOT EXISTS gateway_batches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    idempotency TEXT,
    work TEXT NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL,
    owner TEXT,
    lease_ms INTEGER NOT NULL,
    UNIQUE (tenant, idempotency)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS gateway_batches_status ON gateway_batches (status);
`;

const unfinished = "status IN ('validating', 'in_progress', 'cancelling', 'finalizing')";

type Columns = Readonly<Record<string, SQLOutputValue>>;

export function batchTable(database: DatabaseSync): BatchTable {
  database.exec(schema);
  const insert = database.prepare(`
    INSERT INTO gateway_batches
      (id, tenant, idempotency, work, status, state, total, completed, failed, created_s, expires_s, lease_ms)
    VALUES (?, ?, ?, ?, 'validating', '{}', 0, 0, 0, ?, ?, 0) ON CONFLICT (tenant, idempotency) DO NOTHING
  `);
  const again = database.prepare("SELECT * FROM gateway_batches WHERE tenant = ? AND idempotency = ?");
  const one = database.prepare("SELECT * FROM gateway_batches WHERE id = ? AND tenant = ?");
  const page = database.prepare(`
    SELECT * FROM gateway_batches WHERE tenant = ?1
      AND (?2 IS NULL OR seq < (SELECT seq FROM gateway_batches WHERE id = ?2))
    ORDER BY seq DESC LIMIT ?3
  `);
  const claim = database.prepare(`
    UPDATE gateway_batches SET owner = ?1, lease_ms = ?2 WHERE seq IN (
      SELECT seq FROM gateway_batches WHERE ${unfinished} AND (owner IS NULL OR lease_ms < ?3) ORDER BY seq LIMIT ?4
    ) RETURNING *
  `);
  const renew = database.prepare(`
    UPDATE gateway_batches SET lease_ms = ? WHERE id = ? AND owner = ? RETURNING status
  `);
  const has = database.prepare("SELECT 1 FROM gateway_batches WHERE id = ?");
  const owned = database.prepare("SELECT 1 FROM gateway_batches WHERE id = ? AND owner = ?");
  const release = database.prepare(
    "UPDATE gateway_batches SET owner = NULL, lease_ms = 0 WHERE id = ? AND owner = ?",
  );
  const update = database.prepare(`
    UPDATE gateway_batches SET status = ?, state = ?, total = ?, completed = ?, failed = ?
    WHERE id = ? AND owner = ?
  `);
  const begin = database.prepare(`
    UPDATE gateway_batches SET status = CASE status WHEN 'validating' THEN 'in_progress' ELSE status END,
      state = json_set(state, '$.inProgressAtS', ?), total = ?
    WHERE id = ? AND owner = ? RETURNING status
  `);
  const count = database.prepare(
    "UPDATE gateway_batches SET total = ?, completed = ?, failed = ? WHERE id = ? AND owner = ?",
  );
  const cancel = database.prepare(`
    UPDATE gateway_batches SET status = 'cancelling', state = json_set(state, '$.cancellingAtS', ?)
    WHERE id = ? AND status IN ('validating', 'in_progress')
  `);
  const forget = database.prepare(
    `DELETE FROM gateway_batches WHERE NOT ${unfinished} AND expires_s < ? RETURNING id`,
  );

  return {
    add({ id, tenant, order, idempotencyKey, createdAtS, expiresAtS }) {
      insert.run(id, tenant, idempotencyKey ?? null, JSON.stringify(order), createdAtS, expiresAtS);
      const found = one.get(id, tenant) ?? again.get(tenant, idempotencyKey ?? null);
      return batchOf(found as Columns);
    },
    find(tenant, id) {
      const found = one.get(id, tenant);
      return found === undefined ? undefined : batchOf(found);
    },
    list: (tenant, { limit, after }) => page.all(tenant, after ?? null, limit + 1).map(batchOf),
    claim: (owner, nowMs, untilMs, most) => claim.all(owner, untilMs, nowMs, most).map(batchOf),
    renew(id, owner, untilMs) {
      const status = renew.get(untilMs, id, owner)?.["status"];
      return status === undefined ? undefined : String(status) as BatchStatus;
    },
    has: (id) => has.get(id) !== undefined,
    isOwner: (id, owner) => owned.get(id, owner) !== undefined,
    release: (id, owner) => void release.run(id, owner),
    begin(id, owner, atS, total) {
      const status = begin.get(atS, total, id, owner)?.["status"];
      return status === undefined ? undefined : String(status) as BatchStatus;
    },
    count: (id, owner, { total, completed, failed }) => void count.run(total, completed, failed, id, owner),
    update(id, owner, status, state, { total, completed, failed }) {
      const { changes } = update.run(status, JSON.stringify(state), total, completed, failed, id, owner);
      return Number(changes) > 0;
    },
    cancel: (id, atS) => void cancel.run(atS, id),
    forget: (beforeS) => forget.all(beforeS).map((row) => String(row["id"])),
  };
}

function batchOf(row: Columns): StoredBatch {
  return {
    id: String(row["id"]),
    tenant: String(row["tenant"]),
    order: JSON.parse(String(row["work"])) as BatchOrder,
    status: String(row["status"]) as BatchStatus,
    state: JSON.parse(String(row["state"])) as BatchState,
    counts: {
      total: Number(row["total"]),
      completed: Number(row["completed"]),
      failed: Number(row["failed"]),
    },
    createdAtS: Number(row["created_s"]),
    expiresAtS: Number(row["expires_s"]),
  };
}
