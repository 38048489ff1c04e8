/** `ai` with `@ai-sdk/openai-compatible` against the gateway, unchanged, in front of vendors of three wire formats. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from "ai";
import { z } from "zod";
import { usage } from "../mock-vendor.ts";
import { settled, startMockedGateway, thrown } from "./support.ts";

const longText = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
const forecast = z.object({ city: z.string(), celsius: z.number() });

let running: Awaited<ReturnType<typeof startMockedGateway>>;
let loom: ReturnType<typeof createOpenAICompatible>;

before(async () => {
  running = await startMockedGateway();
  running.vendor.mock
    .onEmbedding(/./, { embedding: [0.25, 0.5, -0.75] })
    .on({ endpoint: "chat", userMessage: "long" }, { content: longText, usage }, { chunkSize: 8 })
    .on({ endpoint: "chat", userMessage: "think" }, { reasoning: "Let me see.", content: "Seen.", usage })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "Rain.", usage })
    .on({ endpoint: "chat", userMessage: "weather" }, {
      toolCalls: [{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }],
      usage,
    }, { chunkSize: 4 })
    .on({ endpoint: "chat", userMessage: "forecast" }, { content: '{"city":"Oslo","celsius":3}', usage })
    .on({ endpoint: "chat" }, { content: "A plain answer.", usage });
  loom = createOpenAICompatible({
    name: "loom",
    baseURL: `${running.url}/v1`,
    apiKey: "sk-anything",
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
});
after(async () => {
  await settled(running);
  await running.close();
});

for (const name of ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-6", "gemini/gemini-2.5-flash"]) {
  describe(`ai before ${name}`, () => {
    const asked: string[] = [];
    const tools = {
      weather: tool({
        description: "The weather of a city",
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => {
          asked.push(city);
          return "rain";
        },
      }),
    };

    it("generateText", async () => {
      const { text, finishReason, usage } = await generateText({ model: loom(name), prompt: "plain" });
      assert.deepEqual([text, finishReason], ["A plain answer.", "stop"]);
      assert.deepEqual([usage.inputTokens, usage.outputTokens], [1000, 200]);
    });

    it("streamText", async () => {
      const answer = streamText({ model: loom(name), prompt: "long" });
      const pieces: string[] = [];
      for await (const piece of answer.textStream) pieces.push(piece);
      assert.equal(pieces.join(""), longText);
      assert.ok(pieces.length > 10, `${pieces.length} pieces`);
      assert.equal(await answer.finishReason, "stop");
      assert.equal((await answer.usage).outputTokens, 200);
    });

    it("thinking, whole and streamed", async () => {
      // OpenAI's own chat format has no thinking; DeepSeek's has.
      const thinker = name.startsWith("openai/") ? "deepseek/deepseek-v4-pro" : name;
      const request = { model: loom(thinker), prompt: "think" };
      const whole = await generateText(request);
      assert.deepEqual([whole.reasoningText, whole.text], ["Let me see.", "Seen."]);
      const streamed = streamText(request);
      assert.deepEqual([await streamed.text, await streamed.reasoningText], ["Seen.", "Let me see."]);
    });

    it("tools, whole and streamed, until there is an answer", async () => {
      asked.length = 0;
      const request = { model: loom(name), prompt: "weather", tools, stopWhen: isStepCount(3) };
      assert.equal((await generateText(request)).text, "Rain.");
      assert.equal(await streamText(request).text, "Rain.");
      assert.deepEqual(asked, ["Oslo", "Oslo"]);
    });

    it("an answer of a given form", async () => {
      const { output } = await generateText({
        model: loom(name),
        prompt: "forecast",
        output: Output.object({ schema: forecast }),
      });
      assert.deepEqual(output, { city: "Oslo", celsius: 3 });
    });
  });
}

describe("ai, beside text", () => {
  for (const name of ["openai/text-embedding-3-small", "cohere/embed-v4.0"]) {
    it(`vectors of ${name}`, async () => {
      const { embeddings } = await embedMany({ model: loom.embeddingModel(name), values: ["one", "two"] });
      assert.deepEqual(embeddings, [[0.25, 0.5, -0.75], [0.25, 0.5, -0.75]]);
    });
  }

  it("an error is the client's own", async () => {
    const error = await thrown(
      APICallError,
      () => generateText({ model: loom("openai/gpt-4o-mimi"), prompt: "plain", maxRetries: 0 }),
    );
    assert.equal(error.statusCode, 404);
    assert.match(error.message, /gpt-4o-mini/);
    assert.equal(error.isRetryable, false);
  });
});
