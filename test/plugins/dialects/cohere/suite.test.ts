import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, manifest } from "./support.ts";

const event = (type: string, more: object = {}) => ({ event: type, data: JSON.stringify({ type, ...more }) });
const text = (words: string) => ({ index: 0, delta: { message: { content: { text: words } } } });

dialectSuite(test, () => dialect, {
  manifest,
  calls: [
    { call: { tools: [{ name: "now" }], toolChoice: "required" } },
    {
      call: { messages: [{ role: "user", content: [{ type: "image", url: "https://example.com/a.png" }] }] },
    },
    {
      call: {
        output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value },
        params: { max_tokens: 1, temperature: 2, n: 2, reasoning_effort: "low" },
      },
    },
    { call: { modality: "embedding", messages: [], input: ["a", "b"] } },
    { call: { modality: "rerank", messages: [], prompt: "q", input: ["a", "b"] } },
  ],
  reply: {
    id: "c1",
    message: { role: "assistant", content: [{ type: "text", text: "Hi there." }] },
    finish_reason: "COMPLETE",
  },
  stream: [
    event("message-start", { id: "c1", delta: { message: { role: "assistant" } } }),
    event("content-start", { index: 0, delta: { message: { content: { type: "text", text: "" } } } }),
    event("content-delta", text("Hi ")),
    event("content-delta", text("there.")),
    event("content-end", { index: 0 }),
    event("message-end", { delta: { finish_reason: "COMPLETE" } }),
  ],
  text: "Hi there.",
});
