/** Loom against a mock of the Responses API that this project did not write: whole, streamed, with tools over two turns. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Loom, Message } from "../../src/index.ts";
import { type MockVendor, startMockVendor } from "./mock-vendor.ts";

const model = { provider: "openai-responses", model: "gpt-5-mini" };
const tools = [{
  name: "weather",
  description: "Weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
}];

let vendor: MockVendor;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  const { mock } = vendor;
  mock.on({ hasToolResult: true, userMessage: /weather/ }, { content: "It is 3 degrees." });
  mock.on({ userMessage: /weather/ }, {
    toolCalls: [{ id: "call_w1", name: "weather", arguments: '{"city":"Oslo"}' }],
  });
  mock.on({ userMessage: /think/ }, { content: "Forty-two.", reasoning: "Let me see." });
  mock.on({ userMessage: /broken/ }, {
    error: {
      message: "Rate limit reached for gpt-5-mini",
      type: "rate_limit_error",
      code: "rate_limit_exceeded",
    },
    status: 429,
  });
  mock.on({ endpoint: "chat" }, { content: "A plain answer." });
  loom = vendor.loom();
});
after(async () => {
  await loom.close();
  await vendor.close();
});

for (const way of ["whole", "streamed"] as const) {
  const ask = (prompt: string, more: object = {}) => {
    const request = { ...model, messages: [{ role: "user" as const, content: `${prompt} ${way}` }], ...more };
    return way === "whole" ? loom.generate(request) : loom.stream(request).result;
  };

  describe(way, () => {
    it("a text", async () => {
      const result = await ask("plain");
      assert.equal(result.text, "A plain answer.");
      assert.equal(result.finishReason, "stop");
      const [request] = vendor.requests(`plain ${way}`);
      assert.equal(request?.path, "/v1/responses");
    });

    it("thinking", async () => {
      const result = await ask("think");
      assert.equal(result.text, "Forty-two.");
      assert.equal(result.reasoning, "Let me see.");
    });

    it("a tool, and its result in the next turn", async () => {
      const first = await ask("weather", { tools });
      assert.equal(first.finishReason, "tool-calls");
      assert.deepEqual(
        first.toolCalls.map(({ name, arguments: given }) => [name, given]),
        [["weather", '{"city":"Oslo"}']],
      );
      const [call] = first.toolCalls;
      const messages: Message[] = [
        { role: "user", content: `weather ${way}` },
        first.message,
        { role: "tool", toolCallId: call?.id ?? "", content: "3" },
      ];
      const second = await ask("weather", { tools, messages });
      assert.equal(second.text, "It is 3 degrees.");
    });

    it("a limit, as an error", async () => {
      await assert.rejects(ask("broken"), (error: { code?: string }) => error.code === "rate-limited");
    });
  });
}
