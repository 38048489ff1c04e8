/** Requests that are none: each is refused by name, without saying what was in it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/index.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { openaiResponses } from "../../../../src/gateway/formats/openai-responses/index.ts";
import { ask, read } from "./support.ts";

const item = (value: Json): JsonObject => ({ input: [value] });
const content = (value: Json): JsonObject => item({ role: "user", content: [value] });

const table: readonly (readonly [path: string, change: JsonObject])[] = [
  ["model", { model: undefined }],
  ["model", { model: "" }],
  ["model", { model: 5 }],
  ["stream", { stream: "yes" }],
  ["instructions", { instructions: [] }],
  ["input", { input: undefined }],
  ["input", { input: [] }],
  ["input", { input: 5 }],
  ["input", { input: { role: "user", content: "secret" } }],
  ["input[0]", item("secret")],
  ["input[0]", item(null)],
  ["input[0].type", item({ type: 5 })],
  ["input[0].type", item({ content: "secret" })],
  ["input[0].role", item({ role: "robot", content: "secret" })],
  ["input[0].role", item({ type: "message", content: "secret" })],
  ["input[0].content", item({ role: "user" })],
  ["input[0].content", item({ role: "user", content: { secret: 1 } })],
  ["input[0].content", item({ role: "assistant", content: 5 })],
  ["input[0].content[0]", content("secret")],
  ["input[0].content[0].type", content({ type: "input_smell", secret: 1 })],
  ["input[0].content[0].type", content({ type: "__proto__" })],
  ["input[0].content[0].text", content({ type: "input_text", text: ["secret"] })],
  ["input[0].content[0].image_url", content({ type: "input_image" })],
  ["input[0].content[0].image_url", content({ type: "input_image", image_url: { url: "secret" } })],
  ["input[0].content[0].image_url", content({ type: "input_image", image_url: "data:image/png,secret" })],
  ["input[0].content[0].image_url", content({ type: "input_image", image_url: "data:secret" })],
  ["input[0].content[0].detail", content({ type: "input_image", image_url: "https://a.test", detail: 1 })],
  ["input[0].content[0]", content({ type: "input_file", filename: "secret" })],
  ["input[0].content[0]", content({ type: "input_file", file_id: "f", file_url: "secret" })],
  ["input[0].content[0].filename", content({ type: "input_file", file_id: "f", filename: 1 })],
  ["input[0].content[0].input_audio", content({ type: "input_audio" })],
  [
    "input[0].content[0].input_audio.format",
    content({ type: "input_audio", input_audio: { data: "secret" } }),
  ],
  ["input[0].content[0].type", item({ role: "assistant", content: [{ type: "input_image" }] })],
  ["input[0].call_id", item({ type: "function_call", name: "f", arguments: "secret" })],
  ["input[0].name", item({ type: "function_call", call_id: "c", arguments: "secret" })],
  ["input[0].arguments", item({ type: "function_call", call_id: "c", name: "f", arguments: {} })],
  ["input[0].input", item({ type: "custom_tool_call", call_id: "c", name: "f" })],
  ["input[0].call_id", item({ type: "function_call_output", output: "secret" })],
  ["input[0].output", item({ type: "function_call_output", call_id: "c" })],
  [
    "input[0].output[0].text",
    item({ type: "function_call_output", call_id: "c", output: [{ type: "input_text" }] }),
  ],
  ["input[0].summary", item({ type: "reasoning", summary: "secret" })],
  ["input[0].summary[0].text", item({ type: "reasoning", summary: [{}] })],
  ["input[0].encrypted_content", item({ type: "reasoning", summary: [], encrypted_content: 5 })],
  ["tools", { tools: {} }],
  ["tools[0]", { tools: ["secret"] }],
  ["tools[0].type", { tools: [{ name: "f" }] }],
  ["tools[0].name", { tools: [{ type: "function" }] }],
  ["tools[0].description", { tools: [{ type: "function", name: "f", description: 5 }] }],
  ["tools[0].parameters", { tools: [{ type: "function", name: "f", parameters: "secret" }] }],
  ["tools[0].strict", { tools: [{ type: "function", name: "f", strict: "yes" }] }],
  ["tool_choice", { tool_choice: "secret" }],
  ["tool_choice", { tool_choice: 5 }],
  ["tool_choice.type", { tool_choice: {} }],
  ["tool_choice.name", { tool_choice: { type: "function" } }],
  ["tool_choice.mode", { tool_choice: { type: "allowed_tools", mode: "secret", tools: [] } }],
  ["tool_choice.tools", { tool_choice: { type: "allowed_tools", mode: "auto" } }],
  ["text", { text: "secret" }],
  ["text.format", { text: { format: "secret" } }],
  ["text.format.type", { text: { format: { type: "secret" } } }],
  ["text.format.schema", { text: { format: { type: "json_schema", name: "a" } } }],
  ["text.format.name", { text: { format: { type: "json_schema", schema: {} } } }],
  ["reasoning", { reasoning: "secret" }],
  ["reasoning.effort", { reasoning: { effort: 5 } }],
  ["max_output_tokens", { max_output_tokens: 0 }],
  ["max_output_tokens", { max_output_tokens: 1.5 }],
  ["max_output_tokens", { max_output_tokens: "secret" }],
  ["temperature", { temperature: "secret" }],
  ["top_p", { top_p: [] }],
  ["parallel_tool_calls", { parallel_tool_calls: 1 }],
  ["user", { user: 5 }],
  ["safety_identifier", { safety_identifier: {} }],
];

describe("a request is refused that has a wrong", () => {
  for (const [path, change] of table) {
    it(`${path}: ${JSON.stringify(change)}`, () => {
      assert.throws(() => read({ ...ask, ...change }), (error: unknown) => {
        assert.ok(LoomError.is(error, "invalid-request"), String(error));
        assert.equal(error.data.path, path);
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.doesNotMatch(error.message, /secret/);
        const told = openaiResponses.error(error, 400, "req_1") as { readonly error: JsonObject };
        assert.equal(told.error["param"], path);
        assert.equal(told.error["type"], "invalid_request_error");
        return true;
      });
    });
  }

  it("item far down, which is named as the caller counts", () => {
    const input = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: [{ type: "input_text", text: "c" }, { type: "input_image" }] },
    ];
    assert.throws(() => read({ model: "m", input }), { data: { path: "input[2].content[1].image_url" } });
  });
});
