/** Vercel's AI SDK: the requests that it sends are read, and it reads what is written, streams against its strict schemas. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Asked } from "../../../../src/gateway/format.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { writeChat } from "../../../../src/gateway/formats/openai-chat/write.ts";
import { answers, partsOf } from "./answers.ts";
import { factsOf, streamed } from "./support.ts";

/** A model whose server gives this answer; `asked` is what its requests were read as. */
function modelAnswered(name: string) {
  const asked: Asked[] = [];
  const fetch: typeof globalThis.fetch = (_, init) => {
    const body = JSON.parse(String(init?.body)) as JsonObject;
    asked.push(openaiChat.read(body, []));
    if (body["stream"] !== true) {
      return Promise.resolve(Response.json(writeChat(partsOf(name), factsOf(openaiChat))));
    }
    const text = streamed(openaiChat, body, answers[name] ?? []);
    return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
  };
  const model = createOpenAI({ apiKey: "sk-test", baseURL: "http://gateway.test/v1", fetch }).chat(
    "gpt-4o-mini",
  );
  return { model, asked };
}

const prompt = [
  { role: "system" as const, content: "Be brief." },
  {
    role: "user" as const,
    content: [{ type: "text" as const, text: "Weather?" }],
  },
  {
    role: "assistant" as const,
    content: [{
      type: "tool-call" as const,
      toolCallId: "call_1",
      toolName: "weather",
      input: { city: "Oslo" },
    }],
  },
  {
    role: "tool" as const,
    content: [{
      type: "tool-result" as const,
      toolCallId: "call_1",
      toolName: "weather",
      output: { type: "text" as const, value: "rain" },
    }],
  },
];
const schema = { type: "object" as const, properties: { city: { type: "string" as const } } };
const options = {
  prompt,
  maxOutputTokens: 9,
  temperature: 0.5,
  tools: [{ type: "function" as const, name: "weather", inputSchema: schema }],
  toolChoice: { type: "tool" as const, toolName: "weather" },
};

describe("the AI SDK", () => {
  it("asks in words that are read", async () => {
    const { model, asked } = modelAnswered("text");
    await model.doGenerate(options);
    const [read] = asked;
    assert.deepEqual(read?.call.messages, [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: [{ type: "tool-call", id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }],
      },
      { role: "tool", toolCallId: "call_1", content: "rain" },
    ]);
    assert.deepEqual(read?.call.params, { max_tokens: 9, temperature: 0.5 });
    assert.deepEqual(read?.call.toolChoice, { tool: "weather" });
    assert.deepEqual(read?.call.tools?.map(({ name, parameters }) => [name, parameters]), [[
      "weather",
      schema,
    ]]);
    assert.deepEqual(read?.unknown, []);
  });

  for (const name of ["text", "calls in pieces", "calls that come whole", "sources"]) {
    it(`takes the same from a stream as from a whole answer: ${name}`, async () => {
      const { model } = modelAnswered(name);
      const whole = await model.doGenerate(options);
      const { stream } = await model.doStream(options);
      let text = "";
      const calls: unknown[] = [];
      const sources: unknown[] = [];
      let finish: unknown;
      for await (const part of stream) {
        assert.ok(part.type !== "error", "the SDK accepts every chunk");
        if (part.type === "text-delta") text += part.delta;
        else if (part.type === "tool-call") calls.push([part.toolCallId, part.toolName, part.input]);
        else if (part.type === "source" && part.sourceType === "url") sources.push(part.url);
        else if (part.type === "finish") finish = [part.finishReason.unified, part.usage.outputTokens.total];
      }
      const { content } = whole;
      assert.equal(text, content.map((part) => part.type === "text" ? part.text : "").join(""));
      assert.deepEqual(
        calls,
        content.flatMap((part) =>
          part.type === "tool-call" ? [[part.toolCallId, part.toolName, part.input]] : []
        ),
      );
      assert.deepEqual(
        sources,
        content.flatMap((part) => part.type === "source" && part.sourceType === "url" ? [part.url] : []),
      );
      assert.deepEqual(finish, [whole.finishReason.unified, 7]);
    });
  }
});
