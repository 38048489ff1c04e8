/** What a dataset is written as, told by its name. */

import { basename } from "node:path";
import { loomError } from "../../errors/index.ts";
import type { FileType } from "./dataset.ts";

const types: Readonly<Record<string, FileType>> = {
  csv: "csv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
};

export interface FileForm {
  readonly type: FileType;
  readonly gzip: boolean;
}

/** @throws LoomError `invalid-request`, when the name ends in nothing that is taken */
export function fileForm(path: string): FileForm {
  const [, extension = "", gz] = /\.([^.]*?)(\.gz)?$/i.exec(basename(path)) ?? [];
  const type = types[extension.toLowerCase()];
  if (type !== undefined) return { type, gzip: gz !== undefined };
  const problem = "a dataset is named .csv, .json, .jsonl or .ndjson, each also with .gz";
  throw loomError("invalid-request", `${path}: ${problem}`, { path });
}
