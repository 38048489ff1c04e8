/** The form that uploads the rows of a batch as a file of lines. */

import { letters } from "./letters.ts";

/** What `rowsForm` puts together. */
export interface RowsForm {
  /** Sent along with the file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The form's name for the file. */
  readonly field: string;
  readonly fileName: string;
  /** Each without line ends. */
  readonly rows: readonly string[];
}

/** The same rows give the same bytes. */
export function rowsForm(
  { fields = {}, field, fileName, rows }: RowsForm,
): { readonly contentType: string; readonly bytes: Uint8Array } {
  const boundary = boundaryFor(rows);
  const pieces: Uint8Array[] = [];
  const add = (text: string) => pieces.push(Buffer.from(text, "utf8"));
  for (const [name, value] of Object.entries(fields)) {
    add(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  add(
    `--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="${fileName}"\r\n` +
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
