/** The official client reads what is written: whole, streamed, through its helpers, and as errors. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI from "openai";
import type { JsonObject } from "../../../../src/contract/json.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { writeChat } from "../../../../src/gateway/formats/openai-chat/write.ts";
import { answers, partsOf } from "./answers.ts";
import { clientAnswered, factsOf, failed, streamed } from "./support.ts";

const request = { model: "m1", messages: [{ role: "user" as const, content: "Say hi." }] };
const weatherTool = {
  type: "function" as const,
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

/** What a caller takes away. */
function meaning({ choices }: OpenAI.ChatCompletion): unknown {
  return choices.map(({ index, finish_reason, message }) => ({
    index,
    finish_reason,
    content: message.content ?? "",
    refusal: message.refusal ?? null,
    calls: message.tool_calls?.map((call) => call.type === "function" ? [call.id, call.function] : []) ?? [],
  }));
}

/** The helper parses what it puts together, and adds that. */
function unparsed(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, field: unknown) => key === "parsed_arguments" ? undefined : field),
  );
}

describe("the official client", () => {
  for (const [name, batches] of Object.entries(answers)) {
    it(`takes the same from a stream as from a whole answer: ${name}`, async () => {
      const whole = writeChat(partsOf(name), factsOf(openaiChat));
      const read = await clientAnswered(whole as JsonObject).chat.completions.create(request);
      assert.deepEqual(read, whole);
      const asked = { ...request, stream_options: { include_usage: true } };
      const runner = clientAnswered(streamed(openaiChat, asked, batches)).chat.completions.stream(asked);
      const put = await runner.finalChatCompletion();
      assert.deepEqual(unparsed(meaning(put)), meaning(whole));
      assert.deepEqual([put.id, put.model, put.usage], [whole.id, whole.model, whole.usage]);
    });
  }

  it("reads chunks one by one", async () => {
    const client = clientAnswered(streamed(openaiChat, request, answers["calls in pieces"] ?? []));
    const stream = await client.chat.completions.create({ ...request, stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(chunks[0]?.choices[0]?.delta.role, "assistant");
    assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, "tool_calls");
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "")
      .join("");
    assert.equal(text, '{"city":"Oslo"}{}');
  });

  it("runs tools, whole and streamed", async () => {
    const asked: unknown[] = [];
    const tool = {
      type: "function" as const,
      function: {
        ...weatherTool.function,
        description: "Says what the weather is.",
        parse: JSON.parse as (text: string) => object,
        function: (input: object) => {
          asked.push(input);
          return "rain";
        },
      },
    };
    const body: JsonObject = { ...request, tools: [weatherTool] };
    const call = partsOf("calls that come whole").filter((part) =>
      part.type !== "tool-call" || part.index === 0
    );
    const whole = clientAnswered(
      writeChat(call, factsOf(openaiChat, body)) as JsonObject,
      writeChat(partsOf("text"), factsOf(openaiChat, body)) as JsonObject,
    );
    const runner = whole.chat.completions.runTools({ ...request, tools: [tool] });
    assert.match(await runner.finalContent() ?? "", /^Hi/);
    const piecewise = clientAnswered(
      streamed(openaiChat, body, call.map((part) => [part])),
      streamed(openaiChat, body, answers["text"] ?? []),
    );
    const streaming = piecewise.chat.completions.runTools({ ...request, tools: [tool], stream: true });
    assert.match(await streaming.finalContent() ?? "", /^Hi/);
    assert.deepEqual(asked, [{ city: "Oslo" }, { city: "Oslo" }]);
  });

  it("throws at an error in a stream, after what came before it", async () => {
    const client = clientAnswered(streamed(openaiChat, request, [[{ type: "text", text: "Hi" }]], failed));
    const stream = await client.chat.completions.create({ ...request, stream: true });
    let text = "";
    await assert.rejects(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    }, (error) => error instanceof OpenAI.APIError && error.code === "stream_broken");
    assert.equal(text, "Hi");
  });
});
