/** Calls of every kind, what the vendor says to each, and the spans that must come of it. */

import type { Loom } from "../../../../src/index.ts";
import { Router } from "../../../../src/index.ts";
import type { Arrived } from "../../../support/server.ts";

type Answer = (arrived: Arrived) => void;
type Attributes = Readonly<Record<string, unknown>>;

export interface Expected {
  readonly name: string;
  /** All that is not about where the vendor is, nor named by Loom; `timed` is any number. */
  readonly attributes: Attributes;
  /** Loom's own, those that matter here. */
  readonly loom?: Attributes;
  readonly failed?: true;
}

export interface Scenario {
  readonly name: string;
  readonly answers: readonly Answer[];
  run(loom: Loom): Promise<unknown>;
  /** Spans of attempts, in their order. */
  readonly attempts: readonly Expected[];
  /** Spans of calls, in their order: Loom's own names and the events. */
  readonly calls: readonly {
    readonly name: string;
    readonly attributes: Attributes;
    readonly events?: readonly string[];
    readonly failed?: true;
  }[];
  /** How many measurements of each metric, by its name behind `gen_ai.client.`. */
  readonly measured: Readonly<Record<string, number>>;
}

export const timed: unique symbol = Symbol("some number");

const model = "gpt-4o-mini";
const usage = {
  prompt_tokens: 12,
  completion_tokens: 5,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const json = (status: number, body: object): Answer => ({ response }) =>
  void response.writeHead(status, { "content-type": "application/json", "x-request-id": "req-1" })
    .end(JSON.stringify(body));

const message = (content: object, finish_reason: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-mini-2024-07-18",
  system_fingerprint: "fp_1",
  service_tier: "default",
  choices: [{ index: 0, message: { role: "assistant", ...content }, finish_reason }],
  usage,
});
const said = json(200, message({ content: "Hello." }, "stop"));

const streamed: Answer = ({ response }) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const chunk = (choices: readonly object[], more: object = {}) =>
    `data: ${JSON.stringify({ id: "chatcmpl-1", model: "gpt-4o-mini-2024-07-18", choices, ...more })}\n\n`;
  const piece = (content: string) => chunk([{ index: 0, delta: { content }, finish_reason: null }]);
  response.write(piece("One"));
  response.write(piece(" two"));
  response.write(chunk([{ index: 0, delta: {}, finish_reason: "length" }]));
  response.end(`${chunk([], { usage })}data: [DONE]\n\n`);
};

const called = json(
  200,
  message({
    content: null,
    tool_calls: [{
      id: "call_1",
      type: "function",
      function: { name: "look", arguments: '{"city":"PRIVATE"}' },
    }],
  }, "tool_calls"),
);

const identity = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": model,
};
const counted = {
  "gen_ai.usage.input_tokens": 12,
  "gen_ai.usage.output_tokens": 5,
  "gen_ai.usage.cache_read.input_tokens": 4,
  "gen_ai.usage.reasoning.output_tokens": 3,
};
const answered = {
  ...identity,
  ...counted,
  "gen_ai.response.id": "chatcmpl-1",
  "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
  "gen_ai.response.finish_reasons": ["stop"],
  "openai.response.service_tier": "default",
  "openai.response.system_fingerprint": "fp_1",
};
const prompt = "PRIVATE question";
const chat = `chat ${model}`;
const request = { provider: "openai", model, prompt, useCache: false };
const once = { "token.usage": 2, "operation.duration": 1 };

export const scenarios: readonly Scenario[] = [
  {
    name: "generate",
    answers: [said],
    run: (loom) =>
      loom.generate({
        ...request,
        params: {
          temperature: 0.5,
          top_p: 1,
          max_tokens: 64,
          seed: 7,
          stop: ["END"],
          frequency_penalty: 0.25,
          presence_penalty: 0.5,
          service_tier: "default",
          response_format: { type: "json_object" },
        },
      }),
    attempts: [{
      name: chat,
      attributes: {
        ...answered,
        "gen_ai.output.type": "json",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 1,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.frequency_penalty": 0.25,
        "gen_ai.request.presence_penalty": 0.5,
        "openai.request.service_tier": "default",
      },
      loom: { "loom.attempt": 1, "loom.request_id": "req-1" },
    }],
    calls: [{
      name: "loom text",
      attributes: { "loom.stream": false, "loom.cache": "off", "loom.attempts": 1 },
    }],
    measured: once,
  },
  {
    name: "stream",
    answers: [streamed],
    run: async (loom) => {
      for await (const _ of loom.stream(request).textStream);
    },
    attempts: [{
      name: chat,
      attributes: {
        ...identity,
        ...counted,
        "gen_ai.request.stream": true,
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["length"],
        "gen_ai.response.time_to_first_chunk": timed,
      },
    }],
    calls: [{ name: "loom text", attributes: { "loom.stream": true, "loom.attempts": 1 } }],
    measured: { ...once, "operation.time_to_first_chunk": 1, "operation.time_per_output_chunk": 1 },
  },
  {
    name: "two alternatives",
    answers: [
      json(200, {
        ...message({ content: "Hello." }, "stop"),
        choices: [
          { index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" },
          { index: 1, message: { role: "assistant", content: "Hello." }, finish_reason: "content_filter" },
        ],
      }),
    ],
    run: (loom) => loom.generate({ ...request, params: { n: 2 } }),
    attempts: [{
      name: chat,
      attributes: {
        ...answered,
        "gen_ai.request.choice.count": 2,
        "gen_ai.response.finish_reasons": ["stop", "content_filter"],
      },
    }],
    calls: [{ name: "loom text", attributes: { "loom.attempts": 1 } }],
    measured: once,
  },
  {
    name: "a vendor that counts cached tokens apart",
    answers: [json(200, {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-haiku-4-5-20251001",
      content: [{ type: "text", text: "Hello." }],
      stop_reason: "end_turn",
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 30,
        output_tokens: 5,
      },
    })],
    run: (loom) =>
      loom.generate({
        provider: "anthropic",
        model: "claude-haiku-4-5",
        prompt,
        params: { max_tokens: 64, top_k: 40 },
        useCache: false,
      }),
    attempts: [{
      name: "chat claude-haiku-4-5",
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.top_k": 40,
        "gen_ai.response.id": "msg_1",
        "gen_ai.response.model": "claude-haiku-4-5-20251001",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 60,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 20,
        "gen_ai.usage.cache_creation.input_tokens": 30,
      },
    }],
    calls: [{ name: "loom text", attributes: { "loom.attempts": 1 } }],
    measured: once,
  },
  {
    name: "tool call",
    answers: [called],
    run: (loom) =>
      loom.generate({
        ...request,
        tools: [{ name: "look", parameters: { type: "object", properties: {} } }],
      }),
    attempts: [{ name: chat, attributes: { ...answered, "gen_ai.response.finish_reasons": ["tool_call"] } }],
    calls: [{ name: "loom text", attributes: { "loom.attempts": 1 } }],
    measured: once,
  },
  {
    name: "retry",
    answers: [
      json(429, { error: { message: "slow down", type: "rate_limit", code: "rate_limit_exceeded" } }),
      said,
    ],
    run: (loom) => loom.generate(request),
    attempts: [
      {
        name: chat,
        attributes: { ...identity, "error.type": "rate-limited" },
        loom: { "loom.attempt": 1, "loom.request_id": "req-1" },
        failed: true,
      },
      { name: chat, attributes: answered, loom: { "loom.attempt": 2 } },
    ],
    calls: [{ name: "loom text", attributes: { "loom.attempts": 2 }, events: ["loom.retry.wait"] }],
    measured: { "token.usage": 2, "operation.duration": 2 },
  },
  {
    name: "failover",
    answers: [
      json(401, {
        error: { message: "no such key", type: "invalid_request_error", code: "invalid_api_key" },
      }),
      json(200, { ...message({ content: "Hello." }, "stop"), model: "mistral-small-2603" }),
    ],
    run: (loom) =>
      loom.route(
        new Router({
          candidates: [{ provider: "openai", model }, { provider: "mistral", model: "mistral-small-latest" }],
        }),
        { prompt, useCache: false },
      ),
    attempts: [
      { name: chat, attributes: { ...identity, "error.type": "auth-rejected" }, failed: true },
      {
        name: "chat mistral-small-latest",
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "mistral_ai",
          "gen_ai.request.model": "mistral-small-latest",
          ...counted,
          "gen_ai.response.id": "chatcmpl-1",
          "gen_ai.response.model": "mistral-small-2603",
          "gen_ai.response.finish_reasons": ["stop"],
        },
        loom: { "loom.provider": "mistral" },
      },
    ],
    calls: [{
      name: "loom text",
      attributes: { "loom.attempts": 2, "loom.provider": "mistral" },
      events: ["loom.failover.leave"],
    }],
    measured: { "token.usage": 2, "operation.duration": 2 },
  },
  {
    name: "cache hit",
    answers: [said],
    async run(loom) {
      await loom.generate({ ...request, useCache: true });
      await loom.generate({ ...request, useCache: true });
    },
    attempts: [{ name: chat, attributes: answered }],
    calls: [
      {
        name: "loom text",
        attributes: { "loom.cache": "miss", "loom.attempts": 1 },
        events: ["loom.cache.miss"],
      },
      {
        name: "loom text",
        attributes: { "loom.cache": "hit", "loom.attempts": 0, "loom.cost.usd": 0 },
        events: ["loom.cache.hit"],
      },
    ],
    measured: once,
  },
  {
    name: "dedup",
    answers: [said],
    run: (loom) => Promise.all([loom.generate(request), loom.generate(request)]),
    attempts: [{ name: chat, attributes: answered }],
    calls: [
      { name: "loom text", attributes: { "loom.dedup": false, "loom.attempts": 1 } },
      {
        name: "loom text",
        attributes: { "loom.dedup": true, "loom.attempts": 0 },
        events: ["loom.dedup.joined"],
      },
    ],
    measured: once,
  },
  {
    name: "error",
    answers: [json(400, { error: { message: "that is wrong", type: "invalid_request_error" } })],
    run: (loom) => loom.generate(request).catch(() => {}),
    attempts: [{ name: chat, attributes: { ...identity, "error.type": "invalid-request" }, failed: true }],
    calls: [{ name: "loom text", attributes: { "error.type": "invalid-request" }, failed: true }],
    measured: { "operation.duration": 1 },
  },
  {
    name: "embeddings",
    answers: [json(200, {
      object: "list",
      model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })],
    run: (loom) =>
      loom.generate({
        provider: "openai",
        modality: "embedding",
        model: "text-embedding-3-small",
        input: "PRIVATE text",
        params: { dimensions: 256, encoding_format: "float" },
        useCache: false,
      }),
    attempts: [{
      name: "embeddings text-embedding-3-small",
      attributes: {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.embeddings.dimension.count": 256,
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 3,
      },
    }],
    calls: [{ name: "loom embedding", attributes: { "loom.modality": "embedding" } }],
    measured: { "token.usage": 1, "operation.duration": 1 },
  },
  {
    name: "image",
    answers: [json(200, { created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] })],
    run: (loom) =>
      loom.generate({ provider: "openai", modality: "image", model: "gpt-image-2", prompt, useCache: false }),
    attempts: [{
      name: "generate_image gpt-image-2",
      attributes: {
        "gen_ai.operation.name": "generate_image",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-image-2",
        "gen_ai.output.type": "image",
      },
    }],
    calls: [{ name: "loom image", attributes: { "loom.modality": "image" } }],
    measured: { "operation.duration": 1 },
  },
];
