/** Writes calls, all of a batch or none. */

import { callColumns, innerColumns } from "./columns.ts";
import { type DatabaseSync, transaction } from "./database.ts";
import type { StoredCall } from "./stored-call.ts";

export function inserter(database: DatabaseSync): (calls: readonly StoredCall[]) => void {
  const columns = [...callColumns, ...innerColumns];
  const call = database.prepare(
    `INSERT INTO calls (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const receipt = database.prepare("INSERT INTO call_receipts (id, receipt) VALUES (?, ?)");
  const content = database.prepare("INSERT INTO call_contents (id, content) VALUES (?, ?)");
  const tag = database.prepare("INSERT OR IGNORE INTO call_tags (tag, at_ms, id) VALUES (?, ?, ?)");

  return (calls) =>
    transaction(database, () => {
      for (const one of calls) {
        const { lastInsertRowid: id } = call.run(...one.values);
        receipt.run(id, one.receipt);
        if (one.content !== undefined) content.run(id, one.content);
        for (const name of one.tags) tag.run(name, one.atMs, id);
      }
    });
}
