/** Encodes what one turn is made of: text, pictures, documents, sound. */

import {
  type AudioContent,
  type ContentPart,
  type FileContent,
  type ImageContent,
  type Json,
  type LoomError,
  loomError,
  type Manifest,
  type Target,
  type TextContent,
} from "../../../src/plugin.ts";

/** Where an encoder stands, for errors that name the field. */
export interface Place {
  readonly manifest: Manifest;
  readonly target: Target;
  /** Such as `messages[2].content[0]`. */
  readonly path: string;
}

/** Encodes one part of a user's turn. */
export function contentPart(part: ContentPart, place: Place): Json {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, ...part.extra };
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

/** Texts as one; as a list only where one carries vendor fields. */
export function joined(texts: readonly TextContent[], between: string): Json {
  if (texts.some((part) => part.extra !== undefined)) {
    return texts.map((part) => ({ type: "text", text: part.text, ...part.extra }));
  }
  return texts.map((part) => part.text).join(between);
}

function imagePart(part: ImageContent, place: Place): Json {
  refuse(place, "images", "pictures as input");
  if ((part.url === undefined) === (part.dataB64 === undefined)) {
    throw invalid(place, "an image needs exactly one of `url` and `dataB64`");
  }
  const url = part.url ?? dataUri(part.dataB64, part.mimeType, place);
  const image = part.detail === undefined ? { url } : { url, detail: part.detail };
  return { type: "image_url", image_url: image, ...part.extra };
}

function filePart(part: FileContent, place: Place): Json {
  refuse(place, "files", "documents as input");
  const given = [part.url, part.dataB64, part.fileId].filter((source) => source !== undefined);
  if (given.length !== 1) throw invalid(place, "a file needs exactly one of `url`, `dataB64` and `fileId`");
  const { documents } = place.manifest;
  if (part.fileId !== undefined) {
    return documents === "document_url"
      ? { type: "file", file_id: part.fileId, ...part.extra }
      : { type: "file", file: { file_id: part.fileId }, ...part.extra };
  }
  if (part.url !== undefined && (documents === undefined || documents === "file")) {
    throw unsupported(place, "documents by address; send `dataB64` or `fileId`");
  }
  const data = part.url ?? dataUri(part.dataB64, part.mimeType, place);
  if (documents === "document_url") {
    const name = part.filename === undefined ? {} : { document_name: part.filename };
    return { type: "document_url", document_url: data, ...name, ...part.extra };
  }
  const filename = part.filename ?? `file.${part.mimeType?.split("/").at(-1) ?? "pdf"}`;
  return { type: "file", file: { filename, file_data: data }, ...part.extra };
}

/** Sound formats whose media type is not their name. */
const soundFormats: Readonly<Record<string, string>> = { mpeg: "mp3", wave: "wav", "vnd.wave": "wav" };

function audioPart(part: AudioContent, place: Place): Json {
  refuse(place, "audio", "sound as input");
  if (part.dataB64 === "") throw invalid(place, "an audio part needs `dataB64`");
  const kind = part.mimeType.split(";")[0]?.split("/").at(-1)?.replace(/^x-/, "") ?? "";
  if (kind === "") throw invalid(place, "an audio part needs a `mimeType` such as audio/wav");
  return {
    type: "input_audio",
    input_audio: { data: part.dataB64, format: soundFormats[kind] ?? kind },
    ...part.extra,
  };
}

function dataUri(dataB64: string | undefined, mimeType: string | undefined, place: Place): string {
  if (mimeType === undefined) {
    throw invalid(place, "`dataB64` needs a `mimeType` beside it, such as image/png");
  }
  return `data:${mimeType};base64,${dataB64}`;
}

function refuse(place: Place, ability: "images" | "files" | "audio", what: string): void {
  if (place.manifest.capabilities?.[ability] === false) throw unsupported(place, what);
}

export function invalid(place: Place, what: string): LoomError {
  const { target, path } = place;
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}

export function unsupported(place: Place, feature: string): LoomError {
  const { manifest, target, path } = place;
  return loomError("unsupported", `${path}: ${manifest.label} does not take ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}
