/** Anthropic through the whole chain, against a mock of another project. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AuthError, type Loom, LoomError, type Message, type Tool } from "../../src/index.ts";
import { type MockVendor, startMockVendor } from "./mock-vendor.ts";

const asked = { provider: "anthropic", model: "claude-sonnet-4-6" } as const;
const tools: Tool[] = [{
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
}];
let vendor: MockVendor;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  vendor.mock
    .on({ endpoint: "chat", userMessage: "think" }, { reasoning: "Let me see.", content: "Seen." })
    .on({ endpoint: "chat", hasToolResult: true }, { content: "It is foggy in Oslo." })
    .on({ endpoint: "chat", userMessage: "weather" }, {
      content: "I will look.",
      toolCalls: [{ id: "toolu_1", name: "weather", arguments: '{"city":"Oslo"}' }],
    })
    .on({ endpoint: "chat", userMessage: "busy", sequenceIndex: 0 }, {
      error: { message: "Overloaded", type: "overloaded_error" },
      status: 529,
    })
    .on({ endpoint: "chat", userMessage: "busy" }, { content: "Now there is room." })
    .on({ endpoint: "chat", userMessage: "poor" }, {
      error: {
        message: "Your credit balance is too low to access the Anthropic API.",
        type: "invalid_request_error",
      },
      status: 400,
    })
    .on({ endpoint: "chat", userMessage: "cut" }, { content: "word ".repeat(60) }, {
      chunkSize: 8,
      latency: 5,
      truncateAfterChunks: 5,
    })
    .on({ endpoint: "chat" }, { content: "A plain answer." });
  loom = vendor.loom();
});
after(async () => {
  await loom.close();
  await vendor.close();
});

for (const way of ["whole", "streamed"] as const) {
  const run = (request: Parameters<Loom["generate"]>[0]) =>
    way === "whole" ? loom.generate(request) : loom.stream(request).result;

  describe(`anthropic, ${way}`, () => {
    it("answers, and is priced", async () => {
      const result = await run({ ...asked, prompt: `plain ${way}` });
      assert.equal(result.kind, "text");
      assert.equal(result.text, "A plain answer.");
      assert.equal(result.finishReason, "stop");
      assert.ok(result.cost.usd !== null);
      const [request] = vendor.requests(`plain ${way}`);
      assert.equal(request?.path, "/v1/messages");
    });

    it("thinks", async () => {
      const result = await run({ ...asked, prompt: `think ${way}` });
      assert.ok(result.kind === "text");
      assert.deepEqual([result.reasoning, result.text], ["Let me see.", "Seen."]);
    });

    it("calls tools, and takes their results", async () => {
      const question: Message = { role: "user", content: `weather ${way}` };
      const first = await run({ ...asked, messages: [question], tools });
      assert.ok(first.kind === "text");
      assert.equal(first.finishReason, "tool-calls");
      assert.deepEqual(
        first.toolCalls.map(({ id, name, arguments: text }) => [id, name, text]),
        [["toolu_1", "weather", '{"city":"Oslo"}']],
      );
      const second = await run({
        ...asked,
        messages: [question, first.message, { role: "tool", toolCallId: "toolu_1", content: "fog" }],
        tools,
      });
      assert.ok(second.kind === "text");
      assert.equal(second.text, "It is foggy in Oslo.");
    });

    it("is asked again when it is overloaded", async () => {
      const result = await run({ ...asked, prompt: `busy ${way}` });
      assert.ok(result.kind === "text");
      assert.equal(result.text, "Now there is room.");
    });

    it("is not asked again when the account is empty", async () => {
      await assert.rejects(
        run({ ...asked, prompt: `poor ${way}` }),
        (error) => LoomError.is(error, "quota-exhausted"),
      );
      assert.equal(vendor.requests(`poor ${way}`).length, 1);
    });
  });
}

describe("anthropic", () => {
  it("streams that are cut never end in good order", async () => {
    await assert.rejects(
      loom.stream({ ...asked, prompt: "cut" }).result,
      (error) => LoomError.is(error, "stream-broken"),
    );
  });

  it("a wrong key is an AuthError", async () => {
    await using wrong = vendor.loom({
      providers: { anthropic: { baseUrl: vendor.baseUrl("anthropic"), apiKey: "sk-ant-wrong" } },
    });
    await assert.rejects(
      wrong.generate({ ...asked, prompt: "wrong key" }),
      (error) => error instanceof AuthError,
    );
  });
});
