/** Encodes what a user's turn or a tool's result is made of: text, pictures, documents. */

import {
  type ContentPart,
  dataUri,
  type FileContent,
  type ImageContent,
  type Json,
  type JsonObject,
} from "../../../src/plugin.ts";
import { type Encoding, invalid, unsupported } from "./place.ts";

/** One block. `undefined`: there is nothing in it; the API refuses blocks of white space. */
export function contentBlock(part: ContentPart, at: Encoding, path: string): JsonObject | undefined {
  switch (part.type) {
    case "text":
      return textBlock(part.text, part.extra);
    case "image":
      return imageBlock(part, at, path);
    case "file":
      return documentBlock(part, at, path);
    case "native":
      return part.value;
    case "audio":
      throw unsupported(at, path, "sound as input");
    default:
      throw invalid(at, path, `a ${part.type} part can only stand in a turn of the assistant`);
  }
}

export function textBlock(text: string, extra: JsonObject | undefined): JsonObject | undefined {
  return text.trim() === "" ? undefined : { type: "text", text, ...extra };
}

function imageBlock({ url, dataB64, mimeType, extra }: ImageContent, at: Encoding, path: string): JsonObject {
  if (at.manifest.capabilities?.images === false) throw unsupported(at, path, "pictures as input");
  if ((url === undefined) === (dataB64 === undefined)) {
    throw invalid(at, path, "an image needs exactly one of `url` and `dataB64`");
  }
  if (url !== undefined) return { type: "image", source: addressed(url), ...extra };
  if (mimeType === undefined) {
    throw invalid(at, path, "`dataB64` needs a `mimeType` beside it, such as image/png");
  }
  return { type: "image", source: base64(dataB64 as string, mimeType), ...extra };
}

function documentBlock(file: FileContent, at: Encoding, path: string): JsonObject {
  const { url, dataB64, fileId, mimeType = "application/pdf", filename, extra } = file;
  const given = [url, dataB64, fileId].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw invalid(at, path, "a file needs exactly one of `url`, `dataB64` and `fileId`");
  }
  const picture = mimeType.startsWith("image/");
  if (at.manifest.capabilities?.[picture ? "images" : "files"] === false) {
    throw unsupported(at, path, picture ? "pictures as input" : "documents as input");
  }
  const source = fileId !== undefined
    ? { type: "file", file_id: fileId }
    : url !== undefined
    ? addressed(url)
    : documentSource(dataB64 as string, mimeType);
  if (picture) return { type: "image", source, ...extra };
  return { type: "document", source, ...(filename !== undefined && { title: filename }), ...extra };
}

/** Text goes as text; the API takes base64 for PDF only. */
function documentSource(dataB64: string, mimeType: string): Json {
  const kind = mimeType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!kind.startsWith("text/") && !textual.has(kind)) return base64(dataB64, kind);
  const bytes = Uint8Array.from(atob(dataB64), (character) => character.charCodeAt(0));
  return { type: "text", media_type: "text/plain", data: new TextDecoder().decode(bytes) };
}

const textual: ReadonlySet<string> = new Set([
  "application/json",
  "application/xml",
  "application/yaml",
  "application/x-yaml",
]);

function base64(data: string, mimeType: string): Json {
  return { type: "base64", media_type: mimeType, data };
}

/** An address, or the bytes themselves where it is a `data:` URI. */
function addressed(url: string): Json {
  const found = dataUri(url);
  return found === undefined ? { type: "url", url } : base64(found.dataB64, found.mimeType);
}
