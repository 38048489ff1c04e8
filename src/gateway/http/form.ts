/** Reads multipart forms: texts as fields of a body, files as bytes. */

import { Buffer } from "node:buffer";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import type { JsonObject } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { FormFile } from "../format.ts";
import { formFields } from "./form-fields.ts";

/** The size of the whole is the body's; these bound what is made of it. */
export interface FormLimits {
  /** Default 256. */
  readonly maxFields?: number;
  /** Default 32. */
  readonly maxFiles?: number;
  /** Most bytes of one text. Default 4 MiB. */
  readonly maxFieldBytes?: number;
}

export interface Form {
  /** Numbers stay texts. `name[]` and repeated names are lists, `name[key]` an object. */
  readonly fields: JsonObject;
  readonly files: readonly FormFile[];
}

const pieceBytes = 256 * 1024;

/** @throws LoomError `invalid-request`, when it is no form, breaks off, or has too much of something */
export function readForm(contentType: string, body: Uint8Array, limits: FormLimits = {}): Promise<Form> {
  const { maxFields = 256, maxFiles = 32, maxFieldBytes = 4 * 1024 * 1024 } = limits;
  return new Promise((resolve, reject) => {
    let isRefused = false;
    let parser: BusboyInstance | undefined;
    const refuse = (message: string, path?: string) => {
      isRefused = true;
      reject(loomError("invalid-request", message, path === undefined ? {} : { path }));
      // What is still waiting to be read is not read any more.
      parser?.destroy();
    };
    if (!/^multipart\/form-data\s*;/i.test(contentType)) {
      return refuse("a form comes as multipart/form-data with a boundary");
    }
    const broken = () => refuse("the form is broken or ends too early");
    try {
      parser = new Busboy({
        headers: { "content-type": contentType },
        limits: {
          fields: maxFields,
          files: maxFiles,
          parts: maxFields + maxFiles,
          fieldSize: maxFieldBytes,
          headerPairs: 16,
          headerSize: 16 * 1024,
        },
      });
    } catch {
      return refuse("content-type: multipart/form-data needs a boundary");
    }
    const texts: (readonly [name: string, text: string])[] = [];
    const files: FormFile[] = [];

    parser.on("field", (name: string | undefined, text, _, isCut) => {
      if (name === undefined) return broken();
      if (isCut) return refuse(`${shown(name)}: is longer than ${maxFieldBytes} bytes`, shown(name));
      texts.push([name, text]);
    });
    parser.on("file", (field: string | undefined, stream, filename: string | undefined, _, mimeType) => {
      // Those that nobody reads would hold up the end for ever, so unnamed ones are read too.
      gather(stream, broken, (bytes) => {
        if (field === undefined) return broken();
        files.push({ field, filename: filename ?? "", mimeType, bytes });
      });
    });
    parser.on("fieldsLimit", () => refuse(`the form has more than ${maxFields} fields`));
    parser.on("filesLimit", () => refuse(`the form has more than ${maxFiles} files`));
    parser.on("partsLimit", () => refuse(`the form has more than ${maxFields + maxFiles} parts`));
    parser.on("error", broken);
    parser.on("finish", () => resolve({ fields: formFields(texts), files }));
    // Piece by piece, so that reading stops where the form is refused.
    for (let from = 0; from < body.length && !isRefused; from += pieceBytes) {
      parser.write(body.subarray(from, from + pieceBytes));
    }
    if (!isRefused) parser.end();
  });
}

/** What came in one piece is given as it is, without a copy. */
function gather(stream: BusboyFileStream, broken: () => void, done: (bytes: Uint8Array) => void): void {
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("error", broken);
  stream.on("end", () => {
    const [only] = pieces;
    done(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces));
  });
}

/** Names come from outside and may be of any length. */
function shown(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
