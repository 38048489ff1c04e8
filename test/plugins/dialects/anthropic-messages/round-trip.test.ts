/** What an answer holds goes back in the next turn, block by block, unchanged. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import type { Message } from "../../../../src/contract/message.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { turnOf } from "../../../../src/client/turn.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, encoded, headOf } from "./support.ts";

const text = (parts: readonly Part[]): string =>
  parts.map((part) => part.type === "text" ? part.text : "").join("");

/** The assistant's message as it is sent in the call after the answer. */
function sentBack(parts: readonly Part[], madeBy = "anthropic"): unknown {
  const turn: Message = turnOf(parts, text(parts), madeBy);
  const { body } = encoded({
    messages: [{ role: "user", content: "Hi" }, turn, { role: "user", content: "Go on." }],
  });
  return (body["messages"] as { readonly content: unknown }[])[1]?.content;
}

const blocks: readonly Json[] = [
  { type: "thinking", thinking: "first", signature: "S1" },
  { type: "thinking", thinking: "", signature: "S2" },
  { type: "redacted_thinking", data: "D" },
  { type: "text", text: "I will look." },
  {
    type: "server_tool_use",
    id: "srvtoolu_1",
    name: "web_search",
    input: { query: "x" },
    caller: { type: "direct" },
  },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [{ type: "web_search_result", encrypted_content: "E" }],
  },
  { type: "text", text: "Found it." },
  { type: "tool_use", id: "toolu_1", name: "f", input: { a: [1, { b: null }] }, caller: { type: "direct" } },
  { type: "tool_use", id: "toolu_2", name: "g", input: {} },
];

/** The same blocks, as a stream gives them. */
function streamed(): readonly Part[] {
  const decoder = codec().decodeStream(headOf());
  const parts: Part[] = [];
  const push = (data: object) => parts.push(...decoder.event({ event: "", data: JSON.stringify(data) }));
  push({ type: "message_start", message: { id: "msg_1", content: [] } });
  blocks.forEach((given, index) => {
    const block = given as Record<string, Json>;
    const delta = (fields: object) => push({ type: "content_block_delta", index, delta: fields });
    const streams = block["type"] === "text" || block["type"] === "thinking" || "input" in block;
    const empty = { text: "", thinking: "", signature: "", input: {} };
    const start = streams
      ? Object.fromEntries(
        Object.entries(block).map(([name, value]) => [name, name in empty ? empty[name as "text"] : value]),
      )
      : block;
    push({ type: "content_block_start", index, content_block: start });
    if (block["type"] === "text") {
      for (const piece of String(block["text"])) delta({ type: "text_delta", text: piece });
    }
    if (block["type"] === "thinking") {
      delta({ type: "thinking_delta", thinking: block["thinking"] });
      delta({ type: "signature_delta", signature: block["signature"] });
    }
    if (streams && "input" in block) {
      delta({ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) });
    }
    push({ type: "content_block_stop", index });
  });
  push({ type: "message_delta", delta: { stop_reason: "tool_use" } });
  push({ type: "message_stop" });
  return parts;
}

describe("a turn goes back as it came", () => {
  it("whole", () => {
    const body = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: blocks,
      stop_reason: "tool_use",
    };
    assert.deepEqual(sentBack(partsOf(codec().decode(body as Json, headOf()))), blocks);
  });

  it("streamed", () => {
    assert.deepEqual(sentBack(streamed()), blocks);
  });

  for (
    const name of [
      "whole-tool-search",
      "whole-mcp",
      "whole-result-of-another-turn",
      "whole-compaction",
      "whole-programmatic-calls",
    ]
  ) {
    it(`as recorded: ${name}`, async () => {
      const file = new URL(`fixtures/${name}.json`, import.meta.url);
      const { body } = JSON.parse(await readFile(file, "utf8")) as {
        readonly body: Json & { readonly content: Json };
      };
      assert.deepEqual(sentBack(partsOf(codec().decode(body, headOf()))), body.content);
    });
  }

  it("but to another provider only what that understands", () => {
    assert.deepEqual(sentBack(streamed(), "vertex"), [
      { type: "text", text: "I will look." },
      { type: "text", text: "Found it." },
      { type: "tool_use", id: "toolu_1", name: "f", input: { a: [1, { b: null }] } },
      { type: "tool_use", id: "toolu_2", name: "g", input: {} },
    ]);
  });
});
