/** Takes a form with one file as it arrives: the file goes to disk piece by piece, the texts are gathered. */

import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import type { JsonObject } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import { formFields } from "../http/form-fields.ts";

export interface ReceivedForm {
  readonly fields: JsonObject;
  /** The file of the field `file`; its bytes are at the path that was given. */
  readonly file: { readonly filename: string; readonly bytes: number } | undefined;
}

/**
 * @param path where no file is yet; what was written there stays when it fails
 * @throws LoomError `invalid-request`, `aborted`, or what the disk says
 */
export async function receiveForm(
  contentType: string,
  pieces: AsyncIterable<Uint8Array>,
  path: string,
  maxFileBytes: number,
): Promise<ReceivedForm> {
  const parser = parserFor(contentType);
  const texts: (readonly [name: string, text: string])[] = [];
  const giveUp = new AbortController();
  let file: ReceivedForm["file"];
  let writing: Promise<void> | undefined;

  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const refuse = (message: string, status = 400) =>
    fail(loomError("invalid-request", message, {}, { status }));
  parser.on("field", (name: string | undefined, text, _, isCut) => {
    if (name === undefined) return refuse("the form is broken");
    if (isCut) return refuse("a field of the form is longer than 64 KiB");
    texts.push([name, text]);
  });
  parser.on("file", (field: string | undefined, stream, filename: string | undefined) => {
    if (field !== "file" || writing !== undefined) {
      stream.resume();
      return refuse("the form has a file other than the one field `file`");
    }
    let bytes = 0;
    stream.on("data", (piece: Uint8Array) => {
      bytes += piece.length;
      if (bytes > maxFileBytes) refuse(`file: is larger than ${maxFileBytes} bytes`, 413);
    });
    writing = store(stream, path, giveUp.signal).then(() => {
      file = { filename: filename ?? "", bytes };
    });
    writing.catch(fail);
  });
  for (const limit of ["fieldsLimit", "filesLimit", "partsLimit"] as const) {
    parser.on(limit, () => refuse("the form has too many parts"));
  }
  parser.on("error", () => refuse("the form is broken or ends too early"));
  const parsed = new Promise<void>((resolve) => void parser.on("finish", () => resolve()));

  const feed = async () => {
    for await (const piece of pieces) {
      if (giveUp.signal.aborted) return;
      // What is written slowly, because the disk does not keep up, holds up the sender.
      if (!parser.write(piece)) await new Promise((drained) => parser.once("drain", drained));
    }
    parser.end();
    await parsed;
  };
  const feeding = feed();
  try {
    // A sender that says nothing any more does not keep the answer from coming.
    await Promise.race([feeding, failed]);
    await Promise.race([writing, failed]);
    return { fields: formFields(texts), file };
  } catch (error) {
    giveUp.abort();
    parser.destroy();
    feeding.catch(() => {});
    await writing?.catch(() => {});
    throw error;
  } finally {
    failed.catch(() => {});
  }
}

function parserFor(contentType: string): BusboyInstance {
  const wrong = "send the file as multipart/form-data, with a boundary, in the fields `file` and `purpose`";
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw loomError("invalid-request", `content-type: ${wrong}`, {}, { status: 415 });
  }
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: {
        fields: 32,
        files: 1,
        parts: 34,
        fieldSize: 64 * 1024,
        headerPairs: 16,
        headerSize: 16 * 1024,
      },
    });
  } catch {
    throw loomError("invalid-request", `content-type: ${wrong}`, {});
  }
}

async function store(stream: BusboyFileStream, path: string, signal: AbortSignal): Promise<void> {
  await pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal });
}
