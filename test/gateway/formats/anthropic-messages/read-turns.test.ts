/** What turns of the Messages API become. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { Message } from "../../../../src/contract/message.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { minimal } from "./support.ts";

const read = (change: JsonObject) => anthropicMessages.read({ ...minimal, ...change }, []);
const mark = { cache_control: { type: "ephemeral" } };
const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERg==" };
const png = { type: "base64", media_type: "image/png", data: "iVBORw==" };

const turns: readonly (readonly [
  name: string,
  given: JsonObject | readonly Json[],
  read: readonly unknown[],
])[] = [
  ["a text", { role: "user", content: "Hi" }, [{ role: "user", content: "Hi" }]],
  ["a system turn between others", { role: "system", content: [{ type: "text", text: "S" }] }, [
    { role: "system", content: [{ type: "text", text: "S" }] },
  ]],
  ["fields beside the content", { role: "user", content: "Hi", foo: 1, bar: null }, [
    { role: "user", content: "Hi", extra: { foo: 1 } },
  ]],
  ["a marked text; null says nothing", [{ type: "text", text: "a", ...mark, citations: null }], [
    { role: "user", content: [{ type: "text", text: "a", extra: mark }] },
  ]],
  [
    "pictures",
    [
      { type: "image", source: png, ...mark },
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      { type: "image", source: { type: "file", file_id: "file_1" } },
    ],
    [{
      role: "user",
      content: [
        { type: "image", dataB64: "iVBORw==", mimeType: "image/png", extra: mark },
        { type: "image", url: "https://example.com/a.png" },
        { type: "file", fileId: "file_1", mimeType: "image/*" },
      ],
    }],
  ],
  [
    "documents",
    [
      { type: "document", source: pdf, title: "a.pdf", context: "c", citations: { enabled: true } },
      { type: "document", source: { type: "url", url: "https://example.com/a.pdf" }, title: null },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Grüße" } },
      { type: "document", source: { type: "file", file_id: "file_2" } },
      { type: "document", source: { type: "content", content: "x" } },
    ],
    [{
      role: "user",
      content: [
        {
          type: "file",
          dataB64: "JVBERg==",
          mimeType: "application/pdf",
          filename: "a.pdf",
          extra: { context: "c", citations: { enabled: true } },
        },
        { type: "file", url: "https://example.com/a.pdf", mimeType: "application/pdf" },
        { type: "file", dataB64: "R3LDvMOfZQ==", mimeType: "text/plain" },
        { type: "file", fileId: "file_2" },
        {
          type: "native",
          value: { type: "document", source: { type: "content", content: "x" } },
          madeBy: "anthropic",
        },
      ],
    }],
  ],
  [
    "results of tools, before the rest of the turn",
    [
      { type: "text", text: "And?" },
      { type: "tool_result", tool_use_id: "t1", content: "fog", is_error: true },
      {
        type: "tool_result",
        tool_use_id: "t2",
        content: [{ type: "text", text: "see" }, { type: "image", source: png }],
        ...mark,
      },
      { type: "tool_result", tool_use_id: "t3" },
    ],
    [
      { role: "tool", toolCallId: "t1", content: "fog", isError: true },
      {
        role: "tool",
        toolCallId: "t2",
        content: [
          { type: "text", text: "see" },
          { type: "image", dataB64: "iVBORw==", mimeType: "image/png" },
        ],
        extra: mark,
      },
      { role: "tool", toolCallId: "t3", content: "" },
      { role: "user", content: [{ type: "text", text: "And?" }] },
    ],
  ],
  ["results alone", [{ type: "tool_result", tool_use_id: "t1", content: "x", is_error: false }], [
    { role: "tool", toolCallId: "t1", content: "x" },
  ]],
  ["blocks that only Anthropic understands", [
    { type: "search_result", source: "s", title: "t", content: [] },
    { type: "container_upload", file_id: "f" },
  ], [{
    role: "user",
    content: [
      {
        type: "native",
        value: { type: "search_result", source: "s", title: "t", content: [] },
        madeBy: "anthropic",
      },
      { type: "native", value: { type: "container_upload", file_id: "f" }, madeBy: "anthropic" },
    ],
  }]],
  [
    "an earlier answer",
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "S" },
        { type: "thinking", thinking: "unsigned", signature: "" },
        { type: "redacted_thinking", data: "D" },
        { type: "text", text: "plain", citations: null },
        { type: "text", text: "cited", citations: [{ type: "char_location" }] },
        { type: "tool_use", id: "t1", name: "f", input: { a: [1, null] } },
        { type: "tool_use", id: "t2", name: "g", input: {}, caller: { type: "direct" } },
        { type: "tool_use", id: "t3", name: "h", input: { INVALID_JSON: '{"a":' } },
      ],
    },
    [{
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", signature: "S" },
        { type: "reasoning", text: "unsigned" },
        { type: "native", value: { type: "redacted_thinking", data: "D" }, madeBy: "anthropic" },
        { type: "text", text: "plain" },
        {
          type: "text",
          text: "cited",
          extra: { citations: [{ type: "char_location" }] },
          madeBy: "anthropic",
        },
        { type: "tool-call", id: "t1", name: "f", arguments: '{"a":[1,null]}' },
        {
          type: "tool-call",
          id: "t2",
          name: "g",
          arguments: "{}",
          extra: { caller: { type: "direct" } },
          madeBy: "anthropic",
        },
        { type: "tool-call", id: "t3", name: "h", arguments: '{"a":' },
      ],
    }],
  ],
];

describe("a turn", () => {
  for (const [name, given, expected] of turns) {
    it(name, () => {
      const turn = Array.isArray(given) ? { role: "user", content: given } : given;
      assert.deepEqual(read({ messages: [turn as Json] }).call.messages, expected);
    });
  }

  it("comes after the system prompt", () => {
    const messages = (system: Json): readonly Message[] => read({ system }).call.messages;
    assert.deepEqual(messages("S")[0], { role: "system", content: "S" });
    assert.deepEqual(messages([{ type: "text", text: "S", ...mark }])[0], {
      role: "system",
      content: [{ type: "text", text: "S", extra: mark }],
    });
    assert.equal(messages(null).length, 1);
  });
});
