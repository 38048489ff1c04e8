/** Holds the dialect against Amazon's own client: it must send what that sends, and understand what that understands. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Call } from "../../../../src/contract/call.ts";
import type { WireRequest } from "../../../../src/contract/dialect.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { serve, type TestServer } from "../../../support/server.ts";
import { codec, frames, meaning, replay } from "./support.ts";

const whole = {
  output: { message: { role: "assistant", content: [{ text: "3" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
  inputTokens: 5,
};
const events = [
  { messageStart: { role: "assistant" } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { signature: "c2ln" } } } },
  { contentBlockStop: { contentBlockIndex: 0 } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "Hi" } } },
  { contentBlockStop: { contentBlockIndex: 1 } },
  { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: "t", name: "now" } } } },
  { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{"a":1}' } } } },
  { contentBlockStop: { contentBlockIndex: 2 } },
  { messageStop: { stopReason: "tool_use" } },
  { metadata: { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: { latencyMs: 1 } } },
];

let server: TestServer;
let client: BedrockRuntimeClient;

before(async () => {
  server = await serve(({ url, response }) => {
    const streams = url.endsWith("converse-stream");
    response.writeHead(200, {
      "content-type": streams ? "application/vnd.amazon.eventstream" : "application/json",
    }).end(streams ? frames(events) : JSON.stringify(whole));
  });
  client = new BedrockRuntimeClient({
    region: "eu-west-1",
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
});
after(async () => {
  client.destroy();
  await server.close();
});

async function agree(request: WireRequest): Promise<void> {
  const theirs = await server.request(server.requests.length - 1);
  assert.equal(request.method, theirs.method);
  assert.equal(request.path, theirs.url);
  assert.match(String(theirs.headers["content-type"]), /^application\/json/);
  assert.deepEqual(jsonOf(request), JSON.parse(theirs.body));
}

async function compare(call: Partial<Call>, model: string): Promise<void> {
  await agree(codec.encode(fakeAttempting({ call, target: { upstreamModel: model } })));
}

const bytes = (text: string) => new TextEncoder().encode(text);
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";

describe("the official client sends the same request for", () => {
  it("a chat with tools, pictures, documents, thinking and marks", async () => {
    const input: ConverseCommandInput = {
      modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      system: [{ text: "Be brief." }, { cachePoint: { type: "default" } }],
      messages: [
        {
          role: "user",
          content: [
            { text: "Where is it?" },
            { cachePoint: { type: "default" } },
            { image: { format: "png", source: { bytes: bytes("png") } } },
            {
              document: {
                format: "pdf",
                name: "a b",
                source: { bytes: bytes("pdf") },
                citations: { enabled: true },
              },
            },
            { image: { format: "jpeg", source: { s3Location: { uri: "s3://bucket/a.jpg" } } } },
          ],
        },
        {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "hm", signature: "c2ln" } } },
            { reasoningContent: { redactedContent: bytes("secret") } },
            { text: "I look." },
            { toolUse: { toolUseId: "t1", name: "weather", input: { city: "Oslo" } } },
          ],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "t1", content: [{ text: "none" }], status: "error" } },
            { text: "Go on." },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 50, temperature: 0.5, stopSequences: ["x"] },
      toolConfig: {
        tools: [
          { toolSpec: { name: "weather", description: "d", inputSchema: { json: schema }, strict: true } },
          { cachePoint: { type: "default", ttl: "1h" } },
        ],
        toolChoice: { tool: { name: "weather" } },
      },
      additionalModelRequestFields: { top_k: 5, anthropic_beta: ["x"] },
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
      performanceConfig: { latency: "optimized" },
      requestMetadata: { team: "a" },
    };
    await client.send(new ConverseCommand(input));
    const b64 = (text: string) => Buffer.from(text).toString("base64");
    await compare({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is it?", extra: { cachePoint: { type: "default" } } },
            { type: "image", dataB64: b64("png"), mimeType: "image/png" },
            {
              type: "file",
              dataB64: b64("pdf"),
              mimeType: "application/pdf",
              filename: "a_b.pdf",
              extra: { citations: { enabled: true } },
            },
            { type: "image", url: "s3://bucket/a.jpg" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm", signature: "c2ln" },
            { type: "native", value: { reasoningContent: { redactedContent: b64("secret") } } },
            { type: "text", text: "I look." },
            { type: "tool-call", id: "t1", name: "weather", arguments: '{"city":"Oslo"}' },
          ],
        },
        { role: "tool", toolCallId: "t1", content: "none", isError: true },
        { role: "user", content: "Go on." },
      ],
      params: {
        max_tokens: 50,
        temperature: 0.5,
        top_k: 5,
        stop: "x",
        cache_system: true,
        anthropic_beta: ["x"],
        guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
        performanceConfig: { latency: "optimized" },
        requestMetadata: { team: "a" },
      },
      tools: [{
        name: "weather",
        description: "d",
        parameters: schema,
        strict: true,
        extra: { cachePoint: { type: "default", ttl: "1h" } },
      }],
      toolChoice: { tool: "weather" },
    }, "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
  });

  const models = [
    haiku,
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12",
    "odd!model'name(1)*",
  ];
  for (const model of models) {
    it(`a stream of ${model}`, async () => {
      const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
      const { stream } = await client.send(new ConverseStreamCommand({ modelId: model, messages }));
      for await (const _ of stream ?? []);
      await compare({ messages: [{ role: "user", content: "Hi" }], stream: true }, model);
    });
  }

  it("an answer in the form of a schema", async () => {
    await client.send(
      new ConverseCommand({
        modelId: haiku,
        messages: [{ role: "user", content: [{ text: "Oslo" }] }],
        outputConfig: {
          textFormat: {
            type: "json_schema",
            structure: { jsonSchema: { name: "place", schema: JSON.stringify(schema) } },
          },
        },
      }),
    );
    const output = { name: "place", schema, repair: 0, validate: (value: unknown) => value } as const;
    await compare({ messages: [{ role: "user", content: "Oslo" }], output }, haiku);
  });

  it("a count of tokens", async () => {
    const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
    await client.send(new CountTokensCommand({ modelId: haiku, input: { converse: { messages } } }));
    const ctx = fakeAttempting({
      call: { messages: [{ role: "user", content: "Hi" }], params: { max_tokens: 5 } },
      target: { upstreamModel: haiku },
    });
    const operation = codec.countTokens?.(ctx);
    assert.ok(operation !== undefined);
    await agree(operation.request);
    assert.deepEqual(operation.decode(whole, { status: 200, headers: {}, ctx }), { inputTokens: 5 });
  });

  it("embeddings", async () => {
    const body = JSON.stringify({ inputText: "a", dimensions: 256, normalize: true });
    const model = "amazon.titan-embed-text-v2:0";
    await client.send(new InvokeModelCommand({ modelId: model, body, contentType: "application/json" }));
    await compare({
      modality: "embedding",
      messages: [],
      input: ["a"],
      params: { dimensions: 256, normalize: true },
    }, model);
  });
});

it("the official client reads the same from a stream", async () => {
  const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
  const { stream } = await client.send(new ConverseStreamCommand({ modelId: haiku, messages }));
  let [text, reasoning, signature, json] = ["", "", "", ""];
  let stop: string | undefined;
  for await (const event of stream ?? []) {
    const delta = event.contentBlockDelta?.delta;
    text += delta?.text ?? "";
    reasoning += delta?.reasoningContent?.text ?? "";
    signature += delta?.reasoningContent?.signature ?? "";
    json += delta?.toolUse?.input ?? "";
    stop ??= event.messageStop?.stopReason;
  }
  const ours = meaning(replay([frames(events)]).parts);
  assert.deepEqual([ours["text"], ours["reasoning"], ours["signatures"]], [text, reasoning, [signature]]);
  assert.deepEqual(ours["toolCalls"], [["t", "now", json]]);
  assert.deepEqual(ours["finish"], ["tool-calls", stop]);
});
