/** Writes the request of a call, as its vendor's manifest describes it. */

import {
  type Attempting,
  loomError,
  type Manifest,
  type ManifestMedia,
  type MediaModality,
  type WireRequest,
} from "../../../src/plugin.ts";
import { formOf } from "./form.ts";
import { liftFiles, type Request, writeAudio, writeImages, writeTexts } from "./inputs.ts";
import { mediaParams } from "./params.ts";
import { type Draft, keysOf, writeAt } from "./places.ts";
import { pathOf } from "./template.ts";

const prompts: Readonly<Record<MediaModality, string>> = {
  image: "/prompt",
  video: "/prompt",
  speech: "/input",
  transcription: "/prompt",
  rerank: "/query",
  moderation: "/input",
};

/** Compiles what a manifest says of one modality into an encoder. */
export function encoder(
  manifest: Manifest,
  modality: MediaModality,
  form: ManifestMedia,
): (ctx: Attempting) => WireRequest {
  const { model = "/model", prompt = prompts[modality], fixed = {}, job } = form;
  const asForm = (form.body ?? (modality === "transcription" ? "form" : "json")) === "form";
  const own = new Set(
    [model, prompt].filter((pointer) => pointer !== false).map((at) => keysOf(at)[0] ?? ""),
  );
  const writeParams = mediaParams(manifest, modality, form, own);
  const prefix = prefixOf(form);

  return (ctx) => {
    const { call, target } = ctx;
    const request: Request = { body: structuredClone(fixed) as Draft, files: [], notices: [] };
    const { body, files, notices } = request;
    if (model !== false) writeAt(body, model, target.upstreamModel);
    if (call.prompt !== undefined && call.prompt !== "") {
      if (prompt !== false) writeAt(body, prompt, call.prompt);
      else {notices.push({
          code: "prompt-dropped",
          message: `${manifest.label} takes no prompt for ${modality}`,
        });}
    }
    if (modality === "transcription") writeAudio(request, ctx, manifest, form);
    else if (modality === "rerank" || modality === "moderation") writeTexts(request, ctx, form);
    else writeImages(request, ctx, manifest, form);
    writeParams(target.params, body, notices);
    if (asForm) liftFiles(request, form, own);
    const path = pathOf(form.path, (hole) => hole === "model" ? target.upstreamModel : undefined);
    if (path === undefined) throw notAName(ctx);
    const written = asForm ? formOf(body, files, form.formLists ?? "brackets") : undefined;
    return {
      method: "POST",
      path: prefix + path,
      body: written?.bytes ?? JSON.stringify(body),
      ...headersOf(form, written?.contentType),
      stream: false,
      ...(wantsBytes(modality, form, target.params["response_format"]) && { answer: "bytes" }),
      ...(job !== undefined && { once: true }),
      ...(notices.length > 0 && { warnings: notices }),
    };
  };
}

/** What paths are under. */
export function prefixOf({ base = "" }: ManifestMedia): string {
  return base.startsWith("..") ? `/${base}` : base.replace(/\/+$/, "");
}

/** Sound is bytes; so are subtitles, and texts that are not wrapped in JSON. */
function wantsBytes(modality: MediaModality, { reply }: ManifestMedia, format: unknown): boolean {
  if (modality === "transcription") return typeof format === "string" && !format.includes("json");
  return (reply?.as ?? (modality === "speech" ? "bytes" : "json")) === "bytes";
}

function headersOf(
  { headers }: ManifestMedia,
  contentType: string | undefined,
): Pick<WireRequest, "headers"> {
  if (headers === undefined && contentType === undefined) return {};
  return { headers: { ...headers, ...(contentType !== undefined && { "content-type": contentType }) } };
}

function notAName({ target: { provider, model, upstreamModel } }: Attempting): Error {
  const message = `model: "${upstreamModel}" cannot stand in an address`;
  return loomError("invalid-request", message, { path: "model" }, { provider, model });
}
