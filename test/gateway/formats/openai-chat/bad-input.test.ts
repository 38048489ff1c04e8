/** What is refused, and the path that the error names. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { userTurn } from "./support.ts";

const user = (content: Json): JsonObject => ({ messages: [{ role: "user", content }] });
const assistant = (change: JsonObject): JsonObject => ({
  messages: [userTurn, { role: "assistant", content: null, ...change }],
});
const tool = (change: JsonObject): JsonObject => ({ tools: [{ type: "function", function: change }] });
const fine = { tools: [{ type: "function", function: { name: "f" } }] };

/** Body, and the path; `secret` stands for what must not be repeated. */
const refused: readonly (readonly [path: string, body: JsonObject])[] = [
  ["model", { model: "" }],
  ["model", { model: null }],
  ["model", { model: ["secret"] }],
  ["stream", { stream: "secret" }],
  ["user", { user: 5 }],
  ["messages", { messages: null }],
  ["messages", { messages: "secret" }],
  ["messages", { messages: {} }],
  ["messages", { messages: [] }],
  ["messages[0]", { messages: ["secret"] }],
  ["messages[0]", { messages: [null] }],
  ["messages[0].role", { messages: [{ content: "secret" }] }],
  ["messages[1].role", { messages: [userTurn, { role: "secret", content: "x" }] }],
  ["messages[0].role", { messages: [{ role: "constructor", content: "x" }] }],
  ["messages[0].content", { messages: [{ role: "user" }] }],
  ["messages[0].content", user(null)],
  ["messages[0].content", user(5)],
  ["messages[0].content", user({ text: "secret" })],
  ["messages[0].name", { messages: [{ role: "user", content: "x", name: 5 }] }],
  ["messages[0].content[0]", user(["secret"])],
  ["messages[0].content[1].type", user([{ type: "text", text: "x" }, { text: "secret" }])],
  ["messages[0].content[0].text", user([{ type: "text", text: 5 }])],
  ["messages[0].content[0].image_url", user([{ type: "image_url" }])],
  ["messages[0].content[0].image_url.url", user([{ type: "image_url", image_url: { url: 5 } }])],
  ["messages[0].content[0].image_url.url", user([{ type: "image_url", image_url: { url: "" } }])],
  [
    "messages[0].content[0].input_audio.data",
    user([{ type: "input_audio", input_audio: { format: "wav" } }]),
  ],
  [
    "messages[0].content[0].input_audio.format",
    user([{ type: "input_audio", input_audio: { data: "secret" } }]),
  ],
  ["messages[0].content[0].file", user([{ type: "file", file: {} }])],
  ["messages[0].content[0].file", user([{ type: "file", file: { file_id: "a", file_data: "b" } }])],
  ["messages[0].content[0].file.file_data", user([{ type: "file", file: { file_data: 5 } }])],
  ["messages[1].tool_calls", assistant({ tool_calls: {} })],
  ["messages[1].tool_calls[0].id", assistant({ tool_calls: [{ function: { name: "f" } }] })],
  ["messages[1].tool_calls[0].type", assistant({ tool_calls: [{ id: "c", type: "secret" }] })],
  ["messages[1].tool_calls[0].function", assistant({ tool_calls: [{ id: "c", type: "function" }] })],
  ["messages[1].tool_calls[0].function.name", assistant({ tool_calls: [{ id: "c", function: {} }] })],
  [
    "messages[1].tool_calls[0].function.arguments",
    assistant({
      tool_calls: [{ id: "c", function: { name: "f", arguments: { secret: 1 } } }],
    }),
  ],
  ["messages[1].function_call.name", assistant({ function_call: { arguments: "{}" } })],
  ["messages[0].tool_call_id", { messages: [{ role: "tool", content: "x" }] }],
  ["messages[0].name", { messages: [{ role: "function", content: "x" }] }],
  ["tools", { tools: {} }],
  ["tools[0]", { tools: ["secret"] }],
  ["tools[0].type", { tools: [{ function: { name: "f" } }] }],
  ["tools[0].function", { tools: [{ type: "function" }] }],
  ["tools[0].function.name", tool({})],
  ["tools[0].function.description", tool({ name: "f", description: 5 })],
  ["tools[0].function.parameters", tool({ name: "f", parameters: "secret" })],
  ["tools[0].function.strict", tool({ name: "f", strict: "secret" })],
  ["functions[0].name", { functions: [{}] }],
  ["tool_choice", { ...fine, tool_choice: "secret" }],
  ["tool_choice", { tool_choice: "required" }],
  ["tool_choice.function.name", { ...fine, tool_choice: { type: "function", function: {} } }],
  ["tool_choice.type", { ...fine, tool_choice: { type: "secret" } }],
  ["tool_choice.allowed_tools.tools", {
    ...fine,
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } },
  }],
  ["function_call", { functions: [{ name: "f" }], function_call: 5 }],
  ["response_format", { response_format: "secret" }],
  ["response_format.type", { response_format: {} }],
  ["response_format.json_schema", { response_format: { type: "json_schema" } }],
  ["response_format.json_schema.schema", {
    response_format: { type: "json_schema", json_schema: { schema: 5 } },
  }],
  ["temperature", { temperature: "secret" }],
  ["max_tokens", { max_tokens: 1.5 }],
  ["max_completion_tokens", { max_completion_tokens: -1 }],
  ["n", { n: 0 }],
  ["n", { n: 1_000_000 }],
  ["stop", { stop: [5] }],
  ["reasoning_effort", { reasoning_effort: {} }],
  ["parallel_tool_calls", { parallel_tool_calls: "secret" }],
];

describe("bad input", () => {
  for (const [path, body] of refused) {
    it(`is refused at ${path}: ${JSON.stringify(body).slice(0, 80)}`, () => {
      assert.throws(() => openaiChat.read({ model: "m1", messages: [userTurn], ...body }, []), (error) => {
        assert.ok(LoomError.is(error, "invalid-request"));
        assert.equal(error.data.path, path);
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.ok(!error.message.includes("secret"), error.message);
        return true;
      });
    });
  }
});
