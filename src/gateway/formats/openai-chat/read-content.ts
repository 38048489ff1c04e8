/** Reads what a turn is made of: text, pictures, documents, sound. */

import type { ContentPart, Json, JsonObject } from "../../../contract/index.ts";
import { given, invalid, isObject, kindOf, listAt, nameAt, objectAt, textAt } from "./checks.ts";

/**
 * Vendor fields beside a part or a turn that mean something in more than one format. Others reach vendors of this format, which
 * are sent the body as it came; elsewhere they would be refused.
 */
const marks: readonly string[] = ["cache_control", "cachePoint", "citations"];

/** The vendor fields of a part, a turn or a tool, ready to be laid into it. */
export function extraOf(fields: JsonObject): { readonly extra?: JsonObject } {
  let extra: Record<string, Json> | undefined;
  for (const name of marks) {
    const value = given(fields[name]);
    if (value !== undefined) (extra ??= {})[name] = value;
  }
  return extra === undefined ? {} : { extra };
}

/** Content as a text or a list of parts. `path`: that of the turn. */
export function readContent(
  value: Json | undefined,
  path: string,
): string | readonly ContentPart[] {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) {
    throw invalid(`${path}.content`, `must be a string or a list of parts, not ${kindOf(value)}`);
  }
  return (value as readonly Json[]).map((entry, index) => readPart(entry, path, index));
}

function readPart(entry: Json, turn: string, index: number): ContentPart {
  const path = `${turn}.content[${index}]`;
  const part = objectAt(entry, path);
  const type = nameAt(part["type"], `${path}.type`);
  switch (type) {
    // The last two belong to the Responses API; clients mix them up.
    case "text":
    case "input_text":
    case "output_text":
      return { type: "text", text: textAt(part["text"], `${path}.text`), ...extraOf(part) };
    case "refusal":
      return { type: "text", text: textAt(part["refusal"], `${path}.refusal`) };
    case "image_url":
      return readImage(part, path);
    case "input_audio":
      return readAudio(part, path);
    case "file":
      return readFile(part, path);
    case "thinking":
      return { type: "reasoning", text: thinkingText(part["thinking"], path) };
    default:
      // A kind of part that some vendor of this format has.
      return { type: "native", value: part };
  }
}

/** Some clients leave out the object around the address. */
function readImage(part: JsonObject, path: string): ContentPart {
  const image = part["image_url"];
  const at = `${path}.image_url`;
  const url = typeof image === "string" ? nameAt(image, at) : nameAt(objectAt(image, at)["url"], `${at}.url`);
  const detail = isObject(image) ? image["detail"] : undefined;
  return {
    type: "image",
    ...(dataUri(url) ?? { url }),
    ...(detail === "auto" || detail === "low" || detail === "high" ? { detail } : {}),
    ...extraOf(part),
  };
}

/** Formats whose media type has another name. */
const soundTypes: ReadonlyMap<string, string> = new Map([["mp3", "audio/mpeg"]]);

function readAudio(part: JsonObject, path: string): ContentPart {
  const at = `${path}.input_audio`;
  const audio = objectAt(part["input_audio"], at);
  const data = nameAt(audio["data"], `${at}.data`);
  const found = dataUri(data);
  if (found !== undefined) return { type: "audio", ...found, ...extraOf(part) };
  const format = nameAt(audio["format"], `${at}.format`);
  const mimeType = soundTypes.get(format) ?? `audio/${format}`;
  return { type: "audio", dataB64: data, mimeType, ...extraOf(part) };
}

function readFile(part: JsonObject, path: string): ContentPart {
  const at = `${path}.file`;
  const file = objectAt(part["file"], at);
  const fileId = given(file["file_id"]);
  const data = given(file["file_data"]);
  const filename = given(file["filename"]);
  const named = filename === undefined ? {} : { filename: textAt(filename, `${at}.filename`) };
  if ((fileId === undefined) === (data === undefined)) {
    throw invalid(at, "must have exactly one of `file_id` and `file_data`");
  }
  if (fileId !== undefined) {
    return { type: "file", fileId: nameAt(fileId, `${at}.file_id`), ...named, ...extraOf(part) };
  }
  const source = nameAt(data, `${at}.file_data`);
  return { type: "file", ...sourceOf(source, named.filename), ...named, ...extraOf(part) };
}

/** OpenAI takes a data URI; some clients send bare base64 or an address. */
function sourceOf(
  source: string,
  filename: string | undefined,
): { readonly url: string } | { readonly dataB64: string; readonly mimeType: string } {
  const found = dataUri(source);
  if (found !== undefined) return found;
  if (source.startsWith("https://") || source.startsWith("http://")) return { url: source };
  const ending = filename?.slice(filename.lastIndexOf(".") + 1).toLowerCase() ?? "";
  return { dataB64: source, mimeType: fileTypes.get(ending) ?? "application/pdf" };
}

const fileTypes: ReadonlyMap<string, string> = new Map([
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["json", "application/json"],
  ["html", "text/html"],
]);

/** Mistral nests the text of its thinking once more. */
function thinkingText(value: Json | undefined, path: string): string {
  const at = `${path}.thinking`;
  if (typeof value === "string") return value;
  return listAt(value, at).map((entry) => {
    const text = isObject(entry) ? entry["text"] : undefined;
    return typeof text === "string" ? text : "";
  }).join("");
}

/** Splits `data:image/png;base64,…`; `undefined` for any other address. Looks at the head alone: the rest may be megabytes. */
function dataUri(url: string): { readonly dataB64: string; readonly mimeType: string } | undefined {
  if (!url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  if (comma === -1) return undefined;
  const [mimeType = "", ...rest] = url.slice("data:".length, comma).split(";");
  if (mimeType === "" || rest.at(-1) !== "base64") return undefined;
  return { dataB64: url.slice(comma + 1), mimeType };
}
