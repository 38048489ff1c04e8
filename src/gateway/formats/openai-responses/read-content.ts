/** Reads what the turns of users and tools are made of. */

import type { ContentPart, FileContent, ImageContent, Json, JsonObject } from "../../../contract/index.ts";
import { invalid, isAbsent, isList, listAt, nameAt, objectAt, optionalText, textAt } from "./fields.ts";

/** A string, or a list of typed parts. One plain text stays a string. */
export function readContent(value: Json | undefined, path: string): string | readonly ContentPart[] {
  if (typeof value === "string") return value;
  if (!isList(value)) throw invalid(path, "must be a string or a list of content parts");
  return value.map((part, index) => readPart(part, `${path}[${index}]`));
}

function readPart(value: Json, path: string): ContentPart {
  const part = objectAt(value, path);
  switch (part["type"]) {
    // Results of tools come as `text` from clients that send on what a server gave them.
    case "input_text":
    case "text":
      return { type: "text", text: textAt(part["text"], `${path}.text`) };
    case "input_image":
      return image(part, path);
    case "input_file":
      return file(part, path);
    case "input_audio":
      return audio(objectAt(part["input_audio"], `${path}.input_audio`), `${path}.input_audio`);
    default:
      throw invalid(`${path}.type`, "must be one of input_text, input_image, input_file and input_audio");
  }
}

/** An assistant's own words; those in which it declined are words too. */
export function readSpoken(value: Json | undefined, path: string): readonly string[] {
  if (typeof value === "string") return [value];
  return listAt(value, path).map((entry, index) => {
    const at = `${path}[${index}]`;
    const part = objectAt(entry, at);
    switch (part["type"]) {
      case "output_text":
      case "input_text":
      case "text":
        return textAt(part["text"], `${at}.text`);
      case "refusal":
        return textAt(part["refusal"], `${at}.refusal`);
      default:
        throw invalid(`${at}.type`, "must be output_text or refusal in a turn of the assistant");
    }
  });
}

/** The id of an uploaded picture goes where the dialect looks for it. */
function image(part: JsonObject, path: string): ImageContent {
  const { image_url: address, file_id: fileId, detail } = part;
  if (isAbsent(address) === isAbsent(fileId)) {
    throw invalid(`${path}.image_url`, "an image needs exactly one of `image_url` and `file_id`");
  }
  const base = { type: "image", ...detailOf(detail, `${path}.detail`) } as const;
  if (isAbsent(address)) return { ...base, extra: { file_id: nameAt(fileId, `${path}.file_id`) } };
  const url = nameAt(address, `${path}.image_url`);
  if (!isDataUri(url)) return { ...base, url };
  return { ...base, ...dataUri(url, `${path}.image_url`) };
}

/** `auto` is what vendors do unasked; `original` is as close as a look can be. */
function detailOf(detail: Json | undefined, path: string): Pick<ImageContent, "detail"> {
  if (isAbsent(detail) || detail === "auto") return {};
  if (detail === "low" || detail === "high") return { detail };
  if (detail === "original") return { detail: "high" };
  throw invalid(path, "must be auto, low, high or original");
}

function file(part: JsonObject, path: string): FileContent {
  const { file_data: data, file_id: id, file_url: url } = part;
  const given = [data, id, url].filter((source) => !isAbsent(source));
  if (given.length !== 1) {
    throw invalid(path, "a file needs exactly one of `file_data`, `file_id` and `file_url`");
  }
  const filename = optionalText(part["filename"], `${path}.filename`);
  const base = { type: "file", ...(filename !== undefined && { filename }) } as const;
  if (!isAbsent(id)) return { ...base, fileId: nameAt(id, `${path}.file_id`) };
  if (!isAbsent(url)) return { ...base, url: nameAt(url, `${path}.file_url`) };
  const text = nameAt(data, `${path}.file_data`);
  if (isDataUri(text)) return { ...base, ...dataUri(text, `${path}.file_data`) };
  return { ...base, dataB64: text, mimeType: "application/pdf" };
}

function audio(sound: JsonObject, path: string): ContentPart {
  const format = nameAt(sound["format"], `${path}.format`);
  const mimeType = `audio/${format === "mp3" ? "mpeg" : format}`;
  return { type: "audio", dataB64: nameAt(sound["data"], `${path}.data`), mimeType };
}

function isDataUri(address: string): boolean {
  return address.startsWith("data:");
}

/** Splits `data:image/png;base64,…`. The head is short: only that much is looked through. */
function dataUri(address: string, path: string): { readonly mimeType: string; readonly dataB64: string } {
  const head = address.slice("data:".length, 300);
  const comma = head.indexOf(",");
  const said = head.slice(0, comma);
  if (comma <= 0 || !said.endsWith(";base64")) {
    throw invalid(path, "a data URI must have the form data:<media type>;base64,<data>");
  }
  return {
    mimeType: said.slice(0, -";base64".length),
    dataB64: address.slice("data:".length + comma + 1),
  };
}
