/** Streamed answers: which events go out for parts, in which order. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { type Event, eventsOf, factsOf, streamed } from "./support.ts";

const text = (value: string): Part => ({ type: "text", text: value });
const begin = (index: number): Part => ({ type: "tool-call-start", index, id: `t${index}`, name: "f" });
const piece = (index: number, value: string): Part => ({ type: "tool-call-delta", index, text: value });
const done = (index: number, args: string): Part => ({
  type: "tool-call",
  index,
  id: `t${index}`,
  name: "f",
  arguments: args,
});
const think = (value: string, signature?: string): Part => ({
  type: "reasoning",
  text: value,
  ...(signature !== undefined && { signature }),
});

/** Short for the blocks of a stream: `0:text`, `0+"a"`, `0.` */
function blocksOf(events: readonly Event[]): string[] {
  return events.flatMap(({ event, data }) => {
    assert.equal(data["type"], event);
    const index = String(data["index"]);
    if (event === "content_block_start") {
      return [`${index}:${(data["content_block"] as { readonly type: string }).type}`];
    }
    if (event === "content_block_stop") return [`${index}.`];
    if (event !== "content_block_delta") return [];
    const { type, ...fields } = data["delta"] as { readonly type: string };
    const [value] = Object.values(fields) as [Json];
    return [`${index}+${type.replace("_delta", "")} ${JSON.stringify(value)}`];
  });
}

const cases: readonly (readonly [name: string, parts: readonly Part[], blocks: readonly string[]])[] = [
  ["nothing", [], []],
  ["a text in pieces", [text("a"), text(""), text("b")], ["0:text", '0+text "a"', '0+text "b"', "0."]],
  [
    "thinking, then a text",
    [think("a"), think("b"), think("", "S"), text("c")],
    [
      "0:thinking",
      '0+thinking "a"',
      '0+thinking "b"',
      '0+signature "S"',
      "0.",
      "1:text",
      '1+text "c"',
      "1.",
    ],
  ],
  [
    "thinking after a signature is another block",
    [think("a", "S"), think("b")],
    ["0:thinking", '0+thinking "a"', '0+signature "S"', "0.", "1:thinking", '1+thinking "b"', "1."],
  ],
  ["a signature alone", [think("", "S")], ["0:thinking", '0+signature "S"', "0."]],
  [
    "a call in pieces, not repeated whole",
    [text("a"), begin(0), piece(0, '{"x"'), piece(0, ""), piece(0, ":1}"), done(0, '{"x":1}'), text("b")],
    [
      "0:text",
      '0+text "a"',
      "0.",
      "1:tool_use",
      '1+input_json "{\\"x\\""',
      '1+input_json ":1}"',
      "1.",
      "2:text",
      '2+text "b"',
      "2.",
    ],
  ],
  ["a whole call", [done(0, '{"x":1}')], ["0:tool_use", '0+input_json "{\\"x\\":1}"', "0."]],
  ["a whole call without arguments", [done(0, "")], ["0:tool_use", '0+input_json "{}"', "0."]],
  [
    "a whole call whose arguments are broken",
    [done(0, "[")],
    ["0:tool_use", '0+input_json "{\\"INVALID_JSON\\":\\"[\\"}"', "0."],
  ],
  ["a call whose arguments come with its end", [begin(0), done(0, '{"x":1}')], [
    "0:tool_use",
    '0+input_json "{\\"x\\":1}"',
    "0.",
  ]],
  ["a call whose last piece comes with its end", [begin(0), piece(0, '{"x":'), done(0, '{"x":1}')], [
    "0:tool_use",
    '0+input_json "{\\"x\\":"',
    '0+input_json "1}"',
    "0.",
  ]],
  [
    "calls in turns: the second waits for the first",
    [
      begin(0),
      begin(1),
      piece(0, "["),
      piece(1, "{"),
      piece(0, "]"),
      piece(1, "}"),
      done(0, "[]"),
      done(1, "{}"),
    ],
    [
      "0:tool_use",
      '0+input_json "["',
      '0+input_json "]"',
      "0.",
      "1:tool_use",
      '1+input_json "{}"',
      "1.",
    ],
  ],
  [
    "a call that is complete before its turn, with a text and a third call behind it",
    [
      begin(0),
      begin(1),
      piece(1, "1"),
      done(1, '{"b":1}'),
      text("t"),
      begin(2),
      piece(2, "{"),
      piece(0, "{}"),
      done(0, "{}"),
      piece(2, "}"),
      done(2, "{}"),
    ],
    [
      "0:tool_use",
      '0+input_json "{}"',
      "0.",
      "1:tool_use",
      '1+input_json "{\\"b\\":1}"',
      "1.",
      "2:text",
      '2+text "t"',
      "2.",
      "3:tool_use",
      '3+input_json "{"',
      '3+input_json "}"',
      "3.",
    ],
  ],
  [
    "calls that nothing completes",
    [begin(0), piece(0, "{"), begin(1), piece(1, "{}"), done(2, "{}"), text("t")],
    [
      "0:tool_use",
      '0+input_json "{"',
      "0.",
      "1:tool_use",
      '1+input_json "{}"',
      "1.",
      "2:tool_use",
      '2+input_json "{}"',
      "2.",
      "3:text",
      '3+text "t"',
      "3.",
    ],
  ],
  ["pieces that nothing announced", [piece(0, "{}"), text("a")], ["0:text", '0+text "a"', "0."]],
  [
    "a call that is begun twice",
    [begin(0), begin(0), piece(0, "{}"), done(0, "{}"), done(0, "{}"), begin(0)],
    ["0:tool_use", '0+input_json "{}"', "0."],
  ],
  [
    "a citation ends its text",
    [text("a"), { type: "citation", citation: { url: "https://a.example", title: "A" } }, text("b")],
    [
      "0:text",
      '0+text "a"',
      '0+citations {"type":"web_search_result_location","url":"https://a.example","title":"A","cited_text":"","encrypted_index":""}',
      "0.",
      "1:text",
      '1+text "b"',
      "1.",
    ],
  ],
  ["a citation of no text", [{ type: "citation", citation: { url: "https://a.example" } }], []],
  [
    "blocks of Anthropic's, not of others",
    [text("a"), { type: "native", value: { type: "redacted_thinking", data: "D" } }, {
      type: "native",
      value: { type: "web_search_call" },
    }],
    ["0:text", '0+text "a"', "0.", "1:redacted_thinking", "1."],
  ],
  ["only the first alternative", [{ type: "text", text: "b", choice: 1 }, {
    type: "text",
    text: "a",
    choice: 0,
  }], ["0:text", '0+text "a"', "0."]],
];

describe("blocks", () => {
  for (const [name, parts, expected] of cases) {
    it(name, () => {
      for (const batches of [[parts], parts.map((part) => [part])]) {
        const events = eventsOf(streamed(batches));
        assert.deepEqual(blocksOf(events), expected);
        assert.equal(events[0]?.event, "message_start");
        assert.deepEqual(events.slice(-2).map(({ event }) => event), ["message_delta", "message_stop"]);
      }
    });
  }

  it("are written as soon as they can be", () => {
    const writer = anthropicMessages.stream?.(factsOf());
    const kinds = (...parts: Part[]) => eventsOf(String(writer?.parts(parts))).map(({ event }) => event);
    assert.deepEqual(kinds(), []);
    assert.deepEqual(kinds({ type: "warning", code: "c", message: "m" }), []);
    assert.deepEqual(kinds({ type: "response", id: "r1" }), ["message_start"]);
    assert.deepEqual(kinds(text("a")), ["content_block_start", "content_block_delta"]);
    assert.deepEqual(kinds(begin(0)), ["content_block_stop", "content_block_start"]);
    assert.deepEqual(kinds(begin(1), piece(1, "{")), []);
    assert.deepEqual(kinds(piece(0, "{}")), ["content_block_delta"]);
    assert.deepEqual(kinds(done(0, "{}")), [
      "content_block_stop",
      "content_block_start",
      "content_block_delta",
    ]);
    assert.deepEqual(kinds(piece(1, "}")), ["content_block_delta"]);
    assert.deepEqual(kinds(done(1, "{}")), ["content_block_stop"]);
  });

  it("keep NUL, line ends and lone surrogates in one line of data", () => {
    const odd = "a\0\n\r\u2028\ud800b";
    assert.deepEqual(blocksOf(eventsOf(streamed([[text(odd)]])))[1], `0+text ${JSON.stringify(odd)}`);
  });

  it("of thousands of calls that wait take no more time each", () => {
    const parts: Part[] = [begin(0)];
    for (let index = 1; index < 20_000; index++) parts.push(begin(index), piece(index, "{}"));
    const before = performance.now();
    const events = eventsOf(streamed([parts]));
    assert.equal(events.filter(({ event }) => event === "content_block_stop").length, 20_000);
    assert.ok(performance.now() - before < 5_000);
  });
});
