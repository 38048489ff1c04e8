/** The modalities as a list, for checks at run time. */

import type { Modality } from "../contract/call.ts";

/** Every modality, in the order in which catalogs show them. */
export const modalities: readonly Modality[] = [
  "text",
  "image",
  "video",
  "embedding",
  "speech",
  "transcription",
  "rerank",
  "moderation",
];
