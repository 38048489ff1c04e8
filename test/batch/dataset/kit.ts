/** Datasets made for a test: written to a folder, opened, read whole, merged. */

import { readFile, writeFile } from "node:fs/promises";
import type { AdditionsOf, Dataset } from "../../../src/batch/dataset/dataset.ts";
import { openDataset, type OpenDatasetOptions } from "../../../src/batch/dataset/open-dataset.ts";
import type { DatasetRow } from "../../../src/batch/dataset/row.ts";
import { folderOf } from "../../support/folder.ts";

export interface MadeDataset {
  readonly dataset: Dataset;
  rows(): Promise<readonly DatasetRow[]>;
  /** The text of the output. */
  merged(names: readonly string[], additionsOf: AdditionsOf): Promise<string>;
  file(name: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function datasetOf(
  name: string,
  content: string | Uint8Array,
  options?: OpenDatasetOptions,
): Promise<MadeDataset> {
  const folder = await folderOf();
  try {
    await writeFile(folder.file(name), content);
    const dataset = await openDataset(folder.file(name), options);
    return {
      dataset,
      rows: () => all(dataset),
      async merged(names, additionsOf) {
        await dataset.merge(folder.file("output"), names, additionsOf);
        return await readFile(folder.file("output"), "utf8");
      },
      file: folder.file,
      [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

export async function all(dataset: Dataset, signal?: AbortSignal): Promise<readonly DatasetRow[]> {
  const rows: DatasetRow[] = [];
  for await (const bunch of dataset.rows(signal)) rows.push(...bunch);
  return rows;
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
