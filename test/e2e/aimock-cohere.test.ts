/** Cohere through the whole chain, against a mock server of another project. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { type Loom, LoomError } from "../../src/index.ts";
import { bareLoom } from "../support/looms.ts";

const chat = { provider: "cohere", model: "command-a-03-2025" };
const usage = { prompt_tokens: 1000, completion_tokens: 200 };
const tools = [{
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
}];

let mock: LLMock;
let loom: Loom;

before(async () => {
  mock = new LLMock({ port: 0 });
  mock
    .on({ userMessage: "plain" }, { content: "A plain answer from Cohere.", usage })
    .on({ userMessage: "weather" }, {
      toolCalls: [{ id: "t1", name: "weather", arguments: '{"city":"Oslo"}' }],
      usage,
    })
    .on({ userMessage: "cut" }, { content: "This is never said to its end.", usage }, {
      chunkSize: 4,
      latency: 5,
      truncateAfterChunks: 4,
    })
    .on({ userMessage: "busy" }, { error: { message: "slow down" }, status: 429 })
    .onRerank(/cats/, [{ index: 1, relevance_score: 0.9 }, { index: 0, relevance_score: 0.1 }])
    .onEmbedding(/./, { embedding: [0.25, 0.5, 0.75] });
  const baseUrl = await mock.start();
  loom = bareLoom({
    providers: { cohere: { baseUrl, apiKey: "co-e2e-key", models: "open" } },
    retry: { maxAttempts: 1 },
  });
});
after(async () => {
  await loom.close();
  await mock.stop();
});

describe("Cohere at aimock", () => {
  it("answers whole", async () => {
    const result = await loom.generate({ ...chat, prompt: "plain" });
    assert.equal(result.text, "A plain answer from Cohere.");
    assert.equal(result.finishReason, "stop");
    assert.equal(result.usage.inputTokens, 1000);
    assert.equal(result.usage.outputTokens, 200);
  });

  it("streams", async () => {
    const stream = loom.stream({ ...chat, prompt: "plain" });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    assert.equal(text, "A plain answer from Cohere.");
    assert.equal((await stream.result).usage.inputTokens, 1000);
  });

  for (const way of ["whole", "streamed"]) {
    it(`calls tools, ${way}`, async () => {
      const request = { ...chat, prompt: "weather", tools };
      const result = way === "whole" ? await loom.generate(request) : await loom.stream(request).result;
      assert.deepEqual(
        result.toolCalls.map(({ id, name, arguments: given }) => [id, name, JSON.parse(given)]),
        [
          ["t1", "weather", { city: "Oslo" }],
        ],
      );
      assert.equal(result.finishReason, "tool-calls");
      const next = await loom.generate({
        ...chat,
        messages: [
          { role: "user", content: "weather" },
          result.message,
          { role: "tool", toolCallId: "t1", content: "3 degrees" },
          { role: "user", content: "plain" },
        ],
        tools,
      });
      assert.equal(next.text, "A plain answer from Cohere.");
    });
  }

  it("a stream that is cut is an error", async () => {
    await assert.rejects(
      loom.stream({ ...chat, prompt: "cut" }).result,
      (error) => LoomError.is(error, "stream-broken"),
    );
  });

  it("429 is a limit", async () => {
    await assert.rejects(
      loom.generate({ ...chat, prompt: "busy" }),
      (error) => LoomError.is(error, "rate-limited"),
    );
  });

  it("embeds", async () => {
    const result = await loom.generate({
      provider: "cohere",
      modality: "embedding",
      model: "embed-v4.0",
      input: ["a", "b"],
    });
    assert.deepEqual(result.embeddings, [[0.25, 0.5, 0.75], [0.25, 0.5, 0.75]]);
  });

  it("ranks", async () => {
    const result = await loom.generate({
      provider: "cohere",
      modality: "rerank",
      model: "rerank-v3.5",
      prompt: "Which is about cats?",
      input: ["dogs", "cats"],
    });
    assert.deepEqual(result.ranking, [{ index: 1, score: 0.9 }, { index: 0, score: 0.1 }]);
  });
});
