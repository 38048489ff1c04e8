/** What whole answers become: a table of parts and output items, and the fields around them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type OpenAI from "openai";
import type { JsonObject, Part, Usage } from "../../../../src/contract/index.ts";
import { ask, factsOf, read, write } from "./support.ts";

const usage: Usage = {
  inputTokens: 10,
  outputTokens: 7,
  cachedTokens: 4,
  cacheWriteTokens: 1,
  reasoningTokens: 2,
  totalTokens: 17,
};

const text = (value: string, change: JsonObject = {}): JsonObject => ({
  type: "output_text",
  text: value,
  annotations: [],
  logprobs: [],
  ...change,
});

const message = (index: number, content: readonly JsonObject[], change: JsonObject = {}): JsonObject => ({
  id: `msg_loom_call_1_${index}`,
  type: "message",
  role: "assistant",
  status: "completed",
  content,
  ...change,
});

const called: Part = { type: "tool-call", index: 0, id: "c1", name: "w", arguments: "{}" };
const call = (index: number, change: JsonObject = {}): JsonObject => ({
  id: `fc_loom_call_1_${index}`,
  type: "function_call",
  call_id: "c1",
  name: "w",
  arguments: "{}",
  status: "completed",
  ...change,
});

const thought = (index: number, summary: string, change: JsonObject = {}): JsonObject => ({
  id: `rs_loom_call_1_${index}`,
  type: "reasoning",
  status: "completed",
  summary: summary === "" ? [] : [{ type: "summary_text", text: summary }],
  ...change,
});

const answers: Readonly<
  Record<string, { readonly parts: readonly Part[]; readonly output: readonly JsonObject[] }>
> = {
  "nothing": { parts: [], output: [] },
  "pieces of text are one message": {
    parts: [{ type: "text", text: "Hel" }, { type: "text", text: "" }, { type: "text", text: "lo" }],
    output: [message(0, [text("Hello")])],
  },
  "thinking, words and calls, in order": {
    parts: [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "I look." },
      called,
      { ...called, index: 1, id: "c2" },
      { type: "text", text: "Done." },
    ],
    output: [
      thought(0, "hm"),
      message(1, [text("I look.")]),
      call(2),
      call(3, { call_id: "c2" }),
      message(4, [text("Done.")]),
    ],
  },
  "a refusal is a part of the message": {
    parts: [{ type: "text", text: "Well. " }, { type: "refusal", text: "No" }, {
      type: "refusal",
      text: ".",
    }],
    output: [message(0, [text("Well. "), { type: "refusal", refusal: "No." }])],
  },
  "only the first alternative has a place": {
    parts: [{ type: "text", text: "a", choice: 0 }, { type: "text", text: "b", choice: 1 }],
    output: [message(0, [text("a")])],
  },
  "sources count characters of their own text": {
    parts: [
      { type: "refusal", text: "No. " },
      { type: "text", text: "😀ab" },
      { type: "citation", citation: { url: "https://a.test", title: "A", start: 2, end: 4 } },
      { type: "citation", citation: { url: "https://b.test" } },
      { type: "citation", citation: { title: "doc.pdf", end: 3 } },
      { type: "citation", citation: { text: "says nothing of its place" } },
      { type: "citation", citation: { raw: { type: "file_path", file_id: "f", index: 1 } } },
      called,
      { type: "text", text: "cd" },
      {
        type: "citation",
        citation: { start: 5, end: 6, raw: { type: "url_citation", url: "u", title: "t", start_index: 9 } },
      },
    ],
    output: [
      message(0, [
        { type: "refusal", refusal: "No. " },
        text("😀ab", {
          annotations: [
            { type: "url_citation", url: "https://a.test", title: "A", start_index: 1, end_index: 3 },
            { type: "url_citation", url: "https://b.test", title: "", start_index: 0, end_index: 0 },
            { type: "file_citation", file_id: "", filename: "doc.pdf", index: 2 },
            { type: "file_path", file_id: "f", index: 1 },
          ],
        }),
      ]),
      call(1),
      message(2, [
        text("cd", {
          annotations: [{ type: "url_citation", url: "u", title: "t", start_index: 1, end_index: 2 }],
        }),
      ]),
    ],
  },
  "another vendor's proofs and blocks travel unseen": {
    parts: [
      { type: "reasoning", text: "hm", signature: "sig" },
      { type: "reasoning", text: "", signature: "sig2" },
      { type: "native", value: { type: "redacted_thinking", data: "x" } },
      { ...called, extra: { thoughtSignature: "t" } },
    ],
    output: [
      thought(0, "hm", { encrypted_content: 'loom:{"madeBy":"anthropic","signature":"sig"}' }),
      thought(1, "", { encrypted_content: 'loom:{"madeBy":"anthropic","signature":"sig2"}' }),
      {
        id: "rs_loom_call_1_2",
        type: "reasoning",
        summary: [],
        encrypted_content: 'loom:{"madeBy":"anthropic","native":{"type":"redacted_thinking","data":"x"}}',
      },
      call(3, { extra_content: { loom: { provider: "anthropic", extra: { thoughtSignature: "t" } } } }),
    ],
  },
  "items of this format stand as they came": {
    parts: [
      { type: "reasoning", text: "hm" },
      {
        type: "native",
        value: {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "hm" }],
          encrypted_content: "gA",
        },
      },
      { type: "native", value: { type: "web_search_call", id: "ws_1", status: "completed" } },
      { type: "native", value: { type: "message", id: "msg_1", role: "assistant", phase: "final_answer" } },
      { type: "text", text: "Hi" },
      { ...called, extra: { id: "fc_1", namespace: "n" } },
    ],
    output: [
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "hm" }],
        encrypted_content: "gA",
      },
      { type: "web_search_call", id: "ws_1", status: "completed" },
      message(2, [text("Hi")], { id: "msg_1", phase: "final_answer" }),
      call(3, { id: "fc_1", namespace: "n" }),
    ],
  },
  "pictures are items, or links": {
    parts: [
      { type: "text", text: "See:" },
      { type: "image", mimeType: "image/webp", dataB64: "aGk=" },
      { type: "image", url: "https://a.test/b.png" },
      called,
      { type: "image", mimeType: "image/png", dataB64: "said again" },
      { type: "native", value: { type: "image_generation_call", id: "ig_1", result: "said again" } },
    ],
    output: [
      message(0, [text("See:")]),
      {
        id: "ig_loom_call_1_1",
        type: "image_generation_call",
        status: "completed",
        result: "aGk=",
        output_format: "webp",
      },
      message(2, [text("![image](https://a.test/b.png)")]),
      call(3),
      { type: "image_generation_call", id: "ig_1", result: "said again" },
    ],
  },
  "a tool that takes free text": {
    parts: [{ ...called, arguments: "select 1", extra: { type: "custom_tool_call" } }],
    output: [{
      id: "ctc_loom_call_1_0",
      type: "custom_tool_call",
      call_id: "c1",
      name: "w",
      input: "select 1",
    }],
  },
  "log probabilities go with their text": {
    parts: [{ type: "text", text: "a" }, { type: "raw", value: { logprobs: [{ token: "a" }], choice: 0 } }],
    output: [message(0, [text("a", { logprobs: [{ token: "a" }] })])],
  },
};

describe("writing the output", () => {
  for (const [name, { parts, output }] of Object.entries(answers)) {
    it(name, () => assert.deepEqual(write(parts)["output"], output));
  }
});

describe("writing the end", () => {
  const rows: readonly (readonly [Part & { readonly type: "finish" }, string | undefined])[] = [
    [{ type: "finish", reason: "stop", raw: "end_turn" }, undefined],
    [{ type: "finish", reason: "tool-calls" }, undefined],
    [{ type: "finish", reason: "other", raw: "pause_turn" }, undefined],
    [{ type: "finish", reason: "length", raw: "max_tokens" }, "max_output_tokens"],
    [{ type: "finish", reason: "length", raw: "max_tool_calls" }, "max_tool_calls"],
    [{ type: "finish", reason: "content-filter", raw: "SAFETY" }, "content_filter"],
    [{ type: "finish", reason: "other", raw: "steered" }, "steered"],
  ];
  for (const [finish, reason] of rows) {
    it(`${finish.reason}, ${finish.raw ?? "without the vendor's word"}`, () => {
      const answer = write([{ type: "text", text: "a" }, finish]);
      const status = reason === undefined ? "completed" : "incomplete";
      assert.equal(answer["status"], status);
      assert.deepEqual(answer["incomplete_details"], reason === undefined ? null : { reason });
      assert.deepEqual(answer["output"], [message(0, [text("a")], { status })]);
    });
  }
});

/** Names of the fields that the type of the official package promises; `output_text` it adds itself. */
type Promised = {
  [K in keyof OpenAI.Responses.Response]-?: undefined extends OpenAI.Responses.Response[K] ? never : K;
}[keyof OpenAI.Responses.Response];
const promised: Readonly<Record<Exclude<Promised, "output_text">, true>> = {
  id: true,
  access_programs: true,
  created_at: true,
  error: true,
  incomplete_details: true,
  instructions: true,
  metadata: true,
  model: true,
  object: true,
  output: true,
  parallel_tool_calls: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_p: true,
};

describe("writing the response", () => {
  it("has every field that the official type promises", () => {
    const answer = write([]);
    for (const name of Object.keys(promised)) assert.notEqual(answer[name], undefined, name);
  });

  it("says who answered, and what it counted", () => {
    const parts: readonly Part[] = [
      { type: "response", id: "resp_9", model: "m-2026" },
      { type: "usage", usage: { ...usage, inputTokens: 1 } },
      { type: "usage", usage: { ...usage, serviceTier: "flex" } },
    ];
    const { id, object, model, created_at, usage: counted, service_tier } = write(parts);
    assert.deepEqual([id, object, model, created_at], ["resp_9", "response", "m-2026", 1_700_000_000]);
    assert.equal(service_tier, "flex");
    assert.deepEqual(counted, {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 17,
    });
  });

  it("knows it from the call where no part says it", () => {
    const { id, model, usage: counted } = write([], factsOf(ask, { usage }));
    assert.deepEqual([id, model], ["resp_call_1", "claude-1"]);
    assert.equal((counted as JsonObject)["total_tokens"], 17);
    assert.equal(write([])["usage"], null);
  });

  it("repeats what was asked", () => {
    const body: JsonObject = {
      ...ask,
      instructions: "Be brief.",
      tools: [{ type: "function", name: "w", parameters: null, strict: null }],
      tool_choice: "required",
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      metadata: { a: "b" },
      text: { verbosity: "low" },
      reasoning: { effort: "low" },
      max_output_tokens: 50,
      user: "alice",
      store: true,
    };
    const answer = write([], factsOf(body));
    for (const name of Object.keys(body)) {
      if (!["model", "input", "text", "reasoning", "store"].includes(name)) {
        assert.deepEqual(answer[name], body[name], name);
      }
    }
    assert.deepEqual(answer["text"], { format: { type: "text" }, verbosity: "low" });
    assert.deepEqual(answer["reasoning"], { effort: "low", summary: null });
    assert.equal(answer["store"], false, "Loom keeps no responses");
  });

  it("is read again as the turn that it was", () => {
    const parts: readonly Part[] = [
      { type: "reasoning", text: "hm", signature: "sig" },
      { type: "native", value: { type: "redacted_thinking", data: "x" } },
      { type: "text", text: "I look." },
      { ...called, extra: { thoughtSignature: "t" } },
    ];
    const madeBy = "anthropic";
    const { call: { messages } } = read({ model: "m", input: write(parts)["output"] });
    assert.deepEqual(messages, [{
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", signature: "sig", madeBy },
        { type: "native", value: { type: "redacted_thinking", data: "x" }, madeBy },
        { type: "text", text: "I look." },
        { type: "tool-call", id: "c1", name: "w", arguments: "{}", extra: { thoughtSignature: "t" }, madeBy },
      ],
    }]);
  });
});
