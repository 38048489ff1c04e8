/** Whole answers: what parts become. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { FinishReason, Part } from "../../../../src/contract/part.ts";
import type { Usage } from "../../../../src/contract/usage.ts";
import { factsOf, written } from "./support.ts";

const text = (value: string): Part => ({ type: "text", text: value });
const call = (args: string, more: JsonObject = {}): Part => ({
  type: "tool-call",
  index: 0,
  id: "t1",
  name: "f",
  arguments: args,
  ...more,
});
const use = (input: Json, more: JsonObject = {}): Json => ({
  type: "tool_use",
  id: "t1",
  name: "f",
  input,
  ...more,
});
const link = (start?: number, end?: number, url = "https://a.example"): Part => ({
  type: "citation",
  citation: { url, ...(start !== undefined && { start }), ...(end !== undefined && { end }) },
});
const cited = (url = "https://a.example"): Json => ({
  type: "web_search_result_location",
  url,
  title: null,
  cited_text: "",
  encrypted_index: "",
});
const location = { type: "char_location", cited_text: "x", document_index: 0 };

const contents: readonly (readonly [name: string, parts: readonly Part[], content: readonly Json[]])[] = [
  ["nothing", [], []],
  ["texts, joined", [text("a"), text(""), text("b")], [{ type: "text", text: "ab" }]],
  ["only the first alternative", [{ type: "text", text: "a", choice: 0 }, {
    type: "text",
    text: "b",
    choice: 1,
  }], [{ type: "text", text: "a" }]],
  [
    "thinking: a signature ends it, and none is empty",
    [
      { type: "reasoning", text: "a" },
      { type: "reasoning", text: "b", signature: "S" },
      { type: "reasoning", text: "c" },
      text("d"),
      { type: "reasoning", text: "" },
      { type: "reasoning", text: "", signature: "only" },
    ],
    [
      { type: "thinking", thinking: "ab", signature: "S" },
      { type: "thinking", thinking: "c", signature: "" },
      { type: "text", text: "d" },
      { type: "thinking", thinking: "", signature: "only" },
    ],
  ],
  ["a call", [text("a"), call('{"x":1}'), text("b")], [
    { type: "text", text: "a" },
    use({ x: 1 }),
    { type: "text", text: "b" },
  ]],
  ["pieces of a call count for nothing beside it", [
    { type: "tool-call-start", index: 0, id: "t1", name: "f" },
    { type: "tool-call-delta", index: 0, text: "{}" },
    call("{}"),
  ], [use({})]],
  ["a call without arguments", [call("")], [use({})]],
  ["a call whose arguments are broken", [call('{"x":')], [use({ INVALID_JSON: '{"x":' })]],
  ["a call whose arguments are a list", [call("[1]")], [use({ INVALID_JSON: "[1]" })]],
  ["a call with a key __proto__", [call('{"__proto__":1}')], [use(JSON.parse('{"__proto__":1}'))]],
  ["fields of a call that Anthropic knows", [
    call("{}", { extra: { caller: { type: "direct" }, thoughtSignature: "G" } }),
  ], [use({}, { caller: { type: "direct" } })]],
  ["blocks of Anthropic's, not of others", [
    { type: "native", value: { type: "redacted_thinking", data: "D" } },
    { type: "native", value: { type: "web_search_call", id: "ws" } },
    { type: "native", value: { executableCode: {} } },
    { type: "native", value: { type: "bash_code_execution_tool_result", tool_use_id: "s" } },
  ], [
    { type: "redacted_thinking", data: "D" },
    { type: "bash_code_execution_tool_result", tool_use_id: "s" },
  ]],
  ["its own citations, word for word", [text("a"), {
    type: "citation",
    citation: { text: "x", start: 0, end: 1, raw: location },
  }, text("b")], [
    { type: "text", text: "a", citations: [location] },
    { type: "text", text: "b" },
  ]],
  ["citations of stretches", [
    text("One. Two. Three."),
    link(0, 4),
    link(5, 9, "https://b.example"),
    link(5, 9),
  ], [
    { type: "text", text: "One.", citations: [cited()] },
    { type: "text", text: " Two.", citations: [cited("https://b.example"), cited()] },
    { type: "text", text: " Three." },
  ]],
  ["citations that overlap", [text("abc"), link(0, 2), link(1, 3)], [
    { type: "text", text: "abc", citations: [cited(), cited()] },
  ]],
  ["citations that say no place, or a wrong one", [text("abc"), link(), text("d"), link(9, 99)], [
    { type: "text", text: "abc", citations: [cited()] },
    { type: "text", text: "d", citations: [cited()] },
  ]],
  ["citations without a source", [text("abc"), { type: "citation", citation: { text: "x" } }], [
    { type: "text", text: "abc" },
  ]],
  ["citations of nothing", [link(), call("{}")], [use({})]],
  ["no pictures", [{ type: "image", dataB64: "AAAA", mimeType: "image/png" }, text("a")], [
    { type: "text", text: "a" },
  ]],
];

describe("content", () => {
  for (const [name, parts, expected] of contents) {
    it(name, () => assert.deepEqual(written(parts)["content"], expected));
  }

  it("of Anthropic goes out with all its blocks and fields", () => {
    const block = { type: "something_new", a: 1 };
    const parts: readonly Part[] = [{ type: "native", value: block }, call("{}", { extra: { new: 1 } })];
    assert.deepEqual(written(parts, factsOf({}, { provider: "anthropic" }))["content"], [
      block,
      use({}, { new: 1 }),
    ]);
  });
});

const stops: readonly (readonly [reason: FinishReason | undefined, raw: string | undefined, word: string])[] =
  [
    ["stop", "stop", "end_turn"],
    ["stop", "end_turn", "end_turn"],
    ["stop", "stop_sequence", "stop_sequence"],
    ["stop", "STOP_SEQUENCE", "stop_sequence"],
    ["length", "length", "max_tokens"],
    ["length", "model_context_window_exceeded", "model_context_window_exceeded"],
    ["tool-calls", "end_turn", "tool_use"],
    ["tool-calls", "stop_sequence", "tool_use"],
    ["content-filter", "SAFETY", "refusal"],
    ["other", "pause_turn", "pause_turn"],
    ["other", undefined, "end_turn"],
    [undefined, undefined, "end_turn"],
  ];

describe("the end", () => {
  for (const [reason, raw, word] of stops) {
    it(`is ${word} for ${reason} (${raw})`, () => {
      const parts: Part[] = [text("a")];
      if (reason !== undefined) {
        parts.push({ type: "finish", reason, ...(raw !== undefined && { raw }) });
      }
      const { stop_reason, stop_sequence, stop_details } = written(parts);
      assert.deepEqual({ stop_reason, stop_sequence }, { stop_reason: word, stop_sequence: null });
      assert.deepEqual(
        stop_details,
        word === "refusal" ? { type: "refusal", category: null, explanation: null } : null,
      );
    });
  }

  it("is tool_use where a call came and nobody says why it ended", () => {
    assert.equal(written([call("{}")])["stop_reason"], "tool_use");
    assert.equal(written([call("{}"), { type: "finish", reason: "other" }])["stop_reason"], "tool_use");
  });

  it("names the stop text where there is but one, or the vendor says it", () => {
    const finish: Part = { type: "finish", reason: "stop", raw: "stop_sequence" };
    const word = (stops: readonly string[], ...more: Part[]) =>
      written([finish, ...more], factsOf({ stop_sequences: stops }))["stop_sequence"];
    assert.equal(word(["END"]), "END");
    assert.equal(word(["A", "B"]), null);
    assert.equal(word(["A", "B"], { type: "raw", value: { type: "message", stop_sequence: "B" } }), "B");
  });

  it("says in the model's words why it declined", () => {
    const parts: readonly Part[] = [
      { type: "refusal", text: "I " },
      { type: "refusal", text: "won't." },
      { type: "finish", reason: "stop" },
    ];
    const { stop_reason, stop_details } = written(parts);
    assert.equal(stop_reason, "refusal");
    assert.deepEqual(stop_details, { type: "refusal", category: null, explanation: "I won't." });
  });

  it("keeps the vendor's own details and container, and nothing of another format's body", () => {
    const parts = (type: string): readonly Part[] => [
      { type: "finish", reason: "content-filter", raw: "refusal" },
      {
        type: "raw",
        value: { type, stop_details: { type: "refusal", category: "bio" }, container: { id: "c" } },
      },
    ];
    const own = written(parts("message"));
    assert.deepEqual(own["stop_details"], { type: "refusal", category: "bio" });
    assert.deepEqual(own["container"], { id: "c" });
    assert.equal("container" in written(parts("response")), false);
  });
});

const counted: Usage = {
  inputTokens: 100,
  outputTokens: 20,
  cachedTokens: 60,
  cacheWriteTokens: 30,
  reasoningTokens: 0,
  totalTokens: 120,
};
const plain = {
  input_tokens: 10,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 60,
  output_tokens: 20,
};

describe("usage", () => {
  const usage = (more: Partial<Usage> = {}) =>
    written([{ type: "usage", usage: { ...counted, ...more } }])["usage"];

  it("counts cached input beside the input", () => assert.deepEqual(usage(), plain));

  it("is never below zero", () => {
    assert.equal((usage({ inputTokens: 5 }) as JsonObject)["input_tokens"], 0);
  });

  it("says what else was counted", () => {
    assert.deepEqual(
      usage({ cacheWrite1hTokens: 10, reasoningTokens: 7, queries: 2, serviceTier: "priority" }),
      {
        ...plain,
        cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
        output_tokens_details: { thinking_tokens: 7 },
        server_tool_use: { web_search_requests: 2 },
        service_tier: "priority",
      },
    );
  });

  it("is that of the facts where no part says it, and nought where nobody does", () => {
    assert.deepEqual(written([], factsOf({}, { usage: counted }))["usage"], plain);
    assert.deepEqual(written([])["usage"], {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    });
  });
});

describe("the head", () => {
  it("is the vendor's, or Loom's", () => {
    const { id, type, role, model } = written([{ type: "response", id: "chatcmpl-1", model: "m1-x" }]);
    assert.deepEqual({ id, type, role, model }, {
      id: "chatcmpl-1",
      type: "message",
      role: "assistant",
      model: "m1-x",
    });
    const own = written([text("a")]);
    assert.equal(own["id"], "msg_call-1");
    assert.equal(own["model"], "m1-2026");
  });
});
