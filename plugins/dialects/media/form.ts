/** Multipart forms, as bytes. */

import { asFields, asList, type Json, letters } from "../../../src/plugin.ts";
import type { Draft } from "./places.ts";

/** A file of a form. */
export interface Upload {
  readonly name: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export interface Form {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes fields, then files. The same form gives the same bytes.
 *
 * @param lists how a list is named: `name[]`, or `name` again and again
 */
export function formOf(body: Draft, files: readonly Upload[], lists: "brackets" | "repeat"): Form {
  const fields = Object.entries(body).flatMap(([name, value]) => fieldsOf(name, value, lists));
  const boundary = boundaryFor(fields, files);
  const pieces: Uint8Array[] = [];
  const text = (line: string) => pieces.push(Buffer.from(line, "utf8"));
  for (const [name, value] of fields) {
    text(`--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`);
  }
  for (const { name, filename, mimeType, bytes } of files) {
    const disposition = `form-data; name="${quoted(name)}"; filename="${quoted(filename)}"`;
    text(
      `--${boundary}\r\ncontent-disposition: ${disposition}\r\ncontent-type: ${oneLine(mimeType)}\r\n\r\n`,
    );
    pieces.push(bytes);
    text("\r\n");
  }
  text(`--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(pieces) };
}

function fieldsOf(
  name: string,
  value: Json | undefined,
  lists: "brackets" | "repeat",
): readonly (readonly [string, string])[] {
  if (value === undefined || value === null) return [];
  const list = asList(value) as readonly Json[] | undefined;
  if (list !== undefined) {
    return list.flatMap((entry) => fieldsOf(lists === "brackets" ? `${name}[]` : name, entry, lists));
  }
  const inner = asFields(value) as Readonly<Record<string, Json>> | undefined;
  if (inner === undefined) return [[name, String(value)]];
  if (lists === "repeat") return [[name, JSON.stringify(inner)]];
  return Object.entries(inner).flatMap(([key, entry]) => fieldsOf(`${name}[${key}]`, entry, lists));
}

/** A line that stands nowhere in the form, whatever somebody has put into it. */
function boundaryFor(fields: readonly (readonly [string, string])[], files: readonly Upload[]): string {
  const seed = fields.flat().join("\n") + files.map(({ bytes }) => bytes.length).join();
  for (let round = 0;; round++) {
    const boundary = `loom${letters(`${round}/${seed}`, 28)}`;
    const taken = fields.some(([, value]) => value.includes(boundary)) ||
      files.some(({ bytes }) =>
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(boundary)
      );
    if (!taken) return boundary;
  }
}

/** As browsers write names in a header. */
function quoted(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function oneLine(mimeType: string): string {
  return /^[\w.+-]+\/[\w.+;= -]+$/.test(mimeType) ? mimeType : "application/octet-stream";
}
