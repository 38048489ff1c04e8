/** Films: Veo begins an operation, which is asked for until it is done; then the film is an address, or bytes. */

import {
  asFields,
  asText,
  type Attempting,
  type Body,
  dataUri,
  type Decoded,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  type MediaInput,
  type Notice,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { invalid } from "./encode-parts.ts";
import { type Flavour, modelPath } from "./flavour.ts";
import { mediaParams } from "./media-params.ts";
import type { Reading } from "./reading.ts";
import { statusError } from "./rpc-status.ts";
import { videoParts } from "./video-files.ts";

export interface VideoReading {
  readonly how: Reading;
  readonly flavour: Flavour;
}

const parameterNames = [
  "sampleCount",
  "durationSeconds",
  "aspectRatio",
  "resolution",
  "negativePrompt",
  "personGeneration",
  "generateAudio",
  "enhancePrompt",
  "compressionQuality",
  "storageUri",
  "pubsubTopic",
  "resizeMode",
];

/** What stands beside the prompt, not among the parameters. */
const instanceNames = ["image", "lastFrame", "video", "referenceImages", "mask"];

export function encodeVideo(ctx: Attempting, manifest: Manifest, flavour: Flavour): WireRequest {
  const { call, target } = ctx;
  if (call.prompt === undefined && (call.images ?? []).length === 0) {
    const message = "prompt: a video call needs a prompt or a picture to start from";
    throw loomError("invalid-request", message, { path: "prompt" }, {
      provider: target.provider,
      model: target.model,
    });
  }
  const notices: Notice[] = [];
  const rename = { n: "sampleCount", seconds: "durationSeconds", duration: "durationSeconds" };
  const names = [...parameterNames, ...instanceNames];
  const written = mediaParams(target.params, names, rename, manifest, notices);
  if (typeof written["durationSeconds"] === "string") {
    written["durationSeconds"] = Number.parseInt(written["durationSeconds"], 10);
  }
  const instance: Body = {};
  if (call.prompt !== undefined) instance["prompt"] = call.prompt;
  const [first, last, ...more] = call.images ?? [];
  if (first !== undefined) instance["image"] = picture(first, ctx, 0, flavour);
  if (last !== undefined) instance["lastFrame"] = picture(last, ctx, 1, flavour);
  if (more.length > 0) {
    const message =
      `${target.upstreamModel} takes a first and a last picture; ${more.length} more were left out`;
    notices.push({ code: "param-dropped", message });
  }
  for (const name of instanceNames) {
    if (written[name] !== undefined) instance[name] = written[name];
    delete written[name];
  }
  const { labels, ...parameters } = written;
  const body: Body = { instances: [instance as Json] };
  if (Object.keys(parameters).length > 0) body["parameters"] = parameters as Json;
  if (labels !== undefined) body["labels"] = labels;
  return {
    method: "POST",
    path: modelPath(ctx, "predictLongRunning"),
    body: JSON.stringify(body),
    stream: false,
    once: true,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

function picture(media: MediaInput, ctx: Attempting, at: number, { vertex }: Flavour): Json {
  const place = { ctx, path: `images[${at}]` };
  const inline = media.dataB64 === undefined ? dataUri(media.url ?? "") : undefined;
  const dataB64 = media.dataB64 ?? inline?.dataB64;
  const mimeType = media.mimeType ?? inline?.mimeType;
  if (dataB64 !== undefined) {
    if (mimeType === undefined) {
      throw invalid(place, "`dataB64` needs a `mimeType` beside it, such as image/png");
    }
    return { bytesBase64Encoded: dataB64, mimeType };
  }
  if (vertex && media.url?.startsWith("gs://")) {
    return { gcsUri: media.url, ...(mimeType === undefined ? {} : { mimeType }) };
  }
  throw invalid(place, `Veo takes a picture as \`dataB64\`${vertex ? " or as a gs:// address" : ""}`);
}

/** Decodes what began, what is on its way, and what is done. @throws LoomError, when it failed or was kept back */
export function decodeVideo(body: Json | Uint8Array, head: WireReplyHead, reading: VideoReading): Decoded {
  const { how, flavour } = reading;
  const operation = asFields(body);
  if (operation === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  const name = asText(operation["name"]);
  if (name === undefined) {
    how.refuseFault(operation, head);
    throw how.notAnAnswer(head, "it names no operation");
  }
  if (operation["done"] !== true) {
    return {
      next: question(name, head.ctx, flavour),
      jobId: name,
      ...progressOf(operation),
      decode: (next, nextHead) => decodeVideo(next, nextHead, reading),
    };
  }
  const failed = asFields(operation["error"]);
  if (failed !== undefined) throw failure(failed, head, how);
  return videoParts(operation, name, head, how);
}

function question(name: string, ctx: Attempting, { vertex }: Flavour): WireRequest {
  if (!vertex) return { method: "GET", path: `/${name}`, stream: false };
  const body = JSON.stringify({ operationName: name });
  return { method: "POST", path: modelPath(ctx, "fetchPredictOperation"), body, stream: false };
}

function progressOf(operation: Fields): { readonly progress?: number } {
  const percent = asFields(operation["metadata"])?.["progressPercent"];
  return typeof percent === "number" && percent >= 0 && percent <= 100 ? { progress: percent / 100 } : {};
}

function failure(status: Fields, head: WireReplyHead, how: Reading): Error {
  const message = asText(status["message"]) ?? "the operation failed";
  if (/safety|policy|policies|guidelines|responsible ai/i.test(message)) return how.filtered(head, message);
  return statusError({ ...status, message }, head, how);
}
