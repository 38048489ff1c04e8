/** Loom against a mock of Azure OpenAI that this project did not write: both APIs, both wire formats. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Loom } from "../../src/index.ts";
import { goodKey, type MockVendor, startMockVendor } from "./mock-vendor.ts";

let vendor: MockVendor;

before(async () => {
  vendor = await startMockVendor();
  vendor.mock.on({ userMessage: /weather/ }, {
    toolCalls: [{ id: "call_w1", name: "weather", arguments: '{"city":"Oslo"}' }],
  });
  vendor.mock.on({ endpoint: "embedding" }, { embedding: [0.25, 0.5] });
  vendor.mock.on({ endpoint: "chat" }, { content: "From Azure." });
});
after(() => vendor.close());

function azure(options: Record<string, unknown>): Loom {
  const endpoint = new URL(vendor.baseUrl("openai")).origin;
  return vendor.loom({ providers: { azure: { apiKey: goodKey, options: { endpoint, ...options } } } });
}

const ways = [
  ["the v1 API", {}, "/openai/v1/chat/completions"],
  [
    "the classic API",
    { apiVersion: "2024-10-21", deployments: { "gpt-4o": "prod" } },
    "/openai/deployments/prod/chat/completions",
  ],
  ["responses", { api: "responses" }, "/openai/v1/responses"],
] as const;

for (const [name, options, path] of ways) {
  describe(name, () => {
    const request = { provider: "azure", model: "gpt-4o" };

    it("answers, whole and streamed", async () => {
      await using loom = azure(options);
      const prompt = `hello over ${name}`;
      assert.equal((await loom.generate({ ...request, prompt })).text, "From Azure.");
      const answer = loom.stream({ ...request, prompt: `${prompt}, streamed` });
      let text = "";
      for await (const piece of answer.textStream) text += piece;
      assert.equal(text, "From Azure.");
      const paths = vendor.requests(prompt).map((arrival) => arrival.path.split("?")[0]);
      assert.deepEqual(new Set(paths), new Set([path]));
    });

    it("calls tools", async () => {
      await using loom = azure(options);
      const result = await loom.generate({
        ...request,
        prompt: `weather over ${name}`,
        tools: [{
          name: "weather",
          parameters: { type: "object", properties: { city: { type: "string" } } },
        }],
      });
      assert.deepEqual(result.toolCalls.map((call) => call.arguments), ['{"city":"Oslo"}']);
      assert.ok(result.cost.usd !== undefined);
    });
  });
}

describe("embeddings", () => {
  it("come from their deployment", async () => {
    await using loom = azure({ apiVersion: "2024-10-21" });
    const result = await loom.generate({
      provider: "azure",
      modality: "embedding",
      model: "text-embedding-3-small",
      input: ["one"],
    });
    assert.deepEqual(result.embeddings, [[0.25, 0.5]]);
  });
});
