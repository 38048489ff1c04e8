/** Encodes pictures and documents. */

import type { Attempting, FileContent, ImageContent, Json, JsonObject } from "../../../src/plugin.ts";
import { invalid, unsupported } from "./invalid.ts";

const imageFormats: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

const documentFormats: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};

const videoFormats: Readonly<Record<string, string>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
  "video/x-matroska": "mkv",
  "video/x-flv": "flv",
  "video/mpeg": "mpeg",
  "video/x-ms-wmv": "wmv",
  "video/3gpp": "three_gp",
};

/** What stands in `extra` beside the cache mark belongs into the block. */
function ownFields(extra: JsonObject | undefined): JsonObject {
  const { cachePoint: _, ...rest } = extra ?? {};
  return rest as JsonObject;
}

export function imageBlock(ctx: Attempting, part: ImageContent, path: string): Json {
  const format = formatOf(imageFormats, part.mimeType, part.url);
  if (format === undefined) throw invalid(ctx, path, "an image needs a `mimeType`: png, jpeg, gif or webp");
  return { image: { format, source: sourceOf(ctx, part, path), ...ownFields(part.extra) } };
}

/** `number`: how many documents came before, for a name of its own. */
export function documentBlock(ctx: Attempting, part: FileContent, path: string, number: number): Json {
  if (part.fileId !== undefined) throw unsupported(ctx, path, "files by id");
  const video = formatOf(videoFormats, part.mimeType, undefined);
  if (video !== undefined) {
    return { video: { format: video, source: sourceOf(ctx, part, path), ...ownFields(part.extra) } };
  }
  const format = formatOf(documentFormats, part.mimeType, part.filename ?? part.url);
  if (format === undefined) {
    throw invalid(
      ctx,
      path,
      "a document needs a `mimeType`: pdf, csv, doc, docx, xls, xlsx, html, txt or md",
    );
  }
  const name = documentName(part.filename) ?? `document-${number + 1}`;
  return { document: { format, name, source: sourceOf(ctx, part, path), ...ownFields(part.extra) } };
}

/** Letters, digits, single spaces, hyphens, parentheses and brackets are all that Bedrock takes in a name. */
function documentName(filename: string | undefined): string | undefined {
  const bare = filename?.replace(/\.[A-Za-z0-9]{1,5}$/, "").replace(/[^A-Za-z0-9()[\]-]+/g, " ").trim().slice(
    0,
    200,
  );
  return bare === "" ? undefined : bare;
}

function sourceOf(ctx: Attempting, part: ImageContent | FileContent, path: string): Json {
  const { url, dataB64 } = part;
  if ((url === undefined) === (dataB64 === undefined)) {
    throw invalid(ctx, path, "needs exactly one of `url` (an s3:// address) and `dataB64`");
  }
  if (dataB64 !== undefined) return { bytes: dataB64 };
  if (url?.startsWith("s3://") !== true) {
    throw unsupported(ctx, path, "addresses other than s3://; send `dataB64`");
  }
  return { s3Location: { uri: url } };
}

function formatOf(
  formats: Readonly<Record<string, string>>,
  mimeType: string | undefined,
  name: string | undefined,
): string | undefined {
  const kind = mimeType?.split(";")[0]?.trim().toLowerCase();
  if (kind !== undefined) return formats[kind];
  const ending = name?.split(".").at(-1)?.toLowerCase() ?? "";
  if (ending === "jpg") return formats["image/jpeg"];
  return Object.values(formats).find((format) => format === ending);
}
