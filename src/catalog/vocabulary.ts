/** The words a catalog may use for capabilities. */

import type { Capability } from "../contract/catalog.ts";

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
