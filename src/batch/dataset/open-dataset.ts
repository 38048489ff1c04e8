/** Opens a dataset: looks at its name and its first line, so that what is wrong with the file shows before anything is spent. */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkAdded } from "../additions.ts";
import type { Dataset, FileType } from "./dataset.ts";
import { identifiedRows, numberedRows } from "./dataset-rows.ts";
import { unwritable } from "./faults.ts";
import { fileForm } from "./file-type.ts";
import { mergeRows } from "./merge-rows.ts";
import type { RowFormat, RowFormatOptions } from "./raw-row.ts";
import { type RawRows, rawRows } from "./raw-rows.ts";
import { readBytes, type ReadingProgress, sourceFile } from "./read-bytes.ts";
import { replacedFile } from "./replaced-file.ts";

export interface OpenDatasetOptions {
  /** Whether each row of a JSON or JSONL file must have an id of its own. CSV rows need none. Default `optional`. */
  readonly ids?: "required" | "optional";
  /** A longer row is an error, since rows are held in memory. Default 64 MiB. */
  readonly maxRowBytes?: number;
}

/**
 * @throws LoomError `file-unreadable`; `invalid-request`: a name that tells no type, a header of CSV that is wrong
 */
export async function openDataset(path: string, options: OpenDatasetOptions = {}): Promise<Dataset> {
  const { ids = "optional", maxRowBytes = 64 * 1024 * 1024 } = options;
  const file = resolve(path);
  const { type, gzip } = fileForm(file);
  const source = await sourceFile(file, gzip);
  const makeFormat = await formatOf(type);
  let progress: ReadingProgress = { bytes: 0 };

  function reading(of: ReadingProgress, signal?: AbortSignal): RawRows & { readonly format: RowFormat } {
    const format = makeFormat({ file, maxRowBytes });
    return { ...rawRows(file, readBytes(source, of, signal), format), format };
  }

  function counted(signal?: AbortSignal): RawRows & { readonly format: RowFormat } {
    progress = { bytes: 0 };
    return reading(progress, signal);
  }

  const columns = type === "csv" ? await firstColumns(reading({ bytes: 0 })) : undefined;
  return {
    path: file,
    type,
    columns,
    totalBytes: source.bytes,
    get readBytes() {
      return progress.bytes;
    },
    rows(signal) {
      const { bunches } = counted(signal);
      if (ids === "optional" || type === "csv") return numberedRows(bunches);
      return identifiedRows(file, bunches, () => reading({ bytes: 0 }, signal).bunches);
    },
    async merge(output, names, additionsOf, signal) {
      checkAdded(names, columns ?? []);
      await checkApart(file, output);
      const to = await replacedFile(resolve(output), Date.now);
      try {
        const { format, ...rows } = counted(signal);
        await mergeRows(rows, format, to, names, additionsOf, signal);
        await to.commit();
      } catch (error) {
        // Why it failed counts, not that the rest of it could not be removed either.
        await to.discard().catch(() => {});
        throw error;
      }
    },
  };
}

/** The parsers are loaded by those who read such files. */
async function formatOf(type: FileType): Promise<(options: RowFormatOptions) => RowFormat> {
  if (type === "csv") return (await import("./csv/csv-format.ts")).csvFormat;
  if (type === "json") return (await import("./json/json-format.ts")).jsonFormat;
  return (await import("./json/jsonl-format.ts")).jsonlFormat;
}

/** A fault of the header comes from here; one of the first rows comes when they are read. */
async function firstColumns(
  { bunches, format }: RawRows & { readonly format: RowFormat },
): Promise<readonly string[]> {
  try {
    while (format.columns() === undefined) {
      if ((await bunches.next()).done) break;
    }
  } catch (error) {
    if (format.columns() === undefined) throw error;
  } finally {
    await bunches.return();
  }
  return format.columns() ?? [];
}

/** The rows would be gone while they are read. */
async function checkApart(file: string, output: string): Promise<void> {
  const [one, other] = await Promise.all([file, output].map((path) => stat(path).catch(() => undefined)));
  if (one === undefined || other === undefined || one.ino !== other.ino || one.dev !== other.dev) return;
  throw unwritable(output, "it is the input itself; name another output");
}
