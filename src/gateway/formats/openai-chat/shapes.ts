/** What is written, as types: those of OpenAI's own package, and what other vendors of the format add to them. */

import type { FinishReason, Json, JsonObject } from "../../../contract/index.ts";

export type FinishWord = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

export type UsageFields = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: {
    cached_tokens: number;
    cache_write_tokens?: number;
    audio_tokens?: number;
    image_tokens?: number;
  };
  completion_tokens_details: { reasoning_tokens: number; audio_tokens?: number };
};

export type Annotation = {
  type: "url_citation";
  url_citation: { start_index: number; end_index: number; title: string; url: string };
};

/** A picture, as OpenRouter gives those that chat models make. */
export type ImagePart = { type: "image_url"; index: number; image_url: { url: string } };

export type FunctionCall = { name: string; arguments: string };

export type MessageCall =
  | { id: string; type: "function"; function: FunctionCall; extra_content?: JsonObject }
  | { id: string; type: "custom"; custom: { name: string; input: string } };

export type MessageFields = {
  role: "assistant";
  content: string | null;
  refusal: string | null;
  annotations?: Annotation[];
  reasoning_content?: string;
  tool_calls?: MessageCall[];
  function_call?: FunctionCall;
  audio?: { id: string; data: string; expires_at: number; transcript: string };
  images?: ImagePart[];
};

/** Log probabilities go through as the vendor gave them. */
export type Logprobs = { content: TokenLogprob[] | null; refusal: TokenLogprob[] | null };
export type TokenLogprob = TopLogprob & { top_logprobs: TopLogprob[] };
export type TopLogprob = { token: string; bytes: number[] | null; logprob: number };

export type ChatCompletion = {
  id: string;
  object: "chat.completion";
  created: number;
  model: string;
  choices: { index: number; message: MessageFields; logprobs: Logprobs | null; finish_reason: FinishWord }[];
  usage?: UsageFields;
};

const words: Readonly<Record<FinishReason, FinishWord>> = {
  "stop": "stop",
  "length": "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  "other": "stop",
};

/** Why a choice ended. Without a reason, whether there are calls to run says it. */
export function finishWord(reason: FinishReason | undefined, hasCalls: boolean, older: boolean): FinishWord {
  const word = words[reason ?? (hasCalls ? "tool-calls" : "stop")];
  return word === "tool_calls" && older ? "function_call" : word;
}

/** The log probabilities in a raw part, by choice: beside a piece of a stream, or in the body of a whole answer. */
export function logprobsIn(value: Json): readonly (readonly [choice: number, logprobs: Logprobs])[] {
  const fields = asObject(value);
  if (fields === undefined) return [];
  const { choices } = fields;
  const entries = Array.isArray(choices) ? choices as readonly Json[] : [fields];
  return entries.flatMap((entry, position) => {
    const choice = asObject(entry);
    const logprobs = asObject(choice?.["logprobs"]);
    if (choice === undefined || logprobs === undefined || !isChatForm(logprobs)) return [];
    const index = choices === undefined ? choice["choice"] : choice["index"];
    return [[typeof index === "number" ? index : position, logprobs] as const];
  });
}

/** Other vendors' log probabilities have other forms, which no client of this one reads. */
function isChatForm(logprobs: JsonObject): logprobs is JsonObject & Logprobs {
  const { content = null, refusal = null } = logprobs;
  return (Array.isArray(content) || Array.isArray(refusal)) && (content === null || Array.isArray(content)) &&
    (refusal === null || Array.isArray(refusal));
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}
