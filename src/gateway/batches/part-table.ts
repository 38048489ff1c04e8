/** Which rows of a batch were handed to which vendor's batch, in SQLite. */

import type { DatabaseSync } from "node:sqlite";

/**
 * `submitting`: the vendor was asked to take it, and nobody has seen the answer. `refused`: it did not take it, or gave up on
 * all of it, so that its rows are asked one by one.
 */
export type PartStatus = "submitting" | "submitted" | "refused" | "done";

export interface Part {
  readonly number: number;
  /** Line numbers in the input file, in the order in which they were handed in. */
  readonly lines: readonly number[];
  readonly status: PartStatus;
  /** What picks the vendor's batch up again. */
  readonly handle: string | undefined;
}

export interface PartTable {
  of(batch: string): readonly Part[];
  /** Gives its number. */
  add(batch: string, lines: readonly number[]): number;
  set(batch: string, number: number, status: PartStatus, handle?: string): void;
  forget(batch: string): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS gateway_batch_parts (
    batch TEXT NOT NULL,
    number INTEGER NOT NULL,
    lines TEXT NOT NULL,
    status TEXT NOT NULL,
    handle TEXT,
    PRIMARY KEY (batch, number)
  ) STRICT, WITHOUT ROWID;
`;

export function partTable(database: DatabaseSync): PartTable {
  database.exec(schema);
  const all = database.prepare("SELECT * FROM gateway_batch_parts WHERE batch = ? ORDER BY number");
  const insert = database.prepare(`
    INSERT INTO gateway_batch_parts
    SELECT ?1, coalesce(max(number), 0) + 1, ?2, 'submitting', NULL FROM gateway_batch_parts WHERE batch = ?1
    RETURNING number
  `);
  const update = database.prepare(`
    UPDATE gateway_batch_parts SET status = ?, handle = coalesce(?, handle) WHERE batch = ? AND number = ?
  `);
  const forget = database.prepare("DELETE FROM gateway_batch_parts WHERE batch = ?");
  return {
    of: (batch) =>
      all.all(batch).map((row) => ({
        number: Number(row["number"]),
        lines: JSON.parse(String(row["lines"])) as number[],
        status: String(row["status"]) as PartStatus,
        handle: row["handle"] === null ? undefined : String(row["handle"]),
      })),
    add: (batch, lines) => Number(insert.get(batch, JSON.stringify(lines))?.["number"]),
    set: (batch, number, status, handle) => void update.run(status, handle ?? null, batch, number),
    forget: (batch) => void forget.run(batch),
  };
}
