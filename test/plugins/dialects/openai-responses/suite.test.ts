/** The suite that every dialect passes. */

import { test } from "node:test";
import { dialectSuite } from "../../../../src/testing/dialect-suite.ts";
import { dialect, openai } from "./support.ts";

const message = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Hi there.", annotations: [] }],
};
const response = { id: "resp_1", object: "response", model: "m1", status: "completed", output: [message] };
const event = (type: string, fields: object) => ({
  event: type,
  data: JSON.stringify({ type, ...fields }),
});
const delta = (text: string) =>
  event("response.output_text.delta", {
    output_index: 0,
    content_index: 0,
    item_id: "msg_1",
    delta: text,
  });

dialectSuite((name, body) => test(name, body), () => dialect, {
  manifest: openai,
  calls: [
    { call: { tools: [{ name: "now" }], toolChoice: "required" } },
    {
      call: { messages: [{ role: "user", content: [{ type: "image", url: "https://example.com/a.png" }] }] },
    },
    {
      call: {
        output: { name: "x", schema: { type: "object" }, repair: 0, validate: (value) => value },
        params: { max_tokens: 1, temperature: 2, stop: ["x"] },
      },
    },
  ],
  reply: response,
  stream: [
    event("response.created", { response: { ...response, status: "in_progress", output: [] } }),
    event("response.output_item.added", { output_index: 0, item: { ...message, content: [] } }),
    delta("Hi "),
    delta("there."),
    event("response.output_item.done", { output_index: 0, item: message }),
    event("response.completed", { response }),
  ],
  text: "Hi there.",
});
