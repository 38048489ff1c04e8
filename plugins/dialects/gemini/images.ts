/** Pictures: Gemini's image models answer like a conversation, Imagen by `predict`. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Body,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type Part,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { mediaPart } from "./encode-parts.ts";
import { modelPath } from "./flavour.ts";
import { configWriter } from "./generation-config.ts";
import { mediaParams } from "./media-params.ts";
import type { Reading } from "./reading.ts";

export function isImagen(upstreamModel: string): boolean {
  return /(^|\/)imagen-|(^|\/)imagegeneration/.test(upstreamModel);
}

export function encodeImage(ctx: Attempting, manifest: Manifest): WireRequest {
  const { call, target } = ctx;
  if (call.prompt === undefined || call.prompt === "") {
    throw loomError("invalid-request", "prompt: an image call needs a prompt", { path: "prompt" }, {
      provider: target.provider,
      model: target.model,
    });
  }
  const notices: Notice[] = [];
  const imagen = isImagen(target.upstreamModel);
  const body = imagen ? imagenBody(ctx, manifest, notices) : nativeBody(ctx, manifest, notices);
  return {
    method: "POST",
    path: modelPath(ctx, imagen ? "predict" : "generateContent"),
    body: JSON.stringify(body),
    stream: false,
    once: true,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

function nativeBody(ctx: Attempting, manifest: Manifest, notices: Notice[]): Body {
  const { call, target } = ctx;
  const place = { manifest, ctx, notices };
  const pictures = (call.images ?? []).map((image, at) =>
    mediaPart(image, { ...place, path: `images[${at}]` })
  );
  const body: Body = { contents: [{ role: "user", parts: [{ text: call.prompt as string }, ...pictures] }] };
  const config: Body = { responseModalities: ["TEXT", "IMAGE"] };
  const params = mediaParams(target.params, ["aspectRatio", "imageSize"], {}, manifest, notices);
  const { aspectRatio, imageSize, n, ...rest } = params;
  if (n !== undefined && n !== 1) {
    const message = `${target.upstreamModel} makes one picture at a time; n was left out`;
    notices.push({ code: "param-dropped", message });
  }
  configWriter(manifest)(rest, body, config, notices);
  const image: Body = {
    ...(aspectRatio !== undefined && { aspectRatio }),
    ...(imageSize !== undefined && { imageSize }),
    ...asFields(config["imageConfig"]) as Body | undefined,
  };
  if (Object.keys(image).length > 0) config["imageConfig"] = image as Json;
  body["generationConfig"] = config as Json;
  return body;
}

const imagenNames = [
  "sampleCount",
  "aspectRatio",
  "sampleImageSize",
  "negativePrompt",
  "guidanceScale",
  "personGeneration",
  "safetySetting",
  "includeSafetyAttributes",
  "includeRaiReason",
  "outputOptions",
  "addWatermark",
  "enhancePrompt",
  "storageUri",
];

function imagenBody({ call, target }: Attempting, manifest: Manifest, notices: Notice[]): Body {
  if ((call.images ?? []).length > 0) {
    throw loomError("unsupported", `${manifest.label}: ${target.upstreamModel} takes no pictures`, {
      feature: "images",
    }, { provider: target.provider, model: target.model });
  }
  const rename = { n: "sampleCount", imageSize: "sampleImageSize", image_size: "sampleImageSize" };
  const { labels, ...parameters } = mediaParams(target.params, imagenNames, rename, manifest, notices);
  const body: Body = { instances: [{ prompt: call.prompt as string }] };
  if (Object.keys(parameters).length > 0) body["parameters"] = parameters as Json;
  if (labels !== undefined) body["labels"] = labels;
  return body;
}

/** Decodes Imagen's pictures; those its filter kept back are only counted. @throws LoomError, when none is left */
export function decodeImagen(body: Json, head: WireReplyHead, how: Reading): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  how.refuseFault(fields, head);
  const predictions = asList(fields["predictions"]) ?? [];
  const parts: Part[] = [];
  const reasons: string[] = [];
  for (const entry of predictions) {
    const prediction = asFields(entry) ?? {};
    const dataB64 = asText(prediction["bytesBase64Encoded"]);
    const url = asText(prediction["gcsUri"]);
    const mimeType = asText(prediction["mimeType"]);
    const reason = asText(prediction["raiFilteredReason"]);
    if (dataB64 !== undefined || url !== undefined) {
      parts.push({
        type: "image",
        ...(mimeType !== undefined && { mimeType }),
        ...(dataB64 !== undefined && { dataB64 }),
        ...(url !== undefined && { url }),
      });
    } else if (reason !== undefined) reasons.push(reason);
  }
  const images = parts.length;
  if (images === 0) {
    // With nothing but filtered pictures, Imagen may leave out the list altogether.
    if (reasons.length > 0 || "predictions" in fields || Object.keys(fields).length === 0) {
      throw how.filtered(head, reasons[0] ?? "no picture came, and no reason");
    }
    throw how.notAnAnswer(head, "it has no `predictions`");
  }
  if (reasons.length > 0) {
    const message = `${reasons.length} picture(s) were kept back: ${reasons[0]}`;
    parts.push({ type: "warning", code: "content-filtered", message });
  }
  const none = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  parts.push({ type: "usage", usage: { ...none, totalTokens: 0, images } });
  parts.push({ type: "raw", value: body });
  return parts;
}
