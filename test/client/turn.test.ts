/** The answer as a turn: what the next call sends back. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContentPart } from "../../src/contract/message.ts";
import type { Part } from "../../src/contract/part.ts";
import { turnOf } from "../../src/client/turn.ts";

const call: Part = {
  type: "tool-call",
  index: 0,
  id: "c1",
  name: "look",
  arguments: "{}",
  extra: { sig: "x" },
};
const madeBy = "acme";

const rows:
  readonly (readonly [title: string, parts: readonly Part[], content: string | readonly ContentPart[]])[] = [
    ["plain text stays a string", [{ type: "text", text: "a" }, { type: "text", text: "b" }], "ab"],
    ["an answer of nothing is an empty string", [{ type: "finish", reason: "stop" }], ""],
    [
      "pieces are joined, and a signature closes its block",
      [
        { type: "reasoning", text: "so " },
        { type: "reasoning", text: "then" },
        { type: "reasoning", text: "", signature: "s1" },
        { type: "reasoning", text: "again" },
        { type: "text", text: "yes" },
      ],
      [
        { type: "reasoning", text: "so then", signature: "s1", madeBy },
        { type: "reasoning", text: "again", madeBy },
        { type: "text", text: "yes", madeBy },
      ],
    ],
    [
      "order, calls and native blocks are kept; pieces of calls and other alternatives are not",
      [
        { type: "text", text: "let me see" },
        { type: "tool-call-start", index: 0, id: "c1", name: "look" },
        { type: "tool-call-delta", index: 0, text: "{}" },
        call,
        { type: "native", value: { type: "web_search_call" } },
        { type: "text", text: "other", choice: 1 },
        { type: "text", text: "done" },
      ],
      [
        { type: "text", text: "let me see", madeBy },
        { type: "tool-call", id: "c1", name: "look", arguments: "{}", extra: { sig: "x" }, madeBy },
        { type: "native", value: { type: "web_search_call" }, madeBy },
        { type: "text", text: "done", madeBy },
      ],
    ],
    [
      "a signature alone is a block",
      [{ type: "reasoning", text: "", signature: "enc" }, { type: "text", text: "x" }],
      [{ type: "reasoning", text: "", signature: "enc", madeBy }, { type: "text", text: "x", madeBy }],
    ],
    [
      "a signed text is not plain",
      [{ type: "text", text: "x" }, { type: "text", text: "", signature: "t1" }],
      [{ type: "text", text: "x", signature: "t1", madeBy }],
    ],
  ];

describe("turnOf()", () => {
  for (const [title, parts, content] of rows) {
    it(title, () => {
      const text = parts.map((part) => part.type === "text" && !part.choice ? part.text : "").join("");
      assert.deepEqual(turnOf(parts, text, madeBy), { role: "assistant", content });
    });
  }
});
