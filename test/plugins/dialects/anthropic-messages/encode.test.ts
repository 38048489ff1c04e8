/** What is sent for turns: content, order, merging, and what is left out. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/contract/call.ts";
import type { ContentPart, Message } from "../../../../src/contract/message.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codec, encoded, headOf } from "./support.ts";

const user = (content: Message["content"]): Message => ({ role: "user", content });
const assistant = (...content: ContentPart[]): Message => ({ role: "assistant", content });
const call = (id: string, text = "{}"): ContentPart => ({
  type: "tool-call",
  id,
  name: "f",
  arguments: text,
});
const tool = (toolCallId: string, content: Message["content"], more: Partial<Message> = {}): Message => ({
  role: "tool",
  toolCallId,
  content,
  ...more,
});
const text = (value: string) => ({ type: "text", text: value });
const use = (id: string, input: unknown = {}) => ({ type: "tool_use", id, name: "f", input });
const result = (id: string, content?: unknown, more = {}) => ({
  type: "tool_result",
  tool_use_id: id,
  ...(content === undefined ? {} : { content }),
  ...more,
});

interface Case {
  readonly name: string;
  readonly messages: readonly Message[];
  readonly model?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly system?: unknown;
  readonly sent: unknown;
  readonly codes?: readonly string[];
}

const hi = user("Hi");
const old = "claude-sonnet-4-6";
const newer = "claude-opus-4-8";

const cases: readonly Case[] = [
  { name: "a plain turn stays a string", messages: [hi], sent: [{ role: "user", content: "Hi" }] },
  {
    name: "pictures, by address, as base64 and as a data URI",
    messages: [user([
      { type: "text", text: "See" },
      { type: "image", url: "https://example.com/a.png" },
      {
        type: "image",
        dataB64: "AAAA",
        mimeType: "image/png",
        extra: { cache_control: { type: "ephemeral" } },
      },
      { type: "image", url: "data:image/gif;base64,R0lG" },
      { type: "file", fileId: "file_1", mimeType: "image/png" },
    ])],
    sent: [{
      role: "user",
      content: [
        text("See"),
        { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        {
          type: "image",
          source: { type: "base64", media_type: "image/png", data: "AAAA" },
          cache_control: { type: "ephemeral" },
        },
        { type: "image", source: { type: "base64", media_type: "image/gif", data: "R0lG" } },
        { type: "image", source: { type: "file", file_id: "file_1" } },
      ],
    }],
  },
  {
    name: "documents: PDF, text, address, uploaded file",
    messages: [user([
      { type: "file", dataB64: "JVBERg==", mimeType: "application/pdf", filename: "a.pdf" },
      {
        type: "file",
        dataB64: "R3LDvG4=",
        mimeType: "text/plain; charset=utf-8",
        extra: { citations: { enabled: true } },
      },
      { type: "file", url: "https://example.com/a.pdf" },
      { type: "file", fileId: "file_1" },
    ])],
    sent: [{
      role: "user",
      content: [
        {
          type: "document",
          source: { type: "base64", media_type: "application/pdf", data: "JVBERg==" },
          title: "a.pdf",
        },
        {
          type: "document",
          source: { type: "text", media_type: "text/plain", data: "Grün" },
          citations: { enabled: true },
        },
        { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
        { type: "document", source: { type: "file", file_id: "file_1" } },
      ],
    }],
  },
  {
    name: "all results of a turn's calls go into one turn, first in it",
    messages: [
      hi,
      assistant({ type: "text", text: "Both." }, call("a", '{"x":1}'), call("b", "")),
      tool("a", "1"),
      user("And be quick"),
      tool("b", "no", { isError: true }),
    ],
    sent: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [text("Both."), use("a", { x: 1 }), use("b")] },
      {
        role: "user",
        content: [result("a", "1"), result("b", "no", { is_error: true }), text("And be quick")],
      },
    ],
  },
  {
    name: "results are text, pictures, documents and blocks of the vendor's own, or nothing",
    messages: [
      hi,
      assistant(call("a"), call("b"), call("c")),
      tool("a", [{ type: "text", text: "x" }, { type: "image", url: "https://example.com/a.png" }]),
      tool("b", ""),
      tool("c", [{ type: "native", value: { type: "tool_reference", tool_name: "g" } }], {
        extra: { cache_control: { type: "ephemeral" } },
      }),
    ],
    sent: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [use("a"), use("b"), use("c")] },
      {
        role: "user",
        content: [
          result("a", [text("x"), {
            type: "image",
            source: { type: "url", url: "https://example.com/a.png" },
          }]),
          result("b"),
          result("c", [{ type: "tool_reference", tool_name: "g" }], { cache_control: { type: "ephemeral" } }),
        ],
      },
    ],
  },
  {
    name: "arguments that are no object go back as they were, and foreign ids are mapped alike",
    messages: [
      hi,
      assistant(call("functions.f:0", '{"x":'), call("b", "[1]")),
      tool("functions.f:0", "1"),
      tool("b", "2"),
    ],
    sent: [
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: [use("toolu_$", { INVALID_JSON: '{"x":' }), use("b", { INVALID_JSON: "[1]" })],
      },
      { role: "user", content: [result("toolu_$", "1"), result("b", "2")] },
    ],
  },
  {
    name: "neighbours of one role are merged and white space is left out",
    messages: [
      user("a"),
      user("  "),
      user([{ type: "text", text: "" }, { type: "text", text: "b" }]),
      assistant(),
    ],
    sent: [{ role: "user", content: [text("a"), text("b")] }],
  },
  {
    name: "what the assistant is to go on with ends without white space",
    messages: [hi, assistant({ type: "text", text: "The answer is \n" })],
    sent: [{ role: "user", content: "Hi" }, { role: "assistant", content: "The answer is" }],
  },
  {
    name: "an assistant who speaks first is announced",
    messages: [assistant({ type: "text", text: "Welcome." }), hi],
    sent: [
      { role: "user", content: "(The assistant speaks first.)" },
      { role: "assistant", content: "Welcome." },
      { role: "user", content: "Hi" },
    ],
    codes: ["turn-added"],
  },
  {
    name: "signed thinking and the vendor's own blocks go back; unsigned thinking does not",
    messages: [
      hi,
      assistant(
        { type: "reasoning", text: "hm", signature: "S" },
        { type: "reasoning", text: "unsigned" },
        { type: "native", value: { type: "redacted_thinking", data: "D" } },
        { type: "native", value: { type: "fallback", from: {}, to: {} } },
        { type: "text", text: "Yes.", madeBy: "anthropic" },
      ),
      user("Why?"),
    ],
    sent: [
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "S" },
          { type: "redacted_thinking", data: "D" },
          text("Yes."),
        ],
      },
      { role: "user", content: "Why?" },
    ],
    codes: ["reasoning-dropped"],
  },
  {
    name: "the mark of a model that stood in goes back to those who asked for it",
    messages: [
      hi,
      assistant({ type: "native", value: { type: "fallback", from: {}, to: {} } }, {
        type: "text",
        text: "Yes.",
      }),
      hi,
    ],
    params: { anthropic_beta: ["server-side-fallback-2026-07-01"] },
    sent: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "fallback", from: {}, to: {} }, text("Yes.")] },
      { role: "user", content: "Hi" },
    ],
  },
  {
    name: "what another provider made loses what binds it there",
    messages: [
      hi,
      assistant(
        { type: "reasoning", text: "hm", signature: "G", madeBy: "gemini" },
        { type: "native", value: { type: "web_search_call" }, madeBy: "openai" },
        { type: "text", text: "Yes.", signature: "G", madeBy: "gemini" },
        { type: "tool-call", id: "a", name: "f", arguments: "{}", extra: { thought: "G" }, madeBy: "gemini" },
      ),
      tool("a", "1"),
    ],
    sent: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [text("Yes."), use("a")] },
      { role: "user", content: [result("a", "1")] },
    ],
    codes: [
      "reasoning-dropped",
      "vendor-bound-dropped",
      "vendor-bound-dropped",
      "vendor-bound-dropped",
      "vendor-bound-dropped",
    ],
  },
  {
    name: "system turns in front become one text",
    messages: [
      { role: "system", content: "A" },
      { role: "system", content: [{ type: "text", text: "B" }] },
      hi,
    ],
    system: "A\n\nB",
    sent: [{ role: "user", content: "Hi" }],
  },
  {
    name: "system parts with vendor fields stay blocks",
    messages: [
      { role: "system", content: "A" },
      { role: "system", content: "B", extra: { cache_control: { type: "ephemeral" } } },
      hi,
    ],
    system: [text("A"), { ...text("B"), cache_control: { type: "ephemeral" } }],
    sent: [{ role: "user", content: "Hi" }],
  },
  {
    name: "a later system turn moves to the front where the model knows no other place",
    model: old,
    messages: [{ role: "system", content: "A" }, hi, { role: "system", content: "B" }],
    system: "A\n\nB",
    sent: [{ role: "user", content: "Hi" }],
    codes: ["system-moved"],
  },
  {
    name: "newer models take it after what the user said",
    model: newer,
    messages: [
      hi,
      { role: "system", content: "B", extra: { clear_at: "never" } },
      assistant({ type: "text", text: "C" }),
      hi,
    ],
    sent: [
      { role: "user", content: "Hi" },
      { role: "system", content: "B", clear_at: "never" },
      { role: "assistant", content: "C" },
      { role: "user", content: "Hi" },
    ],
  },
  {
    name: "but not before it",
    model: newer,
    messages: [hi, assistant({ type: "text", text: "C" }), { role: "system", content: "B" }, hi],
    system: "B",
    sent: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "C" },
      { role: "user", content: "Hi" },
    ],
    codes: ["system-moved"],
  },
  {
    name: "names of speakers are left out with a word",
    messages: [{ ...hi, name: "Ann" }],
    sent: [{ role: "user", content: "Hi" }],
    codes: ["param-dropped"],
  },
];

describe("turns", () => {
  for (const { name, messages, model, params, system, sent, codes = [] } of cases) {
    it(name, () => {
      const request = encoded({ messages }, { ...(model && { model }), ...(params && { params }) });
      const made = JSON.stringify(request.body["messages"]).replaceAll(/toolu_[A-Za-z0-9]{24}/g, "toolu_$");
      assert.deepEqual(JSON.parse(made), sent);
      assert.deepEqual(request.body["system"], system);
      assert.deepEqual([...request.codes].sort(), [...codes].sort());
    });
  }

  const wrong: readonly [string, readonly Message[], string, RegExp][] = [
    ["nothing to say", [{ role: "system", content: "A" }], "invalid-request", /messages: /],
    [
      "sound",
      [user([{ type: "audio", dataB64: "AA", mimeType: "audio/wav" }])],
      "unsupported",
      /content\[0\].*sound/,
    ],
    ["a call in a user's turn", [user([call("a")])], "invalid-request", /messages\[0\]\.content\[0\]/],
    [
      "a picture in an assistant's",
      [assistant({ type: "image", url: "https://a.b" })],
      "invalid-request",
      /user/,
    ],
    ["a result of no call", [tool("", "1")], "invalid-request", /messages\[0\]\.toolCallId/],
    ["base64 of no type", [user([{ type: "image", dataB64: "AA" }])], "invalid-request", /mimeType/],
  ];
  for (const [name, messages, code, message] of wrong) {
    it(`${name} is refused with the place named`, () => {
      assert.throws(
        () => encoded({ messages }),
        (error) => LoomError.is(error, code as "unsupported") && message.test(error.message),
      );
    });
  }
});

describe("a request", () => {
  it("is posted to /v1/messages and says when it streams", () => {
    for (const stream of [false, true]) {
      const request = codec().encode(fakeAttempting({ call: { stream } }));
      assert.deepEqual([request.method, request.path, request.stream], ["POST", "/v1/messages", stream]);
      assert.equal(jsonOf(request)["stream"], stream ? true : undefined);
    }
  });

  it("names betas in a header", () => {
    assert.equal(encoded({}).headers, undefined);
    const { headers, body } = encoded({}, { params: { anthropic_beta: ["a-1", "b-2", "a-1"] } });
    assert.deepEqual(headers, { "anthropic-beta": "a-1,b-2" });
    assert.equal(body["anthropic_beta"], undefined);
    assert.throws(() => encoded({}, { params: { anthropic_beta: ["a\nb"] } }), /anthropic_beta/);
    assert.throws(() => encoded({}, { params: { anthropic_beta: 1 } }), /anthropic_beta/);
  });

  it("for counting tokens holds what counts", () => {
    const asked: Partial<Call> = {
      messages: [{ role: "system", content: "S" }, hi],
      tools: [{ name: "now" }],
      stream: true,
    };
    const params = { temperature: 0.5, max_tokens: 7, stop: "x", user: "u", reasoning_effort: "low" };
    const ctx = fakeAttempting({ call: asked, target: { upstreamModel: "claude-opus-4-6", params } });
    const counting = codec().countTokens?.(ctx);
    assert.ok(counting !== undefined);
    assert.equal(counting.request.path, "/v1/messages/count_tokens");
    assert.equal(counting.request.stream, false);
    assert.deepEqual(jsonOf(counting.request), {
      model: "claude-opus-4-6",
      system: "S",
      messages: [{ role: "user", content: "Hi" }],
      tools: [{ name: "now", input_schema: { type: "object", properties: {} } }],
      thinking: { type: "adaptive" },
      output_config: { effort: "low" },
    });
    assert.deepEqual(counting.decode({ input_tokens: 14 }, headOf()), { inputTokens: 14 });
    assert.throws(() => counting.decode({}, headOf()), /input_tokens/);
  });

  it("is refused for what the vendor has not", () => {
    assert.throws(
      () => codec().encode(fakeAttempting({ target: { modality: "image" } })),
      (error) => LoomError.is(error, "unsupported"),
    );
  });
});
