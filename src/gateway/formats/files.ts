/** Files of forms as a call takes them. */

import { Buffer } from "node:buffer";
import type { MediaInput } from "../../contract/index.ts";
import type { FormFile } from "../format.ts";

const byEnding: ReadonlyMap<string, string> = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["webp", "image/webp"],
  ["gif", "image/gif"],
  ["mp3", "audio/mpeg"],
  ["mpga", "audio/mpeg"],
  ["mpeg", "audio/mpeg"],
  ["wav", "audio/wav"],
  ["m4a", "audio/mp4"],
  ["mp4", "audio/mp4"],
  ["flac", "audio/flac"],
  ["ogg", "audio/ogg"],
  ["oga", "audio/ogg"],
  ["opus", "audio/ogg"],
  ["webm", "audio/webm"],
]);

/** @param otherwise the kind where neither the form nor the file's name says it */
export function mediaInput(file: FormFile, otherwise: string): MediaInput {
  return {
    dataB64: base64Of(file.bytes),
    mimeType: mimeTypeOf(file, otherwise),
    ...(file.filename !== "" && { filename: file.filename }),
  };
}

/** A file as a param, from which forms to vendors make one again. */
export function dataUriOf(file: FormFile, otherwise: string): string {
  return `data:${mimeTypeOf(file, otherwise)};base64,${base64Of(file.bytes)}`;
}

/** Clients that do not know what they send say `application/octet-stream`. */
function mimeTypeOf({ mimeType, filename }: FormFile, otherwise: string): string {
  if (/^(?:image|audio|video)\/[\w.+-]+$/.test(mimeType)) return mimeType;
  return byEnding.get(filename.slice(filename.lastIndexOf(".") + 1).toLowerCase()) ?? otherwise;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
