/** Vertex AI against a mock server of another project: whole, streamed, with tools, with a token of a metadata server. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { Loom, Message, Tool } from "../../src/index.ts";
import { serve, type TestServer } from "../support/server.ts";
import { goodKey, type MockVendor, startMockVendor } from "./mock-vendor.ts";

const weather: Tool = {
  name: "weather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const target = { provider: "vertex", model: "gemini-2.5-flash" } as const;

let metadata: TestServer;
let vendor: MockVendor;
let loom: Loom;

before(async () => {
  metadata = await serve(({ response }) => {
    response.writeHead(200, { "metadata-flavor": "Google", "content-type": "application/json" });
    response.end(JSON.stringify({ access_token: goodKey, expires_in: 3600, token_type: "Bearer" }));
  });
  // The library reads these of the process alone.
  process.env["GCE_METADATA_HOST"] = new URL(metadata.url).host;
  process.env["METADATA_SERVER_DETECTION"] = "assume-present";
  process.env["HOME"] = "/nonexistent";
  delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
  vendor = await startMockVendor();
  vendor.mock
    .on({ userMessage: "Say hi" }, { content: "Hi there, how are you?" })
    .on({ userMessage: "Oslo", hasToolResult: false }, {
      toolCalls: [{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }],
    })
    .on({ userMessage: "Oslo", hasToolResult: true }, { content: "It rains in Oslo." });
  const { origin } = new URL(vendor.baseUrl("openai"));
  loom = vendor.loom({
    providers: { vertex: { baseUrl: `${origin}/v1`, options: { project: "p1", location: "europe-west4" } } },
  });
});
after(async () => {
  await loom.close();
  await vendor.close();
  await metadata.close();
});

describe("vertex", () => {
  it("answers whole and as a stream, at the project's own address", async () => {
    const whole = await loom.generate({ ...target, prompt: "Say hi, whole" });
    assert.equal(whole.text, "Hi there, how are you?");
    assert.equal(whole.finishReason, "stop");
    const streamed = loom.stream({ ...target, prompt: "Say hi, streamed" });
    let text = "";
    for await (const piece of streamed.textStream) text += piece;
    assert.equal(text, "Hi there, how are you?");
    const paths = vendor.requests("Say hi").map(({ path }) => path);
    const model = "/v1/projects/p1/locations/europe-west4/publishers/google/models/gemini-2.5-flash";
    assert.deepEqual(paths.map((path) => path.replace(/\?.*$/, "")), [
      `${model}:generateContent`,
      `${model}:streamGenerateContent`,
    ]);
  });

  it("calls a tool and takes its result in the next turn", async () => {
    const ask: Message = { role: "user", content: "How is the weather in Oslo?" };
    const first = await loom.generate({ ...target, messages: [ask], tools: [weather] });
    assert.equal(first.finishReason, "tool-calls");
    const [call] = first.toolCalls;
    assert.deepEqual([call?.name, call?.input], ["weather", { city: "Oslo" }]);
    const answer: Message = { role: "tool", toolCallId: call?.id ?? "", content: "rain" };
    const second = await loom.generate({
      ...target,
      messages: [ask, first.message, answer],
      tools: [weather],
    });
    assert.equal(second.text, "It rains in Oslo.");
  });

  it("streams a tool call", async () => {
    const result = await loom.stream({ ...target, prompt: "Stream the weather of Oslo", tools: [weather] })
      .result;
    assert.deepEqual(result.toolCalls.map(({ name, input }) => [name, input]), [["weather", {
      city: "Oslo",
    }]]);
    assert.equal(result.finishReason, "tool-calls");
  });
});
