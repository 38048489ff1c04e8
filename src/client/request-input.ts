/** What calls without turns are about: a prompt, texts, pictures, a recording. Checked field by field. */

import type { Call, Modality } from "../contract/call.ts";
import { checkMedia } from "./check-message.ts";
import { invalidRequest as invalid } from "./invalid-request.ts";
import type { GenerateRequest } from "./generate-request.ts";

/** What only conversations have; left out silently it would be missed too late. */
const textOnly = ["messages", "system", "tools", "toolChoice", "output"] as const;

/** Conversations carry pictures and sounds inside of their turns. */
export function refuseMedia({ images, audio }: GenerateRequest): void {
  const field = images !== undefined ? "images" : audio !== undefined ? "audio" : undefined;
  if (field === undefined) return;
  throw invalid(field, "is not for text; put it into messages, as a part of a turn");
}

/** Adds what a call without turns is about. @throws LoomError `invalid-request`, naming the field and the fix */
export function addInput(
  call: { -readonly [K in keyof Call]?: Call[K] },
  request: GenerateRequest,
  modality: Modality,
): void {
  for (const field of textOnly) {
    if (request[field] !== undefined) {
      throw invalid(field, `is for text; this is a call of modality ${modality}`);
    }
  }
  const { input, prompt } = request;
  if (modality === "embedding" || modality === "rerank" || modality === "moderation") {
    if (modality !== "rerank" && input !== undefined && prompt !== undefined) {
      throw invalid("prompt", "and input were both given; put every text into input");
    }
    const texts = input ?? (modality === "rerank" ? undefined : prompt);
    if (texts === undefined) throw invalid("input", "is missing; give a text or a list of texts");
    call.input = stringList(typeof texts === "string" ? [texts] : texts, "input");
    if (call.input.length === 0) throw invalid("input", "is empty");
  } else if (input !== undefined) {
    throw invalid(
      "input",
      `is for embedding, rerank and moderation; a call of modality ${modality} takes a prompt`,
    );
  }
  const texts = modality === "embedding" || modality === "moderation";
  if (prompt !== undefined && !texts) call.prompt = prompt;
  else if (!texts && modality !== "transcription") throw invalid("prompt", "is missing");
  addMedia(call, request, modality);
}

function addMedia(
  call: { -readonly [K in keyof Call]?: Call[K] },
  { images, audio }: GenerateRequest,
  modality: Modality,
): void {
  if (images !== undefined) {
    if (modality !== "image" && modality !== "video") {
      throw invalid("images", `is for image and video, not ${modality}`);
    }
    if (!Array.isArray(images)) throw invalid("images", "must be a list of { url } or { dataB64, mimeType }");
    images.forEach((image, index) => checkMedia(image, `images[${index}]`, "image/png"));
    call.images = images.map((image) => ({ ...image }));
  }
  if (audio !== undefined) {
    if (modality !== "transcription") throw invalid("audio", `is for transcription, not ${modality}`);
    checkMedia(audio, "audio", "audio/wav");
    call.audio = { ...audio };
  } else if (modality === "transcription") {
    throw invalid("audio", "is missing; give { url } or { dataB64, mimeType }");
  }
}

/** A list of strings, copied. @throws LoomError `invalid-request` */
export function stringList(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(path, "must be a list of strings");
  value.forEach((one, index) => {
    if (typeof one !== "string") throw invalid(`${path}[${index}]`, "must be a string");
  });
  return [...value];
}
