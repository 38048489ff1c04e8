/** Rows as jobs read them: numbered, with ids that are checked where they have to be unique. */

import type { DatasetRow } from "./row.ts";
import { rowFault } from "./faults.ts";
import { idSet } from "./id-set.ts";
import type { RawRow } from "./raw-row.ts";

type Bunches = AsyncGenerator<readonly RawRow[], void>;

/** Each row has its own id, or its number from 1. */
export async function* numberedRows(bunches: Bunches): AsyncGenerator<readonly DatasetRow[], void> {
  for await (const bunch of bunches) {
    yield bunch.map(({ index, line, id = String(index + 1), fields }) => ({ index, line, id, fields }));
  }
}

/**
 * Every row must have an id that no other has.
 *
 * @param again a second reading, to find who had an id before, and to rule out that two only look alike
 * @throws LoomError `invalid-request`
 */
export async function* identifiedRows(
  file: string,
  bunches: Bunches,
  again: () => Bunches,
): AsyncGenerator<readonly DatasetRow[], void> {
  const ids = idSet();
  for await (const bunch of bunches) {
    const rows: DatasetRow[] = [];
    let fault: Error | undefined;
    for (const { index, line, id, fields } of bunch) {
      const place = { file, index, line };
      if (id === undefined) {
        fault = rowFault(place, 'it has no id; each row needs its own "id", a text or a number');
        break;
      }
      const before = ids.seen(id) ? await rowBefore(index, id, again()) : undefined;
      if (before !== undefined) {
        const owner = `row ${before.index + 1} (line ${before.line})`;
        fault = rowFault(place, `its id ${JSON.stringify(id)} is taken by ${owner}; ids must differ`);
        break;
      }
      rows.push({ index, line, id, fields });
    }
    if (rows.length > 0) yield rows;
    if (fault !== undefined) throw fault;
  }
}

async function rowBefore(index: number, id: string, bunches: Bunches): Promise<RawRow | undefined> {
  for await (const bunch of bunches) {
    const found = bunch.find((row) => row.index < index && row.id === id);
    if (found !== undefined) return found;
    if ((bunch.at(-1)?.index ?? 0) >= index) return undefined;
  }
  return undefined;
}
