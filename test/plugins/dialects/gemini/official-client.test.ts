/** Holds the dialect against Google's own client: it must send what that sends, and understand what that understands. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { FunctionCallingConfigMode, GoogleGenAI, HarmBlockThreshold, HarmCategory } from "@google/genai";
import type { Call } from "../../../../src/contract/call.ts";
import type { WireRequest } from "../../../../src/contract/dialect.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { codec, headOf, replay, wordsOf } from "./support.ts";

let server: TestServer;
let client: GoogleGenAI;
let answer: { readonly type: string; readonly text: string } = { type: "application/json", text: "{}" };

before(async () => {
  server = await serve(({ response }) => {
    response.writeHead(200, { "content-type": answer.type }).end(answer.text);
  });
  client = new GoogleGenAI({ apiKey: "key-1", httpOptions: { baseUrl: server.url, apiVersion: "v1beta" } });
});
after(() => server.close());

/** What Google's client sent last, in the form of `ours`. */
function theirs(): { path: string; body: unknown; method: string } {
  const { method, url, headers, body } = server.requests.at(-1) as Arrived;
  assert.equal(headers["x-goog-api-key"], "key-1");
  return { method, path: url.replace(/^\/v1beta/, ""), body: JSON.parse(body) };
}

function told(request: WireRequest): { path: string; body: unknown; method: string } {
  return { method: request.method, path: request.path, body: jsonOf(request) };
}

const ctx = (call: Partial<Call>, model = "gemini-2.5-flash") =>
  fakeAttempting({ call, target: { upstreamModel: model } });

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const messages: Call["messages"] = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "Where is it?" },
      { type: "image", dataB64: "iVBORw0KGgo=", mimeType: "image/png" },
      { type: "file", url: "https://x.example/a.pdf" },
    ],
  },
  {
    role: "assistant",
    content: [{
      type: "tool-call",
      id: "c1",
      name: "weather",
      arguments: '{"city":"Oslo"}',
      extra: { thoughtSignature: "c2ln" },
    }],
  },
  { role: "tool", toolCallId: "c1", content: "3" },
];
const contents = [
  {
    role: "user",
    parts: [
      { text: "Where is it?" },
      { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
      { fileData: { fileUri: "https://x.example/a.pdf", mimeType: "application/pdf" } },
    ],
  },
  {
    role: "model",
    parts: [{
      functionCall: { id: "c1", name: "weather", args: { city: "Oslo" } },
      thoughtSignature: "c2ln",
    }],
  },
  {
    role: "user",
    parts: [{ functionResponse: { id: "c1", name: "weather", response: { output: "3" } } }],
  },
];
const systemInstruction = { parts: [{ text: "Be brief." }] };

describe("Google's client sends the same for", () => {
  it("a conversation with tools, pictures, results and settings, whole and streamed", async () => {
    const request = {
      model: "gemini-2.5-flash",
      contents,
      config: {
        systemInstruction,
        temperature: 0.5,
        topK: 3,
        maxOutputTokens: 50,
        stopSequences: ["x"],
        safetySettings: [{
          category: HarmCategory.HARM_CATEGORY_HARASSMENT,
          threshold: HarmBlockThreshold.BLOCK_NONE,
        }],
        thinkingConfig: { thinkingBudget: 1024, includeThoughts: true },
        tools: [
          { functionDeclarations: [{ name: "weather", description: "d", parametersJsonSchema: schema }] },
          { googleSearch: {} },
        ],
        toolConfig: {
          functionCallingConfig: {
            mode: FunctionCallingConfigMode.ANY,
            allowedFunctionNames: ["weather"],
          },
        },
      },
    };
    const call: Partial<Call> = {
      messages,
      tools: [
        { name: "weather", description: "d", parameters: schema },
        { name: "search", native: { googleSearch: {} } },
      ],
      toolChoice: { tool: "weather" },
      params: {
        temperature: 0.5,
        top_k: 3,
        max_tokens: 50,
        stop: "x",
        reasoning_effort: "low",
        safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      },
    };
    await client.models.generateContent(request);
    assert.deepEqual(told(codec.encode(ctx(call))), theirs());
    answer = { type: "text/event-stream", text: "" };
    for await (const _ of await client.models.generateContentStream(request));
    assert.deepEqual(told(codec.encode(ctx({ ...call, stream: true }))), theirs());
    answer = { type: "application/json", text: "{}" };
  });

  it("an answer in the form of a schema", async () => {
    await client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: "Oslo",
      config: { responseMimeType: "application/json", responseJsonSchema: schema },
    });
    const output = { name: "place", schema, repair: 0, validate: (value: unknown) => value } as const;
    const call = { messages: [{ role: "user", content: "Oslo" }], output } as const;
    assert.deepEqual(told(codec.encode(ctx(call))), theirs());
  });

  it("a picture and a speech", async () => {
    await client.models.generateContent({
      model: "gemini-3-pro-image",
      contents: [{ role: "user", parts: [{ text: "a cat" }] }],
      config: {
        responseModalities: ["TEXT", "IMAGE"],
        imageConfig: { aspectRatio: "16:9", imageSize: "2K" },
      },
    });
    const params = { aspect_ratio: "16:9", image_size: "2K" };
    const image: Partial<Call> = { modality: "image", messages: [], prompt: "a cat", params };
    assert.deepEqual(told(codec.encode(ctx(image, "gemini-3-pro-image"))), theirs());

    await client.models.generateContent({
      model: "gemini-2.5-flash-preview-tts",
      contents: [{ role: "user", parts: [{ text: "Hello." }] }],
      config: {
        responseModalities: ["AUDIO"],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
      },
    });
    const speech: Partial<Call> = {
      modality: "speech",
      messages: [],
      prompt: "Hello.",
      params: { voice: "Kore" },
    };
    assert.deepEqual(told(codec.encode(ctx(speech, "gemini-2.5-flash-preview-tts"))), theirs());
  });

  it("vectors", async () => {
    await client.models.embedContent({
      model: "gemini-embedding-001",
      contents: ["a", "b"],
      config: { outputDimensionality: 8, taskType: "RETRIEVAL_QUERY" },
    });
    const params = { dimensions: 8, task_type: "RETRIEVAL_QUERY" };
    const call: Partial<Call> = { modality: "embedding", messages: [], input: ["a", "b"], params };
    assert.deepEqual(told(codec.encode(ctx(call, "gemini-embedding-001"))), theirs());
  });

  it("a count of tokens", async () => {
    answer = { type: "application/json", text: JSON.stringify({ totalTokens: 3 }) };
    await client.models.countTokens({
      model: "gemini-2.5-flash",
      contents: [{ role: "user", parts: [{ text: "Hi" }] }],
    });
    const operation = codec.countTokens?.(ctx({ messages: [{ role: "user", content: "Hi" }] }));
    assert.ok(operation !== undefined);
    assert.deepEqual(told(operation.request), theirs());
    const counted = operation.decode({ totalTokens: 3, cachedContentTokenCount: 1 }, headOf());
    assert.deepEqual(counted, { inputTokens: 3, cachedTokens: 1 });
  });

  it("a cache, its tools and its end", async () => {
    const name = "cachedContents/c1";
    answer = { type: "application/json", text: JSON.stringify({ name }) };
    await client.caches.create({
      model: "gemini-2.5-flash",
      config: {
        contents: [{ role: "user", parts: [{ text: "long" }] }],
        systemInstruction,
        tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: schema }] }],
        ttl: "300s",
        displayName: "d",
      },
    });
    const asked = ctx({
      messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "long" }],
      tools: [{ name: "weather", parameters: schema }],
    });
    const create = codec.contextCaches?.create(asked, { ttlSeconds: 300, displayName: "d" });
    assert.ok(create !== undefined);
    assert.deepEqual(told(create.request), theirs());
    const kept = { name, usageMetadata: { totalTokenCount: 5000 }, expireTime: "2026-11-21T10:00:00.5Z" };
    assert.deepEqual(create.decode(kept, headOf()), {
      provider: "acme",
      model: "m1",
      id: name,
      tokens: 5000,
      expiresAtMs: Date.UTC(2026, 10, 21, 10, 0, 0, 500),
    });
    answer = { type: "application/json", text: "{}" };
    await client.caches.delete({ name });
    const { method, url } = server.requests.at(-1) as Arrived;
    const request = codec.contextCaches?.delete(asked, name).request;
    assert.deepEqual({ method, path: url.replace(/^\/v1beta/, "") }, {
      method: request?.method,
      path: request?.path,
    });
  });
});

const root = new URL("fixtures/", import.meta.url);
const fixtures = await Promise.all(
  (await readdir(root)).sort().map(async (file) => ({
    file,
    ...JSON.parse(await readFile(new URL(file, root), "utf8")),
  })),
);

describe("Google's client reads the same answer from", () => {
  for (const fixture of fixtures) {
    const { file } = fixture;
    if (fixture.chunks === undefined || fixture.service !== undefined || fixture.expect.error !== undefined) {
      continue;
    }
    it(file, async () => {
      const text = fixture.chunks.map((chunk: unknown) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("");
      answer = { type: "text/event-stream", text };
      let words = "";
      const calls: unknown[] = [];
      let total = 0;
      for await (const chunk of await client.models.generateContentStream({ model: "m", contents: "x" })) {
        for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
          if (part.text !== undefined && part.thought !== true) words += part.text;
          if (part.functionCall !== undefined) calls.push([part.functionCall.name, part.functionCall.args]);
        }
        total = chunk.usageMetadata?.totalTokenCount ?? total;
      }
      const { parts, error } = replay(codec, headOf(), [new TextEncoder().encode(text)]);
      assert.equal(error, undefined);
      assert.equal(wordsOf(parts).text, words);
      const ours = parts.flatMap((part) =>
        part.type === "tool-call" ? [[part.name, JSON.parse(part.arguments)]] : []
      );
      assert.deepEqual(ours, calls);
      const usage = parts.findLast((part) => part.type === "usage");
      assert.equal(usage?.type === "usage" ? usage.usage.totalTokens : 0, total);
    });
  }
});
