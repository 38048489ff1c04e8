/** The form that uploads the calls of a batch as a file. */

import { letters } from "../../../src/plugin.ts";

export interface Upload {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** The same rows give the same bytes. @param rows each without line ends */
export function uploadOf(fields: Readonly<Record<string, string>>, rows: readonly string[]): Upload {
  const boundary = boundaryFor(rows);
  const pieces: Uint8Array[] = [];
  const add = (text: string) => pieces.push(Buffer.from(text, "utf8"));
  for (const [name, value] of Object.entries(fields)) {
    add(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  add(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="batch.jsonl"\r\n` +
      "content-type: application/jsonl\r\n\r\n",
  );
  for (const row of rows) add(`${row}\n`);
  add(`\r\n--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(pieces) };
}

/** A line that stands in no row, whatever somebody has written. */
function boundaryFor(rows: readonly string[]): string {
  for (let round = 0;; round++) {
    const boundary = `loom${letters(`${round}/${rows.length}/${rows[0] ?? ""}`, 28)}`;
    if (!rows.some((row) => row.includes(boundary))) return boundary;
  }
}
