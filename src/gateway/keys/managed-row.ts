/** A key that was made through the admin API, as it is kept: settings and digests, never the secret. */

import type { KeyOptions } from "../options.ts";

export interface ManagedSettings extends Omit<KeyOptions, "key" | "hash" | "id"> {
  /** What people call it. */
  readonly name?: string;
}

export interface ManagedRow {
  readonly id: string;
  /** `null`: the key was revoked. */
  readonly digest: string | null;
  /** The secret before the last rotation, and until when it works. */
  readonly oldDigest: string | null;
  readonly oldUntilMs: number | null;
  readonly settings: ManagedSettings;
  readonly createdMs: number;
  readonly rotatedMs: number | null;
  readonly revokedMs: number | null;
}

/** Rows that are new or changed, and where to go on from. */
export interface ManagedNews {
  readonly rows: readonly ManagedRow[];
  readonly last: number;
}

/** Where managed keys are kept. Rows are never deleted, so that accounts can still name the keys that made them. */
export interface ManagedStore {
  /** Whether somebody else may have changed something after `last`. Cheap. */
  stale(last: number): boolean;
  /** What is new after `last`, whoever changed it; 0: everything. */
  news(last: number): ManagedNews;
  insert(row: ManagedRow): void;
  /** Reads, edits and writes in one transaction, so that changes of two processes do not undo each other. */
  change(id: string, edit: (row: ManagedRow) => ManagedRow): void;
  close(): void;
}

/** Keys that live as long as the process. Several keyrings may share one, such as those of two configurations. */
export function memoryStore(): ManagedStore {
  const rows = new Map<string, { readonly row: ManagedRow; readonly change: number }>();
  let changes = 0;
  const put = (row: ManagedRow) => void rows.set(row.id, { row, change: ++changes });
  return {
    stale: (last) => changes > last,
    news: (last) => ({
      rows: [...rows.values()].filter(({ change }) => change > last).map(({ row }) => row),
      last: changes,
    }),
    insert: put,
    change(id, edit) {
      const known = rows.get(id);
      if (known !== undefined) put(edit(known.row));
    },
    close: () => {},
  };
}
