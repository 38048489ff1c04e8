/** What Azure's side of OpenAI's wire formats is like. */

import type { Manifest } from "../../../src/plugin.ts";

/** Models that think refuse to be tuned; they are known by the catalog's name, since a deployment may be called anything. */
const thinking = "^(o\\d+(-|$)|gpt-([5-9]|\\d\\d)(?!\\d)(?!.*-chat)|codex-mini$|computer-use-preview$)";
/** These take it after all, when they are told not to think. */
const thinkingAtWill = "^gpt-5\\.\\d(?!.*-chat)";

const tuning = ["temperature", "top_p", "logprobs", "top_logprobs"];
const penalties = ["presence_penalty", "frequency_penalty", "logit_bias"];
const encrypted = { include: ["reasoning.encrypted_content"] };

const shared: Omit<Manifest, "dialect"> = {
  id: "azure",
  label: "Azure OpenAI",
  catalog: "openai",
  // Every resource has an address of its own.
  baseUrl: "https://openai.azure.com/openai/v1",
  auth: { type: "header", header: "api-key", env: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"] },
  models: "open",
  otelName: "azure.ai.openai",
  errors: {
    codes: {
      content_filter: "content-filtered",
      ResponsibleAIPolicyViolation: "content-filtered",
      DeploymentNotFound: "model-not-found",
      OperationNotSupported: "invalid-request",
      too_many_requests: "rate-limited",
    },
  },
  capabilities: { text: true, embedding: true, tools: true, images: true, files: true, audio: true },
  sources: [
    "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle",
    "https://github.com/openai/openai-node/blob/master/azure.md",
    "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/batch",
  ],
};

export const chat: Manifest = {
  ...shared,
  dialect: "openai-chat",
  // For deployments of the kinds GlobalBatch and DataZoneBatch.
  batch: {
    maxRows: 100_000,
    maxBytes: 200_000_000,
    modalities: ["text", "embedding"],
    create: { completion_window: "24h" },
  },
  params: {
    rename: { max_tokens: "max_completion_tokens" },
    models: [
      { match: thinkingAtWill, drop: [...tuning, ...penalties], keepWithEffort: ["none"] },
      { match: thinking, drop: [...tuning, ...penalties] },
    ],
  },
};

/** The classic API names calls in batches without a version. */
export const classicChat: Manifest = {
  ...chat,
  ...(chat.batch !== undefined && { batch: { ...chat.batch, prefix: "" } }),
};

export const responses: Manifest = {
  ...shared,
  dialect: "openai-responses",
  params: {
    models: [
      { match: thinkingAtWill, drop: tuning, keepWithEffort: ["none"], default: encrypted },
      { match: thinking, drop: tuning, default: encrypted },
    ],
  },
};

/** Pictures and sound, asked for as at OpenAI. */
export const media: Manifest = {
  ...shared,
  dialect: "media",
  media: {
    image: {
      path: "/images/generations",
      params: { drop: ["seed", "aspect_ratio", "negative_prompt"] },
      edit: { path: "/images/edits", body: "form", images: { at: ["/image"], many: "/image/-", as: "file" } },
    },
    speech: { path: "/audio/speech", params: { default: { voice: "alloy" } } },
    transcription: { path: "/audio/transcriptions" },
  },
};
