/** Holds the dialect against OpenAI's own client: it must send what that sends. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI from "openai";
import type { Call } from "../../../../src/contract/call.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf } from "./support.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

let received: Sent | undefined;
const client = new OpenAI({
  apiKey: "sk-test",
  baseURL: "https://example.invalid/v1",
  maxRetries: 0,
  fetch: (url, init) => {
    const body: unknown = JSON.parse(String(init?.body));
    received = { method: String(init?.method), path: new URL(String(url)).pathname.slice(3), body };
    const stream = (body as { stream?: boolean }).stream === true;
    const text = stream ? "data: [DONE]\n\n" : JSON.stringify({ id: "r", object: "response", output: [] });
    const type = stream ? "text/event-stream" : "application/json";
    return Promise.resolve(new Response(text, { headers: { "content-type": type } }));
  },
});

function ours(call: Partial<Call>, model = "gpt-4.1"): Sent {
  const ctx = fakeAttempting({ call, target: { upstreamModel: model, params: call.params ?? {} } });
  const sent = codecOf().encode(ctx);
  return { method: sent.method, path: sent.path, body: jsonOf(sent) };
}

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

describe("the official client sends the same body for", () => {
  it("a conversation with tools, pictures and results", async () => {
    await client.responses.create({
      model: "gpt-4.1",
      instructions: "Be brief.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Where is it?" },
            { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" },
          ],
        },
        { role: "assistant", content: "I look." },
        { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' },
        { type: "function_call_output", call_id: "call_1", output: "3" },
      ],
      max_output_tokens: 50,
      temperature: 0.5,
      parallel_tool_calls: false,
      tools: [
        { type: "function", name: "weather", description: "d", parameters, strict: true },
        { type: "web_search", search_context_size: "low" },
      ],
      tool_choice: { type: "function", name: "weather" },
    });
    const call: Partial<Call> = {
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image", dataB64: "iVBORw0KGgo=", mimeType: "image/png", detail: "low" },
            { type: "file", filename: "a.pdf", dataB64: "JVBERg==", mimeType: "application/pdf" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "I look." },
            { type: "tool-call", id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' },
          ],
        },
        { role: "tool", toolCallId: "call_1", content: "3" },
      ],
      params: { max_tokens: 50, temperature: 0.5, parallel_tool_calls: false },
      tools: [
        { name: "weather", description: "d", parameters, strict: true },
        { name: "search", native: { type: "web_search", search_context_size: "low" } },
      ],
      toolChoice: { tool: "weather" },
    };
    assert.deepEqual(ours(call), received);
  });

  it("an answer in the form of a schema, by a model that thinks", async () => {
    await client.responses.create({
      model: "gpt-5",
      input: [{ role: "user", content: "Oslo" }],
      text: { format: { type: "json_schema", name: "place", schema: parameters, strict: true } },
      reasoning: { effort: "high" },
      include: ["reasoning.encrypted_content"],
    });
    const output = {
      name: "place",
      schema: parameters,
      repair: 0,
      validate: (value: unknown) => value,
    } as const;
    const messages = [{ role: "user", content: "Oslo" }] as const;
    assert.deepEqual(ours({ messages, output, params: { reasoning_effort: "high" } }, "gpt-5"), received);
  });

  it("a stream", async () => {
    const stream = await client.responses.create({
      model: "gpt-4.1",
      input: [{ role: "user", content: "Hi" }],
      stream: true,
      store: false,
    });
    for await (const _ of stream);
    const messages = [{ role: "user", content: "Hi" }] as const;
    assert.deepEqual(ours({ messages, stream: true, params: { store: false } }), received);
  });

  it("counting tokens", async () => {
    await client.responses.inputTokens.count({ model: "gpt-4.1", input: [{ role: "user", content: "Hi" }] });
    const ctx = fakeAttempting({
      call: { messages: [{ role: "user", content: "Hi" }] },
      target: { upstreamModel: "gpt-4.1" },
    });
    const request = codecOf().countTokens?.(ctx).request;
    assert.deepEqual(
      { method: request?.method, path: request?.path, body: JSON.parse(String(request?.body)) },
      received,
    );
  });
});
