/** Amazon Bedrock through the whole chain, against a mock server of another project, with its binary streams. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { type Loom, LoomError } from "../../src/index.ts";
import { bareLoom } from "../support/looms.ts";

const claude = { provider: "bedrock", model: "us.anthropic.claude-haiku-4-5-20251001-v1:0" };
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
    .on({ userMessage: "plain" }, { content: "A plain answer from Bedrock.", reasoning: "Easy.", usage })
    .on({ userMessage: "weather" }, {
      toolCalls: [{ id: "tooluse_1", name: "weather", arguments: '{"city":"Oslo"}' }],
      usage,
    })
    .on({ userMessage: "cut" }, { content: "This is never said to its end." }, {
      chunkSize: 4,
      latency: 5,
      truncateAfterChunks: 4,
    })
    .on({ userMessage: "busy" }, {
      error: { message: "slow down", type: "ThrottlingException" },
      status: 429,
    });
  const baseUrl = await mock.start();
  loom = bareLoom({
    variables: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "e2e-secret",
    },
    providers: { bedrock: { baseUrl } },
    retry: { maxAttempts: 1 },
  });
});
after(async () => {
  await loom.close();
  await mock.stop();
});

describe("Bedrock at aimock", () => {
  it("answers whole", async () => {
    const result = await loom.generate({ ...claude, prompt: "plain" });
    assert.equal(result.text, "A plain answer from Bedrock.");
    assert.equal(result.reasoning, "Easy.");
    assert.equal(result.finishReason, "stop");
    assert.deepEqual([result.usage.inputTokens, result.usage.outputTokens], [1000, 200]);
  });

  it("streams", async () => {
    const stream = loom.stream({ ...claude, prompt: "plain" });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    assert.equal(text, "A plain answer from Bedrock.");
    const result = await stream.result;
    assert.equal(result.reasoning, "Easy.");
    assert.equal(result.usage.inputTokens, 1000);
  });

  for (const way of ["whole", "streamed"]) {
    it(`calls tools, ${way}, and goes on with their results`, async () => {
      const request = { ...claude, prompt: "weather", tools };
      const result = way === "whole" ? await loom.generate(request) : await loom.stream(request).result;
      assert.deepEqual(
        result.toolCalls.map(({ id, name, arguments: given }) => [id, name, JSON.parse(given)]),
        [
          ["tooluse_1", "weather", { city: "Oslo" }],
        ],
      );
      assert.equal(result.finishReason, "tool-calls");
      const next = await loom.generate({
        ...claude,
        messages: [
          { role: "user", content: "weather" },
          result.message,
          { role: "tool", toolCallId: "tooluse_1", content: "3 degrees" },
          { role: "user", content: "plain" },
        ],
        tools,
      });
      assert.equal(next.text, "A plain answer from Bedrock.");
    });
  }

  it("a stream that is cut is an error", async () => {
    await assert.rejects(
      loom.stream({ ...claude, prompt: "cut" }).result,
      (error) => LoomError.is(error, "stream-broken"),
    );
  });

  it("429 is a limit", async () => {
    await assert.rejects(
      loom.generate({ ...claude, prompt: "busy" }),
      (error) => LoomError.is(error, "rate-limited"),
    );
  });
});
