/** What goes in beside the prompt: pictures, a recording, documents to rank. */

import {
  type Attempting,
  type Call,
  dataUri,
  type Json,
  loomError,
  type Manifest,
  type ManifestMedia,
  type MediaInput,
  type Notice,
} from "../../../src/plugin.ts";
import type { Upload } from "./form.ts";
import { type Draft, keysOf, writeAt } from "./places.ts";
import { endingOf } from "./sniff.ts";
import { filled } from "./template.ts";

/** A request while it is put together. */
export interface Request {
  readonly body: Draft;
  readonly files: Upload[];
  readonly notices: Notice[];
}

type How = "url" | "base64" | "file";

/** @throws LoomError `unsupported`, when the vendor takes no pictures or not as addresses */
export function writeImages(
  request: Request,
  ctx: Attempting,
  manifest: Manifest,
  form: ManifestMedia,
): void {
  const images = ctx.call.images ?? [];
  if (images.length === 0) return;
  const rules = form.images;
  if (rules === undefined) {
    throw unable(ctx, `${manifest.label} takes no pictures for ${ctx.target.modality}`, "images");
  }
  const { at, many, as = "url", each = "{image}", eachOfMany = each } = rules;
  const template = images.length > 1 ? eachOfMany : each;
  const last = at.at(-1) as string;
  let left = 0;
  images.forEach((image, index) => {
    const place = many !== undefined && images.length > 1
      ? many
      : at[index] ?? (last.endsWith("/-") ? last : undefined);
    if (place === undefined) left++;
    else if (as === "file") {
      request.files.push(upload(image, `images[${index}]`, place, "image", ctx, manifest, form));
    } else writeAt(request.body, place, filled(template, "{image}", written(image, as)));
  });
  if (left === 0) return;
  const message = `${manifest.label} takes ${
    images.length - left
  } picture(s) here; ${left} more were left out`;
  request.notices.push({ code: "images-dropped", message });
}

/** @throws LoomError `unsupported`, when the vendor does not take addresses */
export function writeAudio(request: Request, ctx: Attempting, manifest: Manifest, form: ManifestMedia): void {
  const { audio } = ctx.call;
  if (audio === undefined) throw invalid(ctx, "audio", "a transcription call needs a recording");
  const { at = "/file", as = "file", url } = form.audio ?? {};
  if (audio.url !== undefined && dataUri(audio.url) === undefined && url !== undefined) {
    writeAt(request.body, url, audio.url);
  } else if (as === "file") request.files.push(upload(audio, "audio", at, "audio", ctx, manifest, form));
  else writeAt(request.body, at, written(audio, as));
}
export function writeTexts(request: Request, ctx: Attempting, form: ManifestMedia): void {
  const { call: { input: texts = [] }, target: { modality } } = ctx;
  if (texts.length === 0) throw invalid(ctx, "input", `a ${modality} call needs at least one text`);
  const { at = modality === "rerank" ? "/documents" : "/input", each = "{document}" } = form.documents ?? {};
  writeAt(request.body, at, texts.map((text) => filled(each, "{document}", text)));
}

/** Params of a form that are data URIs, such as the mask of a picture, become files. */
export function liftFiles(
  { body, files }: Request,
  { formLists = "brackets" }: ManifestMedia,
  own: ReadonlySet<string>,
): void {
  for (const [name, value] of Object.entries(body)) {
    if (own.has(name)) continue;
    const list = Array.isArray(value) ? value as readonly Json[] : [value];
    const inline = list.map((one) => typeof one === "string" ? dataUri(one) : undefined);
    if (inline.length === 0 || inline.includes(undefined)) continue;
    delete body[name];
    for (const { mimeType, dataB64 } of inline as readonly { mimeType: string; dataB64: string }[]) {
      files.push({
        name: Array.isArray(value) && formLists === "brackets" ? `${name}[]` : name,
        filename: `${name}.${endingOf(mimeType)}`,
        mimeType,
        bytes: Buffer.from(dataB64, "base64"),
      });
    }
  }
}

/** An address stays one; bytes become a data URI or bare base64. */
function written({ url, dataB64 = "", mimeType = "application/octet-stream" }: MediaInput, as: How): Json {
  if (url !== undefined) return as === "base64" ? dataUri(url)?.dataB64 ?? url : url;
  return as === "base64" ? dataB64 : `data:${mimeType};base64,${dataB64}`;
}

function upload(
  input: MediaInput,
  path: string,
  place: string,
  kind: string,
  ctx: Attempting,
  { label }: Manifest,
  { formLists = "brackets" }: ManifestMedia,
): Upload {
  const inline = input.url === undefined ? undefined : dataUri(input.url);
  if (input.url !== undefined && inline === undefined) {
    const message = `${label} takes no addresses here: give ${path} as { dataB64, mimeType }`;
    throw unable(ctx, message, `${path}.url`);
  }
  const mimeType = input.mimeType ?? inline?.mimeType ?? "application/octet-stream";
  const [name = "file", ...rest] = keysOf(place);
  return {
    name: rest.length > 0 && formLists === "brackets" ? `${name}[]` : name,
    filename: input.filename ?? `${kind}.${endingOf(mimeType)}`,
    mimeType,
    bytes: Buffer.from(input.dataB64 ?? inline?.dataB64 ?? "", "base64"),
  };
}

function unable({ target: { provider, model } }: Attempting, message: string, feature: string): Error {
  return loomError("unsupported", message, { feature }, { provider, model });
}

function invalid({ target: { provider, model } }: Attempting, path: keyof Call, message: string): Error {
  return loomError("invalid-request", `${path}: ${message}`, { path }, { provider, model });
}
