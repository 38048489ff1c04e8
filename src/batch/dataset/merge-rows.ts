/** Writes a dataset again with columns added; what it had stays as it was, byte for byte. */

import type { AdditionsOf } from "./dataset.ts";
import { aborted } from "./faults.ts";
import type { RawRows } from "./raw-rows.ts";
import type { RowFormat } from "./raw-row.ts";
import type { ReplacedFile } from "./replaced-file.ts";

/** Text that waits for one write. */
const pieceLength = 64 * 1024;

/** @throws LoomError `invalid-request`, `file-unreadable`, `file-unwritable`, `aborted`, or what `additionsOf` throws */
export async function mergeRows(
  { bom, bunches }: RawRows,
  format: RowFormat,
  output: ReplacedFile,
  names: readonly string[],
  additionsOf: AdditionsOf,
  signal?: AbortSignal,
): Promise<void> {
  // What stands before the first row is known when that has been read.
  const begin = () => bom() + format.head(names);
  let waiting: string | undefined;
  let isFirst = true;
  for await (const bunch of bunches) {
    waiting ??= begin();
    for (const row of bunch) {
      const given = additionsOf(row.index);
      const additions = given instanceof Promise ? await orAborted(given, signal) : given;
      if (additions === undefined) continue;
      waiting += format.written(row, names, additions, isFirst);
      isFirst = false;
      if (waiting.length < pieceLength) continue;
      await output.write(waiting);
      waiting = "";
    }
  }
  await output.write((waiting ?? begin()) + format.tail());
  if (signal?.aborted) throw aborted(signal);
}

/** The answers may come from somewhere that does not know the signal. */
function orAborted<T>(running: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return running;
  return new Promise((resolve, reject) => {
    const stop = () => reject(aborted(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
