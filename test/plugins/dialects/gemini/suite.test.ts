/** The conformance suite, for both services. */

import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, gemini, vertex } from "./support.ts";

const event = (text: string, finishReason?: string) => ({
  event: "",
  data: JSON.stringify({
    candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason, index: 0 }],
    responseId: "r1",
  }),
});

for (const manifest of [gemini, vertex]) {
  dialectSuite((name, body) => test(`${manifest.id} ${name}`, body), () => dialect, {
    manifest,
    calls: [
      { call: { tools: [{ name: "now" }], toolChoice: "required" } },
      {
        call: {
          messages: [{ role: "user", content: [{ type: "image", url: "https://example.com/a.png" }] }],
        },
      },
      {
        call: {
          output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value },
          params: { max_tokens: 1, temperature: 2, n: 2, reasoning_effort: "high" },
        },
        target: { upstreamModel: "gemini-2.5-flash" },
      },
      { call: { modality: "embedding", messages: [], input: ["a", "b"] } },
      { call: { modality: "image", messages: [], prompt: "a cat" } },
      { call: { modality: "video", messages: [], prompt: "a cat" } },
      { call: { modality: "speech", messages: [], prompt: "a cat" } },
    ],
    reply: {
      candidates: [{
        content: { role: "model", parts: [{ text: "Hi there." }] },
        finishReason: "STOP",
        index: 0,
      }],
      responseId: "r1",
    },
    stream: [event("Hi "), event("there."), event("", "STOP")],
    text: "Hi there.",
  });
}
