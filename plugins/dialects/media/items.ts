/** Makes parts of what a vendor made: an address, base64, hexadecimal or bytes. */

import {
  asText,
  dataUri,
  type Fault,
  type Json,
  type ManifestMedia,
  type Part,
} from "../../../src/plugin.ts";
import { faultAt } from "./faults.ts";
import { firstOf } from "./places.ts";
import { mimeOfBase64, mimeOfBytes, mimeOfName, mimeOfUrl } from "./sniff.ts";

/** Which part a modality's results are. */
export type MediaPartType = "image" | "video" | "audio";

/** What one entry of an answer turns out to be. */
export type Item =
  | { readonly part: Part }
  | { readonly blocked: true }
  | { readonly fault: Fault }
  | undefined;

/** Reads one entry. `undefined`: there is nothing in it. */
export type ItemReader = (item: unknown) => Item;

export function itemReader(type: MediaPartType, { reply = {} }: ManifestMedia): ItemReader {
  const url = firstOf(reply.url ?? "/url");
  const b64 = firstOf(reply.b64 ?? "/b64_json");
  const { blocked } = reply;
  const verdict = blocked === undefined ? undefined : firstOf(blocked.at);
  const stops = new Set<unknown>(blocked?.is);
  const error = firstOf("/error");

  return (item) => {
    if (verdict !== undefined && stops.has(verdict(item))) return { blocked: true };
    const part = mediaPart(type, asText(url(item)), asText(b64(item)));
    if (part !== undefined) return { part };
    const fault = faultAt(error(item));
    return fault === undefined ? undefined : { fault };
  };
}

function mediaPart(
  type: MediaPartType,
  found: string | undefined,
  given: string | undefined,
): Part | undefined {
  const inline = dataUri(found ?? "") ?? dataUri(given ?? "");
  const url = found !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(found) ? found : undefined;
  const bare = given ?? (url === undefined ? found : undefined);
  const dataB64 = inline?.dataB64 ?? bare;
  if (url === undefined && dataB64 === undefined) return undefined;
  const mimeType = inline?.mimeType ?? (dataB64 === undefined ? undefined : mimeOfBase64(dataB64)) ??
    (url === undefined ? undefined : mimeOfUrl(url)) ?? (type === "video" ? "video/mp4" : undefined);
  return {
    type,
    ...(mimeType !== undefined && { mimeType }),
    ...(dataB64 !== undefined && { dataB64 }),
    ...(url !== undefined && { url }),
  };
}

/** A part of bytes that came by themselves. */
export function bytesPart(
  type: MediaPartType,
  bytes: Uint8Array,
  contentType: string,
  format?: string,
): Part {
  const bare = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const said = /^(?:image|video|audio)\//.test(bare) ? bare : undefined;
  const mimeType = said ?? mimeOfBytes(bytes) ?? (format === undefined ? undefined : mimeOfName(format));
  const dataB64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return { type, dataB64, ...(mimeType !== undefined && { mimeType }) };
}

/** Longer texts in an answer are the media themselves, which its parts hold already. */
const maxRawText = 8_192;

/** The answer without the bytes of what it brought. */
export function leanRaw(value: unknown, depth = 0): Json {
  if (typeof value === "string" && value.length > maxRawText) return `[${value.length} characters]`;
  if (typeof value !== "object" || value === null || depth > 12) return value as Json;
  if (Array.isArray(value)) return value.map((entry) => leanRaw(entry, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, leanRaw(entry, depth + 1)]));
}
