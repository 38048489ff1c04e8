/** The whole chain against another project's emulation of Google's API: text, streams, tools, thinking, vectors, pictures, errors. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Loom, LoomError } from "../../src/index.ts";
import { CLOCK } from "../../src/plugin.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { type MockVendor, startMockVendor, usage } from "./mock-vendor.ts";

const gemini = { provider: "gemini", model: "gemini-2.5-flash" };
const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
const weather = {
  name: "weather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

let vendor: MockVendor;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  vendor.mock
    .on({ endpoint: "chat", userMessage: "plain" }, { content: "A plain answer.", usage })
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", userMessage: "think" }, { reasoning: "Hm, well.", content: "Yes.", usage })
    .on({ endpoint: "chat", userMessage: "truncated" }, { content: longText }, {
      chunkSize: 8,
      latency: 5,
      truncateAfterChunks: 5,
    })
    .on({ endpoint: "chat", userMessage: "overrun" }, {
      error: { message: "Resource exhausted.", type: "RESOURCE_EXHAUSTED" },
      status: 429,
    })
    .on({ endpoint: "chat", userMessage: "Oslo", hasToolResult: false }, {
      toolCalls: [
        { name: "weather", arguments: '{"city":"Oslo"}' },
        { name: "weather", arguments: '{"city":"Bergen"}' },
      ],
      usage,
    })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "Rain in both.", usage })
    .onEmbedding(/./, { embedding: [0.25, 0.5, 0.75] })
    .onImage(/./, { image: { b64Json: "iVBORw0KGgo=" } })
    .onVideo("a sailing ship", {
      video: { id: "v1", status: "completed", url: "https://cdn.example/v.mp4", duration: 8 },
    });
  loom = vendor.loom({ provide: [[CLOCK, hurriedClock()]] });
  await loom.open();
});
after(async () => {
  await loom.close();
  await vendor.close();
});

describe("Gemini, as another project plays it", () => {
  it("answers whole, with usage and cost", async () => {
    const result = await loom.generate({ ...gemini, prompt: "plain", system: "Be brief." });
    assert.equal(result.text, "A plain answer.");
    assert.equal(result.finishReason, "stop");
    assert.equal(result.usage.inputTokens, 1000);
    assert.equal(result.usage.outputTokens, 200);
    assert.ok((result.cost.usd ?? 0) > 0);
    assert.match(vendor.requests("plain")[0]?.path ?? "", /gemini-2\.5-flash:generateContent$/);
  });

  it("streams", async () => {
    const answer = loom.stream({ ...gemini, prompt: "long one" });
    const pieces: string[] = [];
    for await (const piece of answer.textStream) pieces.push(piece);
    assert.ok(pieces.length > 10, `${pieces.length} pieces`);
    assert.equal(pieces.join(""), longText);
    assert.equal((await answer.result).usage.totalTokens, 1200);
  });

  it("thinks, whole and streamed", async () => {
    const whole = await loom.generate({ ...gemini, prompt: "think", params: { reasoning_effort: "low" } });
    const streamed = await loom.stream({ ...gemini, prompt: "think" }).result;
    for (const result of [whole, streamed]) {
      assert.equal(result.reasoning, "Hm, well.");
      assert.equal(result.text, "Yes.");
    }
  });

  for (const way of ["whole", "streamed"]) {
    it(`calls tools in parallel and reads their results, ${way}`, async () => {
      const messages = [{ role: "user", content: "Oslo?" }] as const;
      const ask = (turns: readonly unknown[]) => {
        const request = { ...gemini, messages: turns as typeof messages, tools: [weather], useCache: false };
        return way === "whole" ? loom.generate(request) : loom.stream(request).result;
      };
      const first = await ask(messages);
      assert.equal(first.finishReason, "tool-calls");
      assert.deepEqual(first.toolCalls.map(({ name, input }) => [name, input]), [
        ["weather", { city: "Oslo" }],
        ["weather", { city: "Bergen" }],
      ]);
      const [oslo, bergen] = first.toolCalls;
      assert.notEqual(oslo?.id, bergen?.id);
      const second = await ask([
        ...messages,
        first.message,
        { role: "tool", toolCallId: bergen?.id, content: "rain" },
        { role: "tool", toolCallId: oslo?.id, content: "rain" },
      ]);
      assert.equal(second.text, "Rain in both.");
    });
  }

  it("gives vectors and pictures", async () => {
    const vectors = await loom.generate({
      provider: "gemini",
      model: "gemini-embedding-001",
      modality: "embedding",
      input: "a",
    });
    assert.deepEqual(vectors.embeddings, [[0.25, 0.5, 0.75]]);
    const pictures = await loom.generate({
      provider: "gemini",
      model: "imagen-4.0-generate-001",
      modality: "image",
      prompt: "a cat",
    });
    assert.equal(pictures.images[0]?.dataB64, "iVBORw0KGgo=");
  });

  it("makes a film in a job that is asked after", async () => {
    const result = await loom.generate({
      provider: "gemini",
      model: "veo-3.1-generate-preview",
      modality: "video",
      prompt: "a sailing ship",
      params: { duration: 8 },
    });
    assert.deepEqual(result.videos.map(({ url }) => url), ["https://cdn.example/v.mp4"]);
    assert.equal(result.usage.seconds, 8);
    assert.ok(result.trace.steps.some(({ by, what }) => by === "wire" && what === "job"));
  });

  it("a stream that is cut is broken", async () => {
    await assert.rejects(
      loom.stream({ ...gemini, prompt: "truncated" }).result,
      (error) => error instanceof LoomError && error.code === "stream-broken",
    );
  });

  it("a limit is a limit, after three attempts", async () => {
    const before = vendor.requests("overrun").length;
    await assert.rejects(
      loom.generate({ ...gemini, prompt: "overrun" }),
      (error) => error instanceof LoomError && error.code === "rate-limited" && error.status === 429,
    );
    assert.equal(vendor.requests("overrun").length, before + 3);
  });
});
