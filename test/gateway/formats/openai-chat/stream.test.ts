/** Streamed answers, chunk by chunk. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { answers, counted, partsOf, response, stop } from "./answers.ts";
import { eventsOf, factsOf, failed, ok, streamed, usage } from "./support.ts";

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: JsonObject;
    readonly finish_reason: unknown;
  }[];
  readonly usage?: unknown;
}

/** `[choice, delta, finish_reason]` of every chunk that has a choice. */
function deltas(batches: readonly (readonly Part[])[], body: JsonObject = {}): readonly unknown[] {
  return eventsOf(streamed(openaiChat, body, batches)).flatMap((event) =>
    event === "[DONE]"
      ? []
      : (event as Chunk).choices.map((choice) => [choice.index, choice.delta, choice.finish_reason])
  );
}

const role = { role: "assistant", content: "" };
const begin = [0, role, null];
const calls = (entry: JsonObject) => [0, { tool_calls: [entry] }, null];
const started = (index: number, id: string, name: string) =>
  calls({ index, id, type: "function", function: { name, arguments: "" } });
const piece = (index: number, text: string) => calls({ index, function: { arguments: text } });
const end = (word: string, choice = 0) => [choice, {}, word];
const call: Part = { type: "tool-call", index: 0, id: "call_a", name: "weather", arguments: "{}" };

const streams:
  readonly (readonly [name: string, batches: readonly (readonly Part[])[], deltas: readonly unknown[]])[] = [
    ["nothing", [], [begin, end("stop")]],
    ["text", answers["text"] ?? [], [
      begin,
      [0, { content: "Hi" }, null],
      [0, { content: " \ud83d" }, null],
      [0, { content: "\ude00 “you”\n\u0000" }, null],
      end("stop"),
    ]],
    ["reasoning", answers["reasoning"] ?? [], [
      begin,
      [0, { reasoning_content: "Hm" }, null],
      [0, { reasoning_content: "m." }, null],
      [0, { content: "Hi" }, null],
      end("stop"),
    ]],
    ["calls in pieces", answers["calls in pieces"] ?? [], [
      begin,
      [0, { content: "Let me see." }, null],
      started(0, "call_a", "weather"),
      piece(0, '{"city"'),
      piece(0, ':"Oslo"}'),
      started(1, "call_b", "time"),
      // It came without pieces, and clients parse what they put together.
      piece(1, "{}"),
      end("tool_calls"),
    ]],
    ["calls that come whole", answers["calls that come whole"] ?? [], [
      begin,
      started(0, "call_a", "weather"),
      piece(0, '{"city":"Oslo"}'),
      started(1, "call_b", "time"),
      piece(1, "{}"),
      end("tool_calls"),
    ]],
    ["alternatives", answers["alternatives"] ?? [], [
      begin,
      [0, { content: "One" }, null],
      [1, role, null],
      [1, { content: "Uno" }, null],
      [0, { content: "!" }, null],
      end("length"),
      [1, { content: "!" }, null],
      end("stop", 1),
    ]],
    ["a stream without a reason to end", [[{ type: "text", text: "Hi" }]], [begin, [
      0,
      { content: "Hi" },
      null,
    ], end("stop")]],
    ["a call without a reason to end", [[call]], [
      begin,
      started(0, "call_a", "weather"),
      piece(0, "{}"),
      end("tool_calls"),
    ]],
    ["two reasons to end", [[stop, { type: "finish", reason: "length" }]], [begin, end("stop")]],
    ["empty texts", [[{ type: "text", text: "", signature: "s" }, { type: "reasoning", text: "" }]], [
      begin,
      end("stop"),
    ]],
    ["sources before the end", [[{ type: "citation", citation: { url: "https://a.test", title: "A" } }], [
      stop,
    ]], [
      begin,
      [0, {
        annotations: [{
          type: "url_citation",
          url_citation: { start_index: 0, end_index: 0, title: "A", url: "https://a.test" },
        }],
      }, null],
      end("stop"),
    ]],
    ["a picture and a sound", [[
      { type: "image", url: "https://x.test/a.png" },
      { type: "audio", dataB64: "UklG" },
      stop,
    ]], [
      begin,
      [0, { images: [{ type: "image_url", index: 0, image_url: { url: "https://x.test/a.png" } }] }, null],
      [0, { audio: { id: "audio_c1", data: "UklG" } }, null],
      end("stop"),
    ]],
    ["what a vendor ties to its call", [[{ ...call, extra: { thoughtSignature: "s1" } }]], [
      begin,
      started(0, "call_a", "weather"),
      piece(0, "{}"),
      calls({
        index: 0,
        function: { arguments: "" },
        extra_content: { loom: { provider: "acme", extra: { thoughtSignature: "s1" } } },
      }),
      end("tool_calls"),
    ]],
  ];

describe("a streamed answer", () => {
  for (const [name, batches, expected] of streams) {
    it(`is written: ${name}`, () => assert.deepEqual(deltas(batches), expected));
  }

  it("gives every chunk its head, and ends with [DONE]", () => {
    const events = eventsOf(streamed(openaiChat, {}, answers["text"] ?? []));
    assert.equal(events.at(-1), "[DONE]");
    assert.equal(events.length, 6);
    for (const event of events.slice(0, -1)) {
      const { choices, ...head } = event as Chunk;
      assert.equal(choices.length, 1);
      assert.deepEqual(head, {
        id: "resp-9",
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model: "m1-2026-06",
      });
    }
  });

  it("counts tokens in a chunk of its own, when asked to", () => {
    const asked = { stream_options: { include_usage: true } };
    const chunks = eventsOf(streamed(openaiChat, asked, answers["text"] ?? [])).slice(
      0,
      -1,
    ) as readonly Chunk[];
    assert.deepEqual(chunks.slice(0, -1).map((chunk) => chunk.usage), [null, null, null, null, null]);
    const last = chunks.at(-1);
    assert.deepEqual(last?.choices, []);
    assert.deepEqual((last?.usage as JsonObject)["total_tokens"], 19);
  });

  it("counts with the usage of the call where no part says it", () => {
    const facts = factsOf(openaiChat, { stream: true, stream_options: { include_usage: true } });
    const end = openaiChat.stream?.({ ...facts, usage }).end(ok);
    const counted = eventsOf(String(end)).at(-2) as Chunk;
    assert.deepEqual((counted.usage as JsonObject)["total_tokens"], 19);
  });

  it("says nothing until there is something to say", () => {
    const writer = openaiChat.stream?.(factsOf(openaiChat));
    assert.equal(writer?.parts([response, counted, { type: "warning", code: "a", message: "b" }]), "");
  });

  it("begins with what no vendor says when no part does", () => {
    const [first] = eventsOf(streamed(openaiChat, {}, [[{ type: "text", text: "Hi" }]]));
    assert.deepEqual([(first as JsonObject)["id"], (first as JsonObject)["model"]], [
      "chatcmpl-c1",
      "m1-2026",
    ]);
  });

  it("that fails ends with an error and without [DONE]", () => {
    const events = eventsOf(streamed(openaiChat, {}, [[{ type: "text", text: "Hi" }]], failed));
    assert.equal(events.length, 3);
    assert.deepEqual(events.at(-1), {
      error: {
        message: "acme: the stream ended early",
        type: "server_error",
        param: null,
        code: "stream_broken",
      },
    });
  });

  it("has function calls where functions were given in the older form", () => {
    const body = { functions: [{ name: "weather" }] };
    assert.deepEqual(deltas(answers["calls that come whole"] ?? [], body), [
      begin,
      [0, { function_call: { name: "weather", arguments: "" } }, null],
      [0, { function_call: { arguments: '{"city":"Oslo"}' } }, null],
      end("function_call"),
    ]);
  });

  it("has calls of free text for tools that take it", () => {
    const body = { tools: [{ type: "custom", custom: { name: "sh" } }] };
    const batches: readonly (readonly Part[])[] = [[
      { type: "tool-call-start", index: 0, id: "c", name: "sh" },
      { type: "tool-call-delta", index: 0, text: "ls" },
      { type: "tool-call", index: 0, id: "c", name: "sh", arguments: "ls" },
    ]];
    assert.deepEqual(deltas(batches, body), [
      begin,
      calls({ index: 0, id: "c", type: "custom", custom: { name: "sh", input: "" } }),
      calls({ index: 0, custom: { input: "ls" } }),
      end("tool_calls"),
    ]);
  });

  it("has log probabilities", () => {
    const logprobs = { content: [{ token: "H", bytes: null, logprob: -1, top_logprobs: [] }], refusal: null };
    const events = eventsOf(
      streamed(openaiChat, {}, [[{ type: "raw", value: { logprobs, choice: 0 } }], [stop]]),
    );
    const told = (events[1] as { readonly choices: readonly JsonObject[] }).choices[0];
    assert.deepEqual(told, { index: 0, delta: {}, logprobs, finish_reason: null });
  });

  it("holds only so many sources back", () => {
    const many = Array.from({ length: 300 }, (_, index): Part => ({
      type: "citation",
      citation: { url: `https://x.test/${index}` },
    }));
    const told = deltas([many, [stop]]).map((delta) =>
      ((delta as readonly JsonObject[])[1]?.["annotations"] as unknown[] | undefined)?.length
    );
    assert.deepEqual(told, [undefined, 256, 44, undefined]);
  });

  it("is the same whether parts come one by one or all at once", () => {
    for (const name of Object.keys(answers)) {
      const parts = partsOf(name);
      assert.equal(
        streamed(openaiChat, {}, parts.map((part) => [part])),
        streamed(openaiChat, {}, [parts]),
        name,
      );
    }
  });
});
