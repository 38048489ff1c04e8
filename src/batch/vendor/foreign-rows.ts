/** Whose answers those of a batch are that another tool has handed in: its `id_map` names rows by their ids. */

import { loomError } from "../../errors/index.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { BatchRecord } from "../home/batch-record.ts";

/**
 * The row of each custom id: the one that has the id, or, where no row has any of them, the one of that number from 0.
 *
 * @throws LoomError `invalid-request`, when the dataset has none of its rows
 */
export async function foreignRows(
  { id_map, original_file_path: file }: BatchRecord,
  dataset: Pick<Dataset, "rows">,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const wanted = new Map(Object.entries(id_map).map(([customId, id]) => [String(id), customId]));
  const byId = new Map<string, number>();
  let count = 0;
  for await (const rows of dataset.rows(signal)) {
    for (const { id, index } of rows) {
      count++;
      const customId = wanted.get(id);
      if (customId !== undefined) byId.set(customId, index);
    }
  }
  if (byId.size === wanted.size) return byId;
  const byNumber = new Map<string, number>();
  for (const [id, customId] of wanted) {
    if (/^\d+$/.test(id) && Number(id) < count) byNumber.set(customId, Number(id));
  }
  if (byNumber.size === wanted.size) return byNumber;
  const message = `${file} has ${byId.size} of the ${wanted.size} rows that were handed in; ` +
    "put back the file as it was then";
  throw loomError("invalid-request", message, { path: file });
}
