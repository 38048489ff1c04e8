/** Which path speaks which format. Formats load with the first request that is written in them. */

import type { Format } from "../format.ts";

/** A path that takes calls. */
export interface CallEndpoint {
  readonly path: string;
  load(): Promise<Format>;
}

export const callEndpoints: readonly CallEndpoint[] = [
  {
    path: "/v1/chat/completions",
    load: async () => (await import("../formats/openai-chat/index.ts")).openaiChat,
  },
  {
    path: "/v1/completions",
    load: async () => (await import("../formats/openai-completions/index.ts")).openaiCompletions,
  },
  {
    path: "/v1/responses",
    load: async () => (await import("../formats/openai-responses/index.ts")).openaiResponses,
  },
  {
    path: "/v1/messages",
    load: async () => (await import("../formats/anthropic-messages/index.ts")).anthropicMessages,
  },
  {
    path: "/v1/embeddings",
    load: async () => (await import("../formats/openai-embeddings.ts")).openaiEmbeddings,
  },
  {
    path: "/v1/moderations",
    load: async () => (await import("../formats/openai-moderations.ts")).openaiModerations,
  },
  { path: "/v1/rerank", load: async () => (await import("../formats/rerank.ts")).rerank },
  {
    path: "/v1/images/generations",
    load: async () => (await import("../formats/openai-images/index.ts")).openaiImages,
  },
  {
    path: "/v1/images/edits",
    load: async () => (await import("../formats/openai-images/index.ts")).openaiImageEdits,
  },
  {
    path: "/v1/audio/speech",
    load: async () => (await import("../formats/openai-speech.ts")).openaiSpeech,
  },
  {
    path: "/v1/audio/transcriptions",
    load: async () => (await import("../formats/openai-transcriptions/index.ts")).openaiTranscriptions,
  },
];
