/** What Vertex AI is to its dialects: a vendor with its name, its address, and no key of its own. */

import type { Manifest } from "../../../src/plugin.ts";

export function manifestOf(dialect: string, baseUrl: string): Manifest {
  return {
    id: "vertex",
    label: "Vertex AI",
    dialect,
    baseUrl,
    // Requests are signed with a token that is fetched for them.
    auth: { type: "none" },
    capabilities: { text: true, embedding: true, tools: true, images: true, files: true, audio: true },
    models: "open",
    otelName: "gcp.vertex_ai",
    sources: [
      "https://cloud.google.com/vertex-ai/generative-ai/docs",
      "https://github.com/anthropics/anthropic-sdk-typescript/tree/main/packages/vertex-sdk",
    ],
  };
}
