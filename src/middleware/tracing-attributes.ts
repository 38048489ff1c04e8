/** What an attempt asks and gets, as attributes of the GenAI conventions 1.41.0. */

import type { Attributes } from "@opentelemetry/api";
import type { Call, Modality } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Json } from "../contract/json.ts";
import type { Params } from "../contract/message.ts";
import type { FinishReason } from "../contract/part.ts";
import type { Usage } from "../contract/usage.ts";

/**
 * `gen_ai.operation.name`. The conventions know words for the first two; the others are made after `generate_content` and
 * `execute_tool`.
 */
const operations: Readonly<Record<Modality, string>> = {
  text: "chat",
  embedding: "embeddings",
  image: "generate_image",
  video: "generate_video",
  speech: "generate_speech",
  transcription: "transcribe",
  rerank: "rerank",
  moderation: "moderate",
};

/** `gen_ai.output.type`, where the conventions have a word for what the modality gives. */
const outputTypes: Partial<Readonly<Record<Modality, string>>> = { image: "image", speech: "speech" };

/** Which params become which number, under the names that vendors give them. */
const numbers: readonly {
  readonly name: string;
  readonly whole?: true;
  readonly params: readonly string[];
}[] = [
  { name: "gen_ai.request.temperature", params: ["temperature"] },
  { name: "gen_ai.request.top_p", params: ["top_p", "topP"] },
  { name: "gen_ai.request.top_k", params: ["top_k", "topK"] },
  { name: "gen_ai.request.frequency_penalty", params: ["frequency_penalty", "frequencyPenalty"] },
  { name: "gen_ai.request.presence_penalty", params: ["presence_penalty", "presencePenalty"] },
  { name: "gen_ai.request.seed", whole: true, params: ["seed", "random_seed"] },
  {
    name: "gen_ai.request.max_tokens",
    whole: true,
    params: ["max_completion_tokens", "max_tokens", "max_output_tokens", "maxOutputTokens"],
  },
];

/** Known before anything is sent: for the sampler, and for every measurement. */
export function identity(
  { target, call }: Attempting,
  providerName: string,
  address: { readonly host: string; readonly port?: number } | undefined,
): Attributes {
  const attributes: Attributes = {
    "gen_ai.operation.name": operations[call.modality],
    "gen_ai.provider.name": providerName,
    "gen_ai.request.model": target.upstreamModel,
  };
  if (address === undefined) return attributes;
  attributes["server.address"] = address.host;
  if (address.port !== undefined) attributes["server.port"] = address.port;
  return attributes;
}

/** What is asked, without its content. */
export function requestAttributes({ target, call, attempt }: Attempting, providerName: string): Attributes {
  const { params } = target;
  const attributes: Attributes = {
    "loom.provider": target.provider,
    "loom.model": target.model,
    "loom.attempt": attempt,
  };
  if (call.stream) attributes["gen_ai.request.stream"] = true;
  for (const { name, whole, params: names } of numbers) {
    const value = firstOf(params, names);
    if (typeof value === "number" && (whole ? Number.isSafeInteger(value) : Number.isFinite(value))) {
      attributes[name] = value;
    }
  }
  const stop = texts(firstOf(params, ["stop", "stop_sequences", "stopSequences"]));
  if (stop.length > 0) attributes["gen_ai.request.stop_sequences"] = stop;
  const choices = firstOf(params, ["n", "candidateCount"]);
  if (Number.isSafeInteger(choices) && choices !== 1) {
    attributes["gen_ai.request.choice.count"] = choices as number;
  }
  const outputType = outputTypes[call.modality] ?? textOutputType(call, params);
  if (outputType !== undefined) attributes["gen_ai.output.type"] = outputType;
  if (call.modality === "embedding") embeddingAttributes(params, attributes);
  if (providerName === "openai") {
    const { service_tier: tier } = params;
    if (typeof tier === "string" && tier !== "auto") attributes["openai.request.service_tier"] = tier;
  }
  return attributes;
}

function textOutputType({ output }: Call, { response_format: format }: Params): string | undefined {
  if (output !== undefined) return "json";
  const type = field(format, "type");
  if (type === "json_object" || type === "json_schema") return "json";
  return type === "text" ? "text" : undefined;
}

function embeddingAttributes(params: Params, attributes: Attributes): void {
  const dimensions = firstOf(params, ["dimensions", "output_dimension", "outputDimensionality"]);
  if (Number.isSafeInteger(dimensions)) {
    attributes["gen_ai.embeddings.dimension.count"] = dimensions as number;
  }
  const formats = texts(firstOf(params, ["encoding_format", "embedding_types"]));
  if (formats.length > 0) attributes["gen_ai.request.encoding_formats"] = formats;
}

/** What came back, as far as it did. */
export interface Response {
  readonly id?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: Usage | undefined;
  /** One word per alternative that ended, in the order of the alternatives. */
  readonly finishReasons: readonly string[];
  /** The vendor's whole body, where there was one. */
  readonly raw?: Json | undefined;
  readonly requestId?: string | undefined;
  /** Seconds; streams only. */
  readonly timeToFirstChunk?: number | undefined;
}

export function responseAttributes(response: Response, modality: Modality, providerName: string): Attributes {
  const { id, model, usage, finishReasons, raw, requestId, timeToFirstChunk } = response;
  const attributes: Attributes = {};
  if (id !== undefined) attributes["gen_ai.response.id"] = id;
  if (model !== undefined) attributes["gen_ai.response.model"] = model;
  if (finishReasons.length > 0) attributes["gen_ai.response.finish_reasons"] = [...finishReasons];
  if (timeToFirstChunk !== undefined) attributes["gen_ai.response.time_to_first_chunk"] = timeToFirstChunk;
  if (requestId !== undefined) attributes["loom.request_id"] = requestId;
  for (const { type, tokens } of countedTokens(usage, modality)) {
    attributes[`gen_ai.usage.${type}_tokens`] = tokens;
  }
  if (usage !== undefined && usage.estimated !== true) {
    // 0 may as well mean that the vendor has no notion of it.
    if (usage.cachedTokens > 0) attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cachedTokens;
    if (usage.cacheWriteTokens > 0) {
      attributes["gen_ai.usage.cache_creation.input_tokens"] = usage.cacheWriteTokens;
    }
    if (usage.reasoningTokens > 0) attributes["gen_ai.usage.reasoning.output_tokens"] = usage.reasoningTokens;
  }
  if (providerName === "openai") {
    // Streams have no whole body; their usage says the tier unless it is the usual one.
    const tier = field(raw, "service_tier") ?? usage?.serviceTier;
    if (typeof tier === "string") attributes["openai.response.service_tier"] = tier;
    const fingerprint = field(raw, "system_fingerprint");
    if (typeof fingerprint === "string") attributes["openai.response.system_fingerprint"] = fingerprint;
  }
  return attributes;
}

/**
 * What the vendor counted. Not Loom's own estimates, nor the zeros of modalities that are not counted in tokens.
 *
 * @param billed what the vendor bills for, where it says so: the metric asks for that, spans for what the model read and wrote
 */
export function countedTokens(
  usage: Usage | undefined,
  modality: Modality,
  billed: boolean = false,
): readonly { readonly type: "input" | "output"; readonly tokens: number }[] {
  if (usage === undefined || usage.estimated === true) return [];
  const all = [
    { type: "input", tokens: billed ? usage.billedInputTokens ?? usage.inputTokens : usage.inputTokens },
    { type: "output", tokens: billed ? usage.billedOutputTokens ?? usage.outputTokens : usage.outputTokens },
  ] as const;
  return modality === "text" ? all : all.filter(({ tokens }) => tokens > 0);
}

/** The conventions' spelling, one word for all vendors; a vendor's own word only where Loom knows no better. */
export function finishWord(reason: FinishReason, raw: string | undefined): string {
  if (reason === "tool-calls") return "tool_call";
  if (reason === "content-filter") return "content_filter";
  return reason === "other" ? raw ?? "other" : reason;
}

function firstOf(params: Params, names: readonly string[]): Json | undefined {
  for (const name of names) {
    const value = params[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function texts(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function field(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: Json | undefined })[name];
}
