/** Holds what goes to vendors of this format against their own clients: the same path and the same body for the same call. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import Cerebras from "@cerebras/cerebras_cloud_sdk";
import { HTTPClient, Mistral } from "@mistralai/mistralai";
import Groq from "groq-sdk";
import Together from "together-ai";
import type { Call } from "../../../../src/contract/call.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf, vendor } from "./support.ts";

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

let received: Sent | undefined;

async function take(url: string, headers: Headers, body: string): Promise<Response> {
  received = { url, authorization: headers.get("authorization"), body: JSON.parse(body) };
  const stream = (received.body as { stream?: boolean }).stream === true;
  const choice = { index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const answer = { id: "c", object: "chat.completion", created: 1, model: "m", choices: [choice], usage };
  return await Promise.resolve(
    new Response(stream ? "data: [DONE]\n\n" : JSON.stringify(answer), {
      headers: { "content-type": stream ? "text/event-stream" : "application/json" },
    }),
  );
}

const fetch = (url: unknown, init?: { headers?: unknown; body?: unknown }) =>
  take(String(url), new Headers(init?.headers as Record<string, string>), String(init?.body));
const apiKey = "test-key";
const groq = new Groq({ apiKey, fetch: fetch as never, maxRetries: 0 });
const together = new Together({ apiKey, fetch: fetch as never, maxRetries: 0 });
const cerebras = new Cerebras({ apiKey, fetch: fetch as never, maxRetries: 0, warmTCPConnection: false });
const mistral = new Mistral({
  apiKey,
  httpClient: new HTTPClient({
    fetcher: async (input) => {
      const request = input as Request;
      return await take(request.url, request.headers, await request.text());
    },
  }),
});

/** Where and what Loom sends. */
function ours(id: string, call: Partial<Call>): Sent {
  const ctx = fakeAttempting({ call, target: { upstreamModel: "m1", params: call.params ?? {} } });
  const request = codecOf(id).encode(ctx);
  const url = vendor(id).baseUrl + request.path;
  return { url, authorization: `Bearer ${apiKey}`, body: jsonOf(request) };
}

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const user = { role: "user", content: "Oslo?" } as const;
const system = { role: "system", content: "Be brief." } as const;
const theirCall = {
  id: "abcDEF123",
  type: "function",
  function: { name: "weather", arguments: '{"city":"Oslo"}' },
} as const;
const conversation: Call["messages"] = [
  system,
  user,
  {
    role: "assistant",
    content: [{ type: "tool-call", id: "abcDEF123", name: "weather", arguments: '{"city":"Oslo"}' }],
  },
  { role: "tool", toolCallId: "abcDEF123", content: "3" },
];
const theirs = [
  system,
  user,
  { role: "assistant" as const, content: null, tool_calls: [theirCall] },
  { role: "tool" as const, tool_call_id: "abcDEF123", content: "3" },
];
const tools: Call["tools"] = [{ name: "weather", description: "d", parameters }];
const theirTools = [{
  type: "function" as const,
  function: { name: "weather", description: "d", parameters },
}];
const output = { name: "place", schema: parameters, repair: 0, validate: (value: unknown) => value } as const;

describe("groq's own client sends the same", () => {
  it("chat with tools", async () => {
    await groq.chat.completions.create({
      model: "m1",
      messages: theirs,
      max_completion_tokens: 9,
      seed: 3,
      stop: ["x"],
      tools: theirTools,
      tool_choice: "required",
      reasoning_effort: "high",
    });
    const params = { max_completion_tokens: 9, seed: 3, stop: ["x"], reasoning_effort: "high" };
    const call = { messages: conversation, tools, toolChoice: "required", params } as const;
    assert.deepEqual(ours("groq", call), received);
  });

  it("stream", async () => {
    for await (
      const _ of await groq.chat.completions.create({ model: "m1", messages: [user], stream: true })
    );
    assert.deepEqual(ours("groq", { messages: [user], stream: true }), received);
  });
});

describe("together's own client sends the same", () => {
  it("chat with tools and vendor params", async () => {
    await together.chat.completions.create({
      model: "m1",
      messages: theirs as never,
      max_tokens: 9,
      top_k: 5,
      min_p: 0.1,
      repetition_penalty: 1.1,
      tools: theirTools,
      tool_choice: "auto",
    });
    const params = { max_tokens: 9, top_k: 5, min_p: 0.1, repetition_penalty: 1.1 };
    const call = { messages: conversation, tools, toolChoice: "auto", params } as const;
    assert.deepEqual(ours("together", call), received);
  });

  it("embeddings", async () => {
    await together.embeddings.create({ model: "m1", input: ["a", "b"] }).catch(() => undefined);
    const ctx = fakeAttempting({
      call: { modality: "embedding", messages: [], input: ["a", "b"] },
      target: { upstreamModel: "m1", modality: "embedding" },
    });
    const request = codecOf("together").encode(ctx);
    assert.equal(vendor("together").baseUrl + request.path, received?.url);
    assert.deepEqual(jsonOf(request), received?.body);
  });
});

describe("cerebras's own client sends the same", () => {
  it("chat with tools and a schema", async () => {
    await cerebras.chat.completions.create({
      model: "m1",
      messages: theirs,
      max_completion_tokens: 9,
      seed: 3,
      tools: theirTools as never,
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", schema: parameters, strict: true },
      },
      reasoning_effort: "low",
    });
    const params = { max_tokens: 9, seed: 3, reasoning_effort: "minimal" };
    assert.deepEqual(ours("cerebras", { messages: conversation, tools, output, params }), received);
  });
});

describe("mistral's own client sends the same", () => {
  it("chat with tools, under its own names", async () => {
    await mistral.chat.complete({
      model: "m1",
      messages: [
        system,
        user,
        {
          role: "assistant",
          content: null,
          toolCalls: [{ id: "abcDEF123", function: theirCall.function }],
        },
        { role: "tool", toolCallId: "abcDEF123", content: "3" },
      ],
      maxTokens: 9,
      randomSeed: 3,
      safePrompt: true,
      tools: theirTools,
      toolChoice: "any",
    });
    const params = { max_completion_tokens: 9, seed: 3, safe_prompt: true };
    const call = { messages: conversation, tools, toolChoice: "required", params } as const;
    const sent = ours("mistral", call);
    assert.equal(sent.url, received?.url);
    assert.equal(sent.authorization, received?.authorization);
    assert.deepEqual(withoutDefaults(sent.body), withoutDefaults(received?.body));
  });

  it("embeddings", async () => {
    await mistral.embeddings.create({ model: "m1", inputs: ["a"], outputDimension: 2 }).catch(() =>
      undefined
    );
    const ctx = fakeAttempting({
      call: { modality: "embedding", messages: [], input: ["a"] },
      target: { upstreamModel: "m1", modality: "embedding", params: { dimensions: 2 } },
    });
    const request = codecOf("mistral").encode(ctx);
    assert.equal(vendor("mistral").baseUrl + request.path, received?.url);
    assert.deepEqual(withoutDefaults(jsonOf(request)), withoutDefaults(received?.body));
  });
});

/** Their client spells out what is the default, and leaves out what a call's type says anyway. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name, field]) =>
    !(name === "type" && field === "function") && !(name === "stream" && field === false) &&
    !(name === "index" && field === 0) && !(name === "prefix" && field === false) &&
    !(name === "strict" && field === false)
  );
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutDefaults(field)]));
}
