/** What streamed answers become: the events, their order and their numbers. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, Part, Usage } from "../../../../src/contract/index.ts";
import { loomError } from "../../../../src/errors/index.ts";
import { ask, type Event, eventsOf, factsOf, ok, streamed, write } from "./support.ts";

const usage: Usage = {
  inputTokens: 10,
  outputTokens: 7,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 17,
};

/** What an event says beside its number, shortly. */
function told(event: Event): string {
  const { type, output_index: index, content_index: content, delta, text, arguments: all, item } = event;
  const said = delta ?? text ?? all ?? event["refusal"] ?? event["input"] ?? (item as JsonObject)?.["status"];
  const place = [index, content].filter((value) => value !== undefined).join("/");
  return [type.replace("response.", ""), place, said].filter((value) => value !== "" && value !== undefined)
    .join(" ");
}

const begin = ["created", "in_progress"];

const streams: Readonly<
  Record<string, { readonly parts: readonly Part[]; readonly events: readonly string[] }>
> = {
  "text": {
    parts: [
      { type: "response", id: "resp_9" },
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "citation", citation: { url: "https://a.test" } },
      { type: "finish", reason: "stop" },
    ],
    events: [
      ...begin,
      "output_item.added 0 in_progress",
      "content_part.added 0/0",
      "output_text.delta 0/0 Hel",
      "output_text.delta 0/0 lo",
      "output_text.annotation.added 0/0",
      "output_text.done 0/0 Hello",
      "content_part.done 0/0",
      "output_item.done 0 completed",
      "completed",
    ],
  },
  "thinking, then a refusal that is cut off": {
    parts: [
      { type: "reasoning", text: "h" },
      { type: "reasoning", text: "m" },
      { type: "text", text: "Well. " },
      { type: "refusal", text: "No." },
      { type: "finish", reason: "content-filter" },
    ],
    events: [
      ...begin,
      "output_item.added 0 in_progress",
      "reasoning_summary_part.added 0",
      "reasoning_summary_text.delta 0 h",
      "reasoning_summary_text.delta 0 m",
      "reasoning_summary_text.done 0 hm",
      "reasoning_summary_part.done 0",
      "output_item.done 0 completed",
      "output_item.added 1 in_progress",
      "content_part.added 1/0",
      "output_text.delta 1/0 Well. ",
      "output_text.done 1/0 Well. ",
      "content_part.done 1/0",
      "content_part.added 1/1",
      "refusal.delta 1/1 No.",
      "refusal.done 1/1 No.",
      "content_part.done 1/1",
      "output_item.done 1 incomplete",
      "incomplete",
    ],
  },
  "calls that arrive side by side": {
    parts: [
      { type: "text", text: "I look." },
      { type: "tool-call-start", index: 0, id: "c1", name: "a" },
      { type: "tool-call-start", index: 1, id: "c2", name: "b" },
      { type: "tool-call-delta", index: 0, text: "{" },
      { type: "tool-call-delta", index: 1, text: "[" },
      { type: "tool-call-delta", index: 0, text: "}" },
      { type: "tool-call", index: 1, id: "c2", name: "b", arguments: "[]" },
      { type: "tool-call", index: 0, id: "c1", name: "a", arguments: "{}" },
      { type: "tool-call", index: 2, id: "c3", name: "c", arguments: "{}" },
      { type: "finish", reason: "tool-calls" },
    ],
    events: [
      ...begin,
      "output_item.added 0 in_progress",
      "content_part.added 0/0",
      "output_text.delta 0/0 I look.",
      "output_text.done 0/0 I look.",
      "content_part.done 0/0",
      "output_item.done 0 completed",
      "output_item.added 1 in_progress",
      "output_item.added 2 in_progress",
      "function_call_arguments.delta 1 {",
      "function_call_arguments.delta 2 [",
      "function_call_arguments.delta 1 }",
      "function_call_arguments.delta 2 ]",
      "function_call_arguments.done 2 []",
      "output_item.done 2 completed",
      "function_call_arguments.done 1 {}",
      "output_item.done 1 completed",
      "output_item.added 3 in_progress",
      "function_call_arguments.delta 3 {}",
      "function_call_arguments.done 3 {}",
      "output_item.done 3 completed",
      "completed",
    ],
  },
  "a call that does not end": {
    parts: [
      { type: "tool-call-start", index: 0, id: "c1", name: "a" },
      { type: "tool-call-delta", index: 0, text: "{" },
      { type: "finish", reason: "length" },
    ],
    events: [
      ...begin,
      "output_item.added 0 in_progress",
      "function_call_arguments.delta 0 {",
      "output_item.done 0 incomplete",
      "incomplete",
    ],
  },
  "a tool that takes free text": {
    parts: [
      { type: "tool-call-start", index: 0, id: "c1", name: "sql" },
      { type: "tool-call-delta", index: 0, text: "select 1" },
      {
        type: "tool-call",
        index: 0,
        id: "c1",
        name: "sql",
        arguments: "select 1",
        extra: { type: "custom_tool_call" },
      },
    ],
    events: [
      ...begin,
      "output_item.added 0",
      "custom_tool_call_input.delta 0 select 1",
      "custom_tool_call_input.done 0 select 1",
      "output_item.done 0",
      "completed",
    ],
  },
  "a whole item": {
    parts: [{ type: "native", value: { type: "web_search_call", id: "ws_1", status: "completed" } }],
    events: [...begin, "output_item.added 0 completed", "output_item.done 0 completed", "completed"],
  },
  "nothing at all": { parts: [], events: [...begin, "completed"] },
};

const withTool = factsOf({ ...ask, tools: [{ type: "custom", name: "sql" }] });

describe("streaming", () => {
  for (const [name, { parts, events: expected }] of Object.entries(streams)) {
    it(name, () => {
      const events = eventsOf(streamed([parts], ok, withTool));
      assert.deepEqual(events.map(told), expected);
      assert.deepEqual(events.map((event) => event["sequence_number"]), events.map((_, index) => index));
      assert.equal(streamed(parts.map((part) => [part]), ok, withTool), streamed([parts], ok, withTool));
      const last = events.at(-1)?.["response"];
      assert.deepEqual(last, { ...write(parts, withTool) }, "the last event says what a whole answer would");
      assert.doesNotMatch(JSON.stringify(events), /"error":\{/);
    });
  }

  it("begins when there is something to say, and ends once", () => {
    const writer = { events: (batches: readonly (readonly Part[])[]) => eventsOf(streamed(batches)).length };
    assert.equal(writer.events([[{ type: "warning", code: "a", message: "b" }], []]), 3);
    const early = streamed([[{ type: "warning", code: "a", message: "b" }, {
      type: "response",
      id: "resp_9",
    }]]);
    const [created] = eventsOf(early);
    assert.equal((created?.["response"] as JsonObject)["id"], "resp_9");
  });

  it("counts in the last event only", () => {
    const events = eventsOf(streamed([[{ type: "usage", usage }, { type: "text", text: "a" }]]));
    const responses = events.flatMap(({ response }) =>
      response === undefined ? [] : [response as JsonObject]
    );
    assert.deepEqual(
      responses.map(({ usage: counted }) => (counted as JsonObject | null)?.["total_tokens"]),
      [
        undefined,
        undefined,
        17,
      ],
    );
  });

  it("puts the vendor's own thinking beside what was told of it", () => {
    const value = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "hm" }],
      encrypted_content: "gA",
    };
    const events = eventsOf(streamed([[{ type: "reasoning", text: "hm" }, { type: "native", value }]]));
    const { output } = events.at(-1)?.["response"] as { readonly output: readonly JsonObject[] };
    assert.deepEqual(output.map(({ id }) => id), ["rs_loom_call_1_0", "rs_1"]);
    assert.deepEqual(output[1], { ...value, summary: [] });
  });

  it("escapes what would end an event", () => {
    const text = 'a\n\ndata: "b"\r\n\u2028\0\ud800';
    const events = eventsOf(streamed([[{ type: "text", text }]]));
    assert.equal(events.find(({ type }) => type === "response.output_text.delta")?.["delta"], text);
  });
});

describe("a stream that fails", () => {
  const error = loomError("overloaded", "anthropic is overloaded", {}, { status: 529 });
  const failed = { status: "failed", error } as const;

  it("ends with the error and the response that failed", () => {
    const events = eventsOf(streamed([[{ type: "text", text: "Hel" }]], failed));
    assert.deepEqual(events.slice(-2).map(({ type }) => type), ["error", "response.failed"]);
    assert.doesNotMatch(JSON.stringify(events), /completed/);
    const [wrong, last] = events.slice(-2);
    assert.equal(wrong?.["message"], error.message);
    assert.equal((wrong?.["error"] as JsonObject)["message"], error.message);
    const response = last?.["response"] as JsonObject;
    assert.equal(response["status"], "failed");
    assert.deepEqual(response["error"], { code: "server_is_overloaded", message: error.message });
  });

  it("has nothing but the error when it never began", () => {
    const events = eventsOf(streamed([], failed));
    assert.deepEqual(events.map(({ type }) => type), ["error"]);
  });

  const codes = [
    [loomError("rate-limited", "a", {}), "rate_limit_exceeded"],
    [loomError("provider-failed", "a", {}), "server_error"],
    [loomError("stream-broken", "a", { partsSeen: 1 }), "server_error"],
    [loomError("context-too-long", "a", {}), "context_length_exceeded"],
    [loomError("invalid-request", "a", {}), "invalid_prompt"],
  ] as const;
  for (const [failure, code] of codes) {
    it(`says ${code} for ${failure.code}`, () => {
      const text = streamed([[{ type: "text", text: "a" }]], { status: "failed", error: failure });
      const response = eventsOf(text).at(-1)?.["response"] as { readonly error: JsonObject };
      assert.equal(response.error["code"], code);
    });
  }

  it("keeps the items that were whole, and the count", () => {
    const parts: readonly Part[] = [
      { type: "tool-call-start", index: 0, id: "c1", name: "a" },
      { type: "tool-call", index: 1, id: "c2", name: "b", arguments: "{}" },
      { type: "usage", usage },
    ];
    const events = eventsOf(streamed([parts], { status: "cancelled", error }));
    const response = events.at(-1)?.["response"] as {
      readonly output: readonly JsonObject[];
      readonly usage: JsonObject;
    };
    assert.deepEqual(response.output.map(({ call_id: id }) => id), ["c2"]);
    assert.equal(response.usage["total_tokens"], 17);
  });
});
