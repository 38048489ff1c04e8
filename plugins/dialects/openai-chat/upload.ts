/** The request that uploads the calls of a batch as a file. */

import { rowsForm, type WireRequest } from "../../../src/plugin.ts";

/** What a file without a label is called, in fields too. */
const someName = "batch.jsonl";

/** By this name the file of a labelled batch is found again. */
export function fileNameOf(label: string | undefined): string {
  return label === undefined ? someName : `${label}.jsonl`;
}

/** @param rows each without line ends */
export function uploadRequest(
  path: string,
  fields: Readonly<Record<string, string>>,
  rows: readonly string[],
  label?: string,
): WireRequest {
  const fileName = fileNameOf(label);
  const named = Object.entries(fields).map(([name, value]) => [name, value === someName ? fileName : value]);
  const { contentType, bytes } = rowsForm({
    fields: Object.fromEntries(named) as Record<string, string>,
    field: "file",
    fileName,
    rows,
  });
  return { method: "POST", path, headers: { "content-type": contentType }, body: bytes, stream: false };
}
