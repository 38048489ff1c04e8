import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, vendor } from "./support.ts";

const usage = { input_tokens: 3, output_tokens: 4 };
const event = (type: string, fields: object) => ({ event: type, data: JSON.stringify({ type, ...fields }) });

dialectSuite(test, () => dialect, {
  manifest: vendor(),
  calls: [
    { call: { tools: [{ name: "now" }], toolChoice: "required" } },
    {
      call: { messages: [{ role: "user", content: [{ type: "image", url: "https://example.com/a.png" }] }] },
    },
    {
      call: { output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value } },
      target: {
        upstreamModel: "claude-opus-4-6-m1-2026",
        params: { max_tokens: 1, temperature: 2, reasoning_effort: "high" },
      },
    },
  ],
  reply: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m1-2026",
    content: [{ type: "text", text: "Hi there." }],
    stop_reason: "end_turn",
    usage,
  },
  stream: [
    event("message_start", { message: { id: "msg_1", model: "m1-2026", content: [], usage } }),
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hi " } }),
    event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "there." } }),
    event("content_block_stop", { index: 0 }),
    event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } }),
    event("message_stop", {}),
  ],
  text: "Hi there.",
});
