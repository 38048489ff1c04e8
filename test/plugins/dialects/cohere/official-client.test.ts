/** Holds the dialect against Cohere's own client: it must send what that sends, and understand what that understands. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { CohereClientV2 } from "cohere-ai";
import type { Call } from "../../../../src/contract/call.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { serve, type TestServer } from "../../../support/server.ts";
import { codec, meaning, replay, sse } from "./support.ts";

const whole = {
  id: "c1",
  message: { role: "assistant", content: [{ type: "text", text: "3" }] },
  finish_reason: "COMPLETE",
};
let answer = { type: "application/json", text: JSON.stringify(whole) };
let server: TestServer;
let client: CohereClientV2;

before(async () => {
  server = await serve(({ response }) => {
    response.writeHead(200, { "content-type": answer.type }).end(answer.text);
  });
  client = new CohereClientV2({ token: "test-key", environment: server.url, maxRetries: 0 });
});
beforeEach(() => {
  answer = { type: "application/json", text: JSON.stringify(whole) };
});
after(() => server.close());

/** What both sent for the same call: the client last, to the server. */
async function compare(call: Partial<Call>, model: string): Promise<void> {
  const request = codec.encode(fakeAttempting({ call, target: { upstreamModel: model } }));
  const theirs = await server.request(server.requests.length - 1);
  assert.equal(request.method, theirs.method);
  assert.equal(request.path, theirs.url);
  assert.match(String(theirs.headers["content-type"]), /^application\/json/);
  assert.equal(theirs.headers["authorization"], "Bearer test-key");
  assert.deepEqual(jsonOf(request), JSON.parse(theirs.body));
}

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const model = "command-a-03-2025";

describe("the official client sends the same request for", () => {
  it("a chat with tools, pictures, plans and results", async () => {
    await client.chat({
      model,
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image_url", imageUrl: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
          ],
        },
        {
          role: "assistant",
          toolPlan: "I look.",
          toolCalls: [{
            id: "t1",
            type: "function",
            function: { name: "weather", arguments: '{"city":"Oslo"}' },
          }],
        },
        { role: "tool", toolCallId: "t1", content: "3" },
      ],
      maxTokens: 50,
      temperature: 0.5,
      p: 0.9,
      k: 10,
      stopSequences: ["x"],
      seed: 7,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      tools: [{ type: "function", function: { name: "weather", description: "d", parameters } }],
      strictTools: true,
      toolChoice: "REQUIRED",
      safetyMode: "CONTEXTUAL",
    });
    await compare({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?" },
            { type: "image", dataB64: "iVBORw0KGgo=", mimeType: "image/png", detail: "low" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "I look." },
            { type: "tool-call", id: "t1", name: "weather", arguments: '{"city":"Oslo"}' },
          ],
        },
        { role: "tool", toolCallId: "t1", content: "3" },
      ],
      params: {
        max_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 10,
        stop: ["x"],
        seed: 7,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        safety_mode: "CONTEXTUAL",
      },
      tools: [{ name: "weather", description: "d", parameters, strict: true }],
      toolChoice: "required",
    }, model);
  });

  it("thinking, a schema and documents", async () => {
    await client.chat({
      model: "command-a-reasoning-08-2025",
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [{ type: "thinking", thinking: "hm" }, { type: "text", text: "Hello." }],
        },
        { role: "user", content: "Oslo" },
      ],
      thinking: { type: "enabled", tokenBudget: 1024 },
      responseFormat: { type: "json_object", jsonSchema: parameters },
    });
    const output = {
      name: "place",
      schema: parameters,
      repair: 0,
      validate: (value: unknown) => value,
    } as const;
    const messages: Call["messages"] = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Hello." }] },
      { role: "user", content: "Oslo" },
    ];
    await compare({ messages, output, params: { reasoning_effort: "low" } }, "command-a-reasoning-08-2025");

    await client.chat({
      model,
      messages: [{ role: "user", content: "Sum up." }],
      documents: ["plain", { id: "d1", data: { text: "words", title: "t" } }],
      citationOptions: { mode: "ACCURATE" },
    });
    await compare({
      messages: [{ role: "user", content: "Sum up." }],
      params: {
        documents: ["plain", { id: "d1", data: { text: "words", title: "t" } }],
        citation_options: { mode: "ACCURATE" },
      },
    }, model);
  });

  it("a stream", async () => {
    answer = { type: "text/event-stream", text: sse([{ type: "message-end", delta: {} }]) };
    for await (const _ of await client.chatStream({ model, messages: [{ role: "user", content: "Hi" }] }));
    await compare({ messages: [{ role: "user", content: "Hi" }], stream: true }, model);
  });

  it("embeddings", async () => {
    answer.text = JSON.stringify({
      id: "e",
      embeddings: { float: [[1]] },
      response_type: "embeddings_by_type",
    });
    await client.embed({
      model: "embed-v4.0",
      texts: ["a", "b"],
      inputType: "search_document",
      embeddingTypes: ["float"],
      outputDimension: 256,
      truncate: "END",
    });
    const params = { output_dimension: 256, truncate: "END" };
    await compare({ modality: "embedding", messages: [], input: ["a", "b"], params }, "embed-v4.0");
  });

  it("a ranking", async () => {
    answer.text = JSON.stringify({ id: "r", results: [] });
    await client.rerank({
      model: "rerank-v3.5",
      query: "q",
      documents: ["a", "b"],
      topN: 1,
      maxTokensPerDoc: 9,
    });
    const params = { top_n: 1, max_tokens_per_doc: 9 };
    await compare(
      { modality: "rerank", messages: [], prompt: "q", input: ["a", "b"], params },
      "rerank-v3.5",
    );
  });
});

it("the official client reads the same from a stream", async () => {
  const events = [
    { type: "message-start", id: "s", delta: { message: { role: "assistant" } } },
    { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: "Hi" } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: " you" } } } },
    { type: "content-end", index: 0 },
    {
      type: "tool-call-start",
      index: 0,
      delta: {
        message: { tool_calls: { id: "t", type: "function", function: { name: "now", arguments: "" } } },
      },
    },
    {
      type: "tool-call-delta",
      index: 0,
      delta: { message: { tool_calls: { function: { arguments: '{"a":1}' } } } },
    },
    { type: "tool-call-end", index: 0 },
    {
      type: "message-end",
      delta: { finish_reason: "TOOL_CALL", usage: { tokens: { input_tokens: 3, output_tokens: 4 } } },
    },
  ];
  answer = { type: "text/event-stream", text: sse(events) };
  let [text, name, json] = ["", "", ""];
  let finish: string | undefined;
  for await (const event of await client.chatStream({ model, messages: [{ role: "user", content: "x" }] })) {
    if (event.type === "content-delta") text += event.delta?.message?.content?.text ?? "";
    if (event.type === "tool-call-start") name = event.delta?.message?.toolCalls?.function?.name ?? "";
    if (event.type === "tool-call-delta") json += event.delta?.message?.toolCalls?.function?.arguments ?? "";
    if (event.type === "message-end") finish = event.delta?.finishReason;
  }
  const ours = meaning(replay([new TextEncoder().encode(answer.text)]).parts);
  assert.equal(ours["text"], text);
  assert.deepEqual(ours["toolCalls"], [["t", name, json]]);
  assert.deepEqual(ours["finish"], ["tool-calls", finish]);
});
