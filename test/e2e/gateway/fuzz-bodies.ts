/** One rich request of each format, and ways to spoil it that repeat with their seed. */

import type { Json, JsonObject } from "../../../src/contract/json.ts";

const picture = "data:image/png;base64,aaaa";
const schema = { type: "object", properties: { a: { type: "number" } } };
const texts = [
  "openai/gpt-4o-mini",
  "anthropic/claude-sonnet-4-6",
  "gemini/gemini-2.5-flash",
  "mistral/mistral-large-latest",
];

/** Path, models, and a body in which as much is said as may be. */
export const formats: readonly (readonly [path: string, models: readonly string[], body: JsonObject])[] = [
  ["/v1/chat/completions", [...texts, "openai-responses/gpt-5-mini", "cohere/command-a-03-2025"], {
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        name: "n",
        content: [
          { type: "text", text: "hi", cache_control: { type: "ephemeral" } },
          { type: "image_url", image_url: { url: picture, detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        reasoning_content: "hm",
        tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: "ok" },
    ],
    tools: [{
      type: "function",
      function: { name: "f", description: "d", parameters: schema, strict: true },
    }],
    tool_choice: { type: "function", function: { name: "f" } },
    response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
    temperature: 1,
    max_tokens: 9,
    stop: ["x"],
    n: 1,
    stream: false,
    stream_options: { include_usage: true },
    user: "u",
    reasoning_effort: "low",
    logit_bias: { 1: 1 },
    metadata: { a: "b" },
  }],
  ["/v1/messages", [...texts, "openai-responses/gpt-5-mini"], {
    max_tokens: 2_000,
    system: [{ type: "text", text: "be", cache_control: { type: "ephemeral" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "aaaa" } },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "x" }, title: "t" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "x", signature: "s" },
          { type: "text", text: "t" },
          { type: "tool_use", id: "t1", name: "f", input: { a: 1 } },
        ],
      },
      {
        role: "user",
        content: [{
          type: "tool_result",
          tool_use_id: "t1",
          content: [{ type: "text", text: "ok" }],
          is_error: false,
        }],
      },
    ],
    tools: [{ name: "f", description: "d", input_schema: schema }],
    tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true },
    thinking: { type: "enabled", budget_tokens: 1_024 },
    stop_sequences: ["x"],
    metadata: { user_id: "u" },
    stream: false,
  }],
  ["/v1/responses", [...texts, "openai-responses/gpt-5-mini"], {
    input: [
      {
        role: "user",
        content: [{ type: "input_text", text: "hi" }, { type: "input_image", image_url: picture }],
      },
      { type: "reasoning", id: "r", summary: [{ type: "summary_text", text: "x" }], encrypted_content: "e" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "x" },
      {
        type: "message",
        role: "assistant",
        id: "m",
        content: [{ type: "output_text", text: "x", annotations: [] }],
      },
    ],
    instructions: "be",
    tools: [{ type: "function", name: "f", parameters: schema, strict: false }],
    tool_choice: "auto",
    text: { format: { type: "json_schema", name: "n", schema } },
    reasoning: { effort: "low", summary: "auto" },
    max_output_tokens: 99,
    stream: false,
    store: false,
  }],
  ["/v1/completions", texts, { prompt: "x", max_tokens: 9, stop: ["x"], stream: false, n: 1, suffix: "" }],
  ["/v1/embeddings", ["openai/text-embedding-3-small", "cohere/embed-v4.0"], {
    input: ["a", "b"],
    encoding_format: "base64",
    dimensions: 3,
    user: "u",
  }],
  ["/v1/images/generations", ["openai/gpt-image-1"], {
    prompt: "p",
    n: 1,
    size: "1024x1024",
    quality: "high",
  }],
  ["/v1/audio/speech", ["openai/tts-1"], { input: "read", voice: "alloy", response_format: "mp3", speed: 1 }],
  ["/v1/moderations", ["openai/omni-moderation-latest"], { input: [{ type: "text", text: "x" }] }],
  ["/v1/rerank", ["cohere/rerank-v3.5"], { query: "x", documents: ["a", { text: "b" }], top_n: 1 }],
  ["/v1/messages/count_tokens", ["openai/gpt-4o-mini"], {
    messages: [{ role: "user", content: "x" }],
    system: "y",
    tools: [{ name: "f", input_schema: {} }],
  }],
];

const junk: readonly Json[] = [
  ...[null, 0, -1, 1e308, 1.5, "", "x", "\u0000", "\ud800", "data:,", "http://127.0.0.1:1/x", true, false],
  ...[[], {}, [[]], [null], { type: "x" }, { toString: 1 }, { toJSON: 1 }, { length: 5 }],
  ...["__proto__", "data:image/png;base64,!!!", Number.MAX_SAFE_INTEGER],
];

const names = [
  "type",
  "text",
  "content",
  "role",
  "name",
  "id",
  "url",
  "input",
  "constructor",
  "toString",
  "extra",
];

/** Numbers from 0 to 1, the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32;
}

export function pick<T>(list: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** The value with something else in places: junk, less, more, twice. */
export function spoilt(value: Json, rate: number, random: () => number): Json {
  if (random() < rate) return pick(junk, random);
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).map((entry) => spoilt(entry, rate, random));
    if (random() < rate) list.push(pick(junk, random));
    if (random() < rate) list.reverse();
    return random() < rate ? [...list, ...list] : list;
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(() => random() >= rate);
  const fields = kept.map(([name, field]) => [name, spoilt(field as Json, rate, random)] as const);
  if (random() < rate) fields.push([pick(names, random), pick(junk, random)]);
  return Object.fromEntries(fields);
}
