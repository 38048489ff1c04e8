import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, manifest } from "./support.ts";

const event = (type: string, payload: object) => ({ event: type, data: JSON.stringify(payload) });
const text = (words: string) => event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: words } });

dialectSuite(test, () => dialect, {
  manifest,
  calls: [
    { call: { tools: [{ name: "now" }], toolChoice: "required" } },
    {
      call: {
        messages: [{ role: "user", content: [{ type: "image", dataB64: "aGk=", mimeType: "image/png" }] }],
        params: {
          max_tokens: 1,
          temperature: 1,
          top_k: 2,
          n: 2,
          reasoning_effort: "low",
          cache_system: true,
        },
      },
    },
    { call: { output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value } } },
    { call: { modality: "embedding", messages: [], input: ["a"] } },
  ],
  reply: {
    output: { message: { role: "assistant", content: [{ text: "Hi there." }] } },
    stopReason: "end_turn",
  },
  stream: [
    event("messageStart", { role: "assistant" }),
    text("Hi "),
    text("there."),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    event("messageStop", { stopReason: "end_turn" }),
    event("metadata", { usage: { inputTokens: 1, outputTokens: 2 } }),
  ],
  text: "Hi there.",
});
