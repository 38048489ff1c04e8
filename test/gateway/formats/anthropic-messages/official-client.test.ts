/** The official client reads what is written, whole and streamed, as it reads Anthropic's own answers. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type Anthropic from "@anthropic-ai/sdk";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { asking, clientOf, streamed, written } from "./support.ts";

/** Parts of a vendor of another format. */
const head: readonly Part[] = [
  { type: "response", id: "chatcmpl-1", model: "gpt-x" },
  { type: "reasoning", text: "Let me " },
  { type: "reasoning", text: "look." },
  { type: "text", text: "I will " },
  { type: "text", text: "look: äöü 😀" },
];
const calls: readonly Part[] = [
  { type: "tool-call", index: 0, id: "call_1", name: "weather", arguments: '{"city":"Oslo","days":[1,2]}' },
  { type: "tool-call", index: 1, id: "call_2", name: "now", arguments: "{}" },
];
const pieces: readonly Part[] = [
  { type: "tool-call-start", index: 0, id: "call_1", name: "weather" },
  { type: "tool-call-delta", index: 0, text: '{"city":' },
  { type: "tool-call-start", index: 1, id: "call_2", name: "now" },
  { type: "tool-call-delta", index: 1, text: "{}" },
  { type: "tool-call-delta", index: 0, text: '"Oslo","days":[1,2]}' },
  ...calls,
];
const tail: readonly Part[] = [
  {
    type: "usage",
    usage: {
      inputTokens: 20,
      outputTokens: 9,
      cachedTokens: 5,
      cacheWriteTokens: 0,
      reasoningTokens: 3,
      totalTokens: 29,
    },
  },
  { type: "finish", reason: "tool-calls", raw: "tool_calls" },
];

function check(message: Anthropic.Message): void {
  assert.equal(message.id, "chatcmpl-1");
  assert.equal(message.model, "gpt-x");
  assert.equal(message.role, "assistant");
  assert.equal(message.stop_reason, "tool_use");
  // The client's own copies carry fields of its bookkeeping.
  assert.deepEqual(JSON.parse(JSON.stringify(message.content)), [
    { type: "thinking", thinking: "Let me look.", signature: "" },
    { type: "text", text: "I will look: äöü 😀" },
    { type: "tool_use", id: "call_1", name: "weather", input: { city: "Oslo", days: [1, 2] } },
    { type: "tool_use", id: "call_2", name: "now", input: {} },
  ]);
  assert.equal(message.usage.input_tokens, 15);
  assert.equal(message.usage.cache_read_input_tokens, 5);
  assert.equal(message.usage.output_tokens, 9);
  assert.equal(message.usage.output_tokens_details?.thinking_tokens, 3);
}

describe("the official client", () => {
  it("reads a whole answer", async () => {
    check(await clientOf(written([...head, ...calls, ...tail])).messages.create(asking));
  });

  it("reads a stream, whose calls came in turns", async () => {
    const stream = clientOf(streamed([...head, ...pieces, ...tail].map((part) => [part]))).messages
      .stream(asking);
    const seen: Record<string, string[]> = { text: [], thinking: [], inputJson: [] };
    stream.on("text", (delta) => seen["text"]?.push(delta));
    stream.on("thinking", (delta) => seen["thinking"]?.push(delta));
    stream.on("inputJson", (delta) => seen["inputJson"]?.push(delta));
    check(await stream.finalMessage());
    assert.deepEqual(seen, {
      text: ["I will ", "look: äöü 😀"],
      thinking: ["Let me ", "look."],
      inputJson: ['{"city":', '"Oslo","days":[1,2]}', "{}"],
    });
  });

  it("reads a stream of whole calls, with pings between", async () => {
    const batches = [...head, ...calls, ...tail].map((part) => streamed([[part]]).length > 0 ? [part] : []);
    const bytes = streamed(batches).replaceAll("\n\n", `\n\n${anthropicMessages.heartbeat}`);
    check(await clientOf(bytes).messages.stream(asking).finalMessage());
  });

  it("reads raw events", async () => {
    const types: string[] = [];
    const events = await clientOf(streamed([head, tail])).messages.create({ ...asking, stream: true });
    for await (const event of events) types.push(event.type);
    assert.deepEqual(types, [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it("reads signed thinking, citations, refusals and stop texts", async () => {
    const parts: readonly Part[] = [
      { type: "reasoning", text: "hm", signature: "S" },
      { type: "text", text: "It rains." },
      { type: "citation", citation: { url: "https://a.example", title: "A", text: "rain" } },
      { type: "refusal", text: "No more." },
      { type: "finish", reason: "content-filter", raw: "content_filter" },
    ];
    for (
      const message of [
        await clientOf(written(parts)).messages.create(asking),
        await clientOf(streamed([parts])).messages.stream(asking).finalMessage(),
      ]
    ) {
      assert.deepEqual(message.content[0], { type: "thinking", thinking: "hm", signature: "S" });
      const [, text] = message.content;
      assert.ok(text?.type === "text");
      assert.equal(text.text, "It rains.");
      assert.equal(text.citations?.[0]?.type, "web_search_result_location");
      assert.equal(message.stop_reason, "refusal");
      assert.equal(message.stop_details?.explanation, "No more.");
    }
  });

  it("sends its answer back as a turn that is read", async () => {
    const { content } = await clientOf(streamed([[...head, ...pieces, ...tail]])).messages.stream(asking)
      .finalMessage();
    const body = JSON.parse(JSON.stringify({
      ...asking,
      messages: [
        ...asking.messages,
        { role: "assistant", content },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: "rain" },
            { type: "tool_result", tool_use_id: "call_2", content: "noon" },
          ],
        },
      ],
    })) as Readonly<Record<string, Json>>;
    assert.deepEqual(anthropicMessages.read(body, []).call.messages.slice(1), [
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Let me look." },
          { type: "text", text: "I will look: äöü 😀" },
          {
            type: "tool-call",
            id: "call_1",
            name: "weather",
            arguments: '{"city":"Oslo","days":[1,2]}',
          },
          { type: "tool-call", id: "call_2", name: "now", arguments: "{}" },
        ],
      },
      { role: "tool", toolCallId: "call_1", content: "rain" },
      { role: "tool", toolCallId: "call_2", content: "noon" },
    ]);
  });
});
