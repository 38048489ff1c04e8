import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, vendor } from "./support.ts";

const chunk = (delta: object, finish: string | null = null): string =>
  JSON.stringify({ id: "c1", model: "m1", choices: [{ index: 0, delta, finish_reason: finish }] });

for (const id of ["openai", "mistral", "groq", "minimax"]) {
  dialectSuite((name, body) => test(`${id} ${name}`, body), () => dialect, {
    manifest: vendor(id),
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
          params: { max_tokens: 1, temperature: 2, n: 2 },
        },
      },
    ],
    reply: {
      id: "c1",
      model: "m1",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi there." }, finish_reason: "stop" }],
    },
    stream: [
      { event: "", data: chunk({ role: "assistant", content: "" }) },
      { event: "", data: chunk({ content: "Hi " }) },
      { event: "", data: chunk({ content: "there." }) },
      { event: "", data: chunk({}, "stop") },
      { event: "", data: "[DONE]" },
    ],
    text: "Hi there.",
  });
}
