/** Encodes what a turn of the user, or a tool's result, is made of. */

import {
  type ContentPart,
  type FileContent,
  type ImageContent,
  type Json,
  type LoomError,
  loomError,
  type Manifest,
  type Target,
} from "../../../src/plugin.ts";

/** Where an encoder stands, for errors that name the field. */
export interface Place {
  readonly manifest: Manifest;
  readonly target: Target;
  /** Such as `messages[2].content[0]`. */
  readonly path: string;
}

/** Encodes one part. */
export function inputPart(part: ContentPart, place: Place): Json {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text, ...part.extra };
    case "image":
      return image(part, place);
    case "file":
      return file(part, place);
    case "audio":
      refuse(place, "audio", "sound as input");
      if (part.dataB64 === "") throw invalid(place, "an audio part needs `dataB64`");
      return {
        type: "input_audio",
        input_audio: { data: part.dataB64, format: soundFormat(part.mimeType, place) },
        ...part.extra,
      };
    default:
      throw invalid(place, `a ${part.type} part can only stand in a turn of the assistant`);
  }
}

/** One plain text stays a string. */
export function inputContent(content: readonly ContentPart[], placed: (part: number) => Place): Json {
  const [first] = content;
  if (content.length === 1 && first?.type === "text" && first.extra === undefined) return first.text;
  return content.map((part, index) => inputPart(part, placed(index)));
}

/** `extra` may carry the id of an uploaded picture, which then stands in the place of the address. */
function image(part: ImageContent, place: Place): Json {
  refuse(place, "images", "pictures as input");
  const detail = { detail: part.detail ?? "auto" };
  if (part.extra?.["file_id"] !== undefined) return { type: "input_image", ...detail, ...part.extra };
  if ((part.url === undefined) === (part.dataB64 === undefined)) {
    throw invalid(place, "an image needs exactly one of `url` and `dataB64`");
  }
  const image_url = part.url ?? dataUri(part.dataB64, part.mimeType, place);
  return { type: "input_image", image_url, ...detail, ...part.extra };
}

function file(part: FileContent, place: Place): Json {
  refuse(place, "files", "documents as input");
  const given = [part.url, part.dataB64, part.fileId].filter((source) => source !== undefined);
  if (given.length !== 1) throw invalid(place, "a file needs exactly one of `url`, `dataB64` and `fileId`");
  if (part.fileId !== undefined) return { type: "input_file", file_id: part.fileId, ...part.extra };
  if (part.url !== undefined) return { type: "input_file", file_url: part.url, ...part.extra };
  const filename = part.filename ?? `file.${part.mimeType?.split("/").at(-1) ?? "pdf"}`;
  const file_data = dataUri(part.dataB64, part.mimeType, place);
  return { type: "input_file", filename, file_data, ...part.extra };
}

/** Sound formats whose media type is not their name. */
const soundFormats: Readonly<Record<string, string>> = { mpeg: "mp3", wave: "wav", "vnd.wave": "wav" };

function soundFormat(mimeType: string, place: Place): string {
  const kind = mimeType.split(";")[0]?.split("/").at(-1)?.replace(/^x-/, "") ?? "";
  if (kind === "") throw invalid(place, "an audio part needs a `mimeType` such as audio/wav");
  return soundFormats[kind] ?? kind;
}

function dataUri(dataB64: string | undefined, mimeType: string | undefined, place: Place): string {
  if (mimeType !== undefined) return `data:${mimeType};base64,${dataB64}`;
  throw invalid(place, "`dataB64` needs a `mimeType` beside it, such as image/png");
}

function refuse(place: Place, ability: "images" | "files" | "audio", what: string): void {
  if (place.manifest.capabilities?.[ability] === false) throw unsupported(place, what);
}

export function invalid({ target, path }: Place, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}

export function unsupported({ manifest, target, path }: Place, feature: string): LoomError {
  return loomError("unsupported", `${path}: ${manifest.label} does not take ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}
