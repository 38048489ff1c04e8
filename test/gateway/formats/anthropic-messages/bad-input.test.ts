/** Requests that cannot be understood are refused with the field's path in Anthropic's form; odd ones are not. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { minimal } from "./support.ts";

const read = (change: JsonObject) => anthropicMessages.read({ ...minimal, ...change }, []);
const user = (content: Json) => ({ messages: [{ role: "user", content }] });
const assistant = (content: Json) => ({ messages: [{ role: "assistant", content }] });
const image = (source: Json) => user([{ type: "image", source }]);
const tool = (fields: JsonObject) => ({ tools: [{ name: "f", input_schema: {}, ...fields }] });

const required = /: Field required/;
const wrongType = /: Input should be /;

const refused: readonly (readonly [change: JsonObject, path: string, message: RegExp])[] = [
  [{ model: undefined }, "model", required],
  [{ model: 1 }, "model", wrongType],
  [{ model: "" }, "model", /name a model/],
  [{ max_tokens: undefined }, "max_tokens", required],
  [{ max_tokens: null }, "max_tokens", wrongType],
  [{ max_tokens: "100" }, "max_tokens", wrongType],
  [{ max_tokens: 1.5 }, "max_tokens", wrongType],
  [{ max_tokens: -1 }, "max_tokens", wrongType],
  [{ temperature: "hot" }, "temperature", wrongType],
  [{ top_k: [] }, "top_k", wrongType],
  [{ stop_sequences: "END" }, "stop_sequences", wrongType],
  [{ stop_sequences: ["a", 1] }, "stop_sequences.1", wrongType],
  [{ stream: "yes" }, "stream", wrongType],
  [{ thinking: "much" }, "thinking", wrongType],
  [{ thinking: {} }, "thinking.type", required],
  [{ thinking: { type: "enabled" } }, "thinking.budget_tokens", required],
  [{ output_config: [] }, "output_config", wrongType],
  [{ output_config: { effort: 1 } }, "output_config.effort", wrongType],
  [{ output_config: { format: { type: "text" } } }, "output_config.format.type", wrongType],
  [{ output_config: { format: { type: "json_schema" } } }, "output_config.format.schema", required],
  [{ output_format: { type: "json_schema", schema: "s" } }, "output_format.schema", wrongType],
  [{ metadata: "u" }, "metadata", wrongType],
  [{ metadata: { user_id: 1 } }, "metadata.user_id", wrongType],
  [{ system: 1 }, "system", wrongType],
  [{ system: ["S"] }, "system.0", wrongType],
  [{ system: [{ type: "text" }] }, "system.0.text", required],
  [{ messages: undefined }, "messages", required],
  [{ messages: {} }, "messages", wrongType],
  [{ messages: [] }, "messages", /at least one/],
  [{ messages: [null] }, "messages.0", wrongType],
  [{ messages: ["Hi"] }, "messages.0", wrongType],
  [{ messages: [{ content: "Hi" }] }, "messages.0.role", required],
  [{ messages: [{ role: "tool", content: "Hi" }] }, "messages.0.role", wrongType],
  [{ messages: [{ role: "user" }] }, "messages.0.content", required],
  [{ messages: [{ role: "user", content: null }] }, "messages.0.content", wrongType],
  [user(["Hi"]), "messages.0.content.0", wrongType],
  [user([[]]), "messages.0.content.0", wrongType],
  [user([{ text: "Hi" }]), "messages.0.content.0.type", required],
  [user([{ type: "text", text: 1 }]), "messages.0.content.0.text", wrongType],
  [image(undefined as never), "messages.0.content.0.source", required],
  [image("https://example.com"), "messages.0.content.0.source", wrongType],
  [image({ type: "url" }), "messages.0.content.0.source.url", required],
  [image({ type: "base64", data: "AAAA" }), "messages.0.content.0.source.media_type", required],
  [image({ type: "base64", media_type: "image/png" }), "messages.0.content.0.source.data", required],
  [user([{ type: "document" }]), "messages.0.content.0.source", required],
  [user([{ type: "tool_result" }]), "messages.0.content.0.tool_use_id", required],
  [user([{ type: "tool_result", tool_use_id: "t", content: 1 }]), "messages.0.content.0.content", wrongType],
  [
    user([{ type: "tool_result", tool_use_id: "t", content: [{ type: "image", source: { type: "url" } }] }]),
    "messages.0.content.0.content.0.source.url",
    required,
  ],
  [
    user([{ type: "tool_result", tool_use_id: "t", is_error: "yes" }]),
    "messages.0.content.0.is_error",
    wrongType,
  ],
  [assistant([{ type: "thinking", signature: "S" }]), "messages.0.content.0.thinking", required],
  [assistant([{ type: "tool_use", name: "f" }]), "messages.0.content.0.id", required],
  [assistant([{ type: "tool_use", id: "t", name: 1 }]), "messages.0.content.0.name", wrongType],
  [{ tools: {} }, "tools", wrongType],
  [{ tools: [1] }, "tools.0", wrongType],
  [tool({ name: undefined }), "tools.0.name", required],
  [tool({ input_schema: undefined }), "tools.0.input_schema", required],
  [tool({ description: 1 }), "tools.0.description", wrongType],
  [tool({ strict: "yes" }), "tools.0.strict", wrongType],
  [tool({ type: 1 }), "tools.0.type", wrongType],
  [{ tool_choice: "auto" }, "tool_choice", wrongType],
  [{ tool_choice: { type: "all" } }, "tool_choice.type", wrongType],
  [{ tool_choice: { type: "tool" } }, "tool_choice.name", required],
];

describe("refused, with the path", () => {
  for (const [change, path, message] of refused) {
    it(`${path} of ${JSON.stringify(change)}`, () => {
      assert.throws(() => read(change), (error) => {
        assert.ok(LoomError.is(error, "invalid-request"), String(error));
        assert.deepEqual(error.data, { path });
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("a tool's input that is nested too deeply for the runtime to write", () => {
    let input: Json = 1;
    for (let depth = 0; depth < 200_000; depth++) input = [input];
    const block = { type: "tool_use", id: "t", name: "f", input: { input } };
    try {
      const [turn] = read(assistant([block])).call.messages;
      const [part] = turn?.content as readonly { readonly arguments: string }[];
      assert.equal(part?.arguments.length, 400_011);
    } catch (error) {
      assert.ok(LoomError.is(error, "invalid-request"), String(error));
      assert.deepEqual(error.data, { path: "messages.0.content.0.input" });
    }
  });
});

describe("not refused", () => {
  it("NUL and lone surrogates, which stay as they are", () => {
    const text = "a\0b\ud800c";
    const { messages } = read(user([{ type: "text", text }])).call;
    assert.deepEqual(messages[0]?.content, [{ type: "text", text }]);
    const document = { type: "document", source: { type: "text", media_type: "text/plain", data: "\ud800" } };
    assert.deepEqual(read(user([document])).call.messages[0]?.content, [
      { type: "file", dataB64: "77+9", mimeType: "text/plain" },
    ]);
  });

  it("keys named __proto__, which are keys like any other", () => {
    const body = JSON.parse(
      `{"model":"m","max_tokens":1,"__proto__":{"stream":true},"messages":[{"role":"user","__proto__":{"role":"system"},` +
        `"content":[{"type":"text","text":"a","__proto__":{"polluted":1},"x":null}]}]}`,
    ) as JsonObject;
    const { call, unknown } = anthropicMessages.read(body, []);
    assert.equal(call.stream, false);
    assert.deepEqual(unknown, ["__proto__"]);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    assert.equal(
      JSON.stringify(call.messages),
      '[{"role":"user","content":[{"type":"text","text":"a","extra":{"__proto__":{"polluted":1}}}],' +
        '"extra":{"__proto__":{"role":"system"}}}]',
    );
  });

  it("50,000 turns, in time that grows with their number", () => {
    const turnsOf = (count: number) =>
      Array.from(
        { length: count },
        (_, index): Json =>
          index % 2 === 0
            ? { role: "user", content: [{ type: "tool_result", tool_use_id: `t${index - 1}`, content: "x" }] }
            : { role: "assistant", content: [{ type: "tool_use", id: `t${index}`, name: "f", input: {} }] },
      );
    const takes = (count: number): number => {
      const messages = turnsOf(count);
      const before = performance.now();
      assert.equal(read({ messages }).call.messages.length, count);
      return performance.now() - before;
    };
    takes(1_000);
    // A reader that looks back at all turns for each would take minutes.
    assert.ok(takes(50_000) < 5_000);
  });

  it("a document of a million characters", () => {
    const data = "ä€😀b".repeat(250_000);
    const { messages } = read(user([{ type: "document", source: { type: "text", data } }])).call;
    const [file] = messages[0]?.content as readonly { readonly dataB64: string }[];
    const bytes = Uint8Array.from(atob(file?.dataB64 ?? ""), (character) => character.charCodeAt(0));
    assert.equal(new TextDecoder().decode(bytes), data);
  });
});
