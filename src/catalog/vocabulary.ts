/** The words a catalog may use for modalities and capabilities. */

import type { Modality } from "../contract/call.ts";
import type { Capability } from "../contract/catalog.ts";

/** Every modality, in the order in which a catalog shows them. */
export const modalities: readonly Modality[] = [
  "text",
  "image",
  "video",
  "embedding",
  "speech",
  "transcription",
  "rerank",
];

export const capabilities: readonly Capability[] = [
  "tools",
  "json-schema",
  "json-object",
  "reasoning",
  "image-input",
  "file-input",
  "audio-input",
  "video-input",
  "prompt-cache",
];
