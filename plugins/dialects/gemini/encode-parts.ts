/** Encodes what one turn is made of: text, pictures, documents, sound. */

import {
  type Attempting,
  type AudioContent,
  type Body,
  type ContentPart,
  dataUri,
  type FileContent,
  type ImageContent,
  type Json,
  type LoomError,
  loomError,
  type Manifest,
  type MediaInput,
  type Notice,
} from "../../../src/plugin.ts";

/** Where an encoder stands, for errors that name the field, and whom it tells of what is left out. */
export interface Place {
  readonly manifest: Manifest;
  readonly ctx: Attempting;
  /** Such as `messages[2].content[0]`. */
  readonly path: string;
  readonly notices: Notice[];
}

/** Encodes one part of a turn that is not the assistant's. */
export function inputPart(part: ContentPart, place: Place): Json {
  switch (part.type) {
    case "text":
      return { text: part.text, ...part.extra };
    case "image":
      return imagePart(part, place);
    case "file":
      return filePart(part, place);
    case "audio":
      return audioPart(part, place);
    default:
      throw invalid(place, `a ${part.type} part can only stand in a turn of the assistant`);
  }
}

export function imagePart(part: ImageContent, place: Place): Json {
  if ((part.url === undefined) === (part.dataB64 === undefined)) {
    throw invalid(place, "an image needs exactly one of `url` and `dataB64`");
  }
  if (part.detail === "low" || part.detail === "high") {
    const message = `${place.manifest.label} has no \`detail\` for a single picture; it was left out`;
    place.notices.push({ code: "param-dropped", message });
  }
  return { ...source(part, place), ...part.extra };
}

/** A picture that goes in with an image call. */
export function mediaPart(media: MediaInput, place: Place): Json {
  if ((media.url === undefined) === (media.dataB64 === undefined)) {
    throw invalid(place, "a picture needs exactly one of `url` and `dataB64`");
  }
  return source(media, place);
}

function filePart(part: FileContent, place: Place): Json {
  const given = [part.url, part.dataB64, part.fileId].filter((one) => one !== undefined);
  if (given.length !== 1) throw invalid(place, "a file needs exactly one of `url`, `dataB64` and `fileId`");
  if (part.fileId === undefined) return { ...source(part, place), ...part.extra };
  // `files/abc` is how the Files API names what was uploaded; requests want its address.
  const uri = part.fileId.startsWith("files/") ? `${place.manifest.baseUrl}/${part.fileId}` : part.fileId;
  return { ...fileData(uri, part.mimeType), ...part.extra };
}

function audioPart(part: AudioContent, place: Place): Json {
  if (part.dataB64 === "") throw invalid(place, "an audio part needs `dataB64`");
  return { inlineData: { mimeType: part.mimeType, data: part.dataB64 }, ...part.extra };
}

interface Source {
  readonly url?: string;
  readonly dataB64?: string;
  readonly mimeType?: string;
}

/** Bytes inline, everything that is an address as `fileData`. */
function source({ url, dataB64, mimeType }: Source, place: Place): Body {
  if (dataB64 !== undefined) {
    if (mimeType === undefined) {
      throw invalid(place, "`dataB64` needs a `mimeType` beside it, such as image/png");
    }
    return { inlineData: { mimeType, data: dataB64 } };
  }
  const inline = dataUri(url ?? "");
  if (inline !== undefined) return { inlineData: { mimeType: inline.mimeType, data: inline.dataB64 } };
  return fileData(url ?? "", mimeType ?? mimeOf(url ?? ""));
}

function fileData(fileUri: string, mimeType: string | undefined): Body {
  return { fileData: { fileUri, ...(mimeType === undefined ? {} : { mimeType }) } };
}

/** Vertex wants to be told what an address holds; its last letters mostly say so. */
const mimeTypes: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  heic: "image/heic",
  gif: "image/gif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  html: "text/html",
  csv: "text/csv",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  ogg: "audio/ogg",
  flac: "audio/flac",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
};

function mimeOf(url: string): string | undefined {
  const ending = /\.([a-z0-9]{2,5})(?:[?#].*)?$/i.exec(url)?.[1]?.toLowerCase();
  return ending === undefined ? undefined : mimeTypes[ending];
}

export function invalid({ ctx, path }: Pick<Place, "ctx" | "path">, what: string): LoomError {
  const { provider, model } = ctx.target;
  return loomError("invalid-request", `${path}: ${what}`, { path }, { provider, model });
}
