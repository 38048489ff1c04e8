/** What requests become: a table of bodies and calls. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, Message } from "../../../../src/contract/index.ts";
import type { Asked } from "../../../../src/gateway/format.ts";
import { holdsForeignItems } from "../../../../src/gateway/formats/openai-responses/own-items.ts";
import { ask, read } from "./support.ts";

const schema = { type: "object", properties: { city: { type: "string" } } };
const made = { madeBy: "openai-responses" };

const conversations: Readonly<
  Record<string, { readonly body: JsonObject; readonly messages: readonly Message[] }>
> = {
  "a plain text": {
    body: { input: "Hi" },
    messages: [{ role: "user", content: "Hi" }],
  },
  "instructions come first": {
    body: { instructions: "Be brief.", input: [{ role: "developer", content: "Be kind." }] },
    messages: [{ role: "system", content: "Be brief." }, { role: "system", content: "Be kind." }],
  },
  "pictures, documents and sound": {
    body: {
      input: [{
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Look" },
          { type: "input_image", image_url: "https://a.test/b.png", detail: "low" },
          { type: "input_image", image_url: "data:image/png;base64,aGk=", detail: "auto", file_id: null },
          { type: "input_image", file_id: "file-1", detail: "original" },
          { type: "input_file", file_data: "data:application/pdf;base64,JVBE", filename: "a.pdf" },
          { type: "input_file", file_data: "JVBE" },
          { type: "input_file", file_url: "https://a.test/a.pdf" },
          { type: "input_file", file_id: "file-2" },
          { type: "input_audio", input_audio: { data: "aGk=", format: "mp3" } },
        ],
      }],
    },
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "Look" },
        { type: "image", detail: "low", url: "https://a.test/b.png" },
        { type: "image", mimeType: "image/png", dataB64: "aGk=" },
        { type: "image", detail: "high", extra: { file_id: "file-1" } },
        { type: "file", filename: "a.pdf", mimeType: "application/pdf", dataB64: "JVBE" },
        { type: "file", mimeType: "application/pdf", dataB64: "JVBE" },
        { type: "file", url: "https://a.test/a.pdf" },
        { type: "file", fileId: "file-2" },
        { type: "audio", dataB64: "aGk=", mimeType: "audio/mpeg" },
      ],
    }],
  },
  "neighbouring items of the assistant are one turn, results are turns of their own": {
    body: {
      input: [
        { role: "user", content: "Weather?" },
        { role: "assistant", content: [{ type: "output_text", text: "I look.", annotations: [] }] },
        { type: "function_call", id: "fc_1", call_id: "c1", name: "w", arguments: "{}", status: "completed" },
        { type: "function_call", id: "fc_loom_x_1", call_id: "c2", name: "w", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "3" },
        { type: "function_call_output", call_id: "c2", output: [{ type: "input_text", text: "4" }] },
        { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
      ],
    },
    messages: [
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: [
          { type: "text", text: "I look." },
          { type: "tool-call", id: "c1", name: "w", arguments: "{}", extra: { id: "fc_1" }, ...made },
          { type: "tool-call", id: "c2", name: "w", arguments: "{}" },
        ],
      },
      { role: "tool", toolCallId: "c1", content: "3" },
      { role: "tool", toolCallId: "c2", content: [{ type: "text", text: "4" }] },
      { role: "assistant", content: "No." },
    ],
  },
  "calls of tools that take free text": {
    body: {
      input: [
        { type: "custom_tool_call", call_id: "c1", name: "sql", input: "select 1" },
        { type: "custom_tool_call_output", call_id: "c1", output: "1" },
        { type: "custom_tool_call", call_id: "xs_call_1", name: "x_search", input: "a" },
      ],
    },
    messages: [
      {
        role: "assistant",
        content: [{
          type: "tool-call",
          id: "c1",
          name: "sql",
          arguments: "select 1",
          extra: { type: "custom_tool_call" },
          ...made,
        }],
      },
      { role: "tool", toolCallId: "c1", content: "1" },
      {
        role: "assistant",
        content: [{
          type: "native",
          value: { type: "custom_tool_call", call_id: "xs_call_1", name: "x_search", input: "a" },
          ...made,
        }],
      },
    ],
  },
  "thinking goes back whole, and the message after it with its id": {
    body: {
      input: [
        {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "a" }, { type: "summary_text", text: "b" }],
          encrypted_content: "gAAA",
        },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "Hi", annotations: [] }],
        },
      ],
    },
    messages: [{
      role: "assistant",
      content: [
        { type: "reasoning", text: "a\n\nb" },
        {
          type: "native",
          value: {
            type: "reasoning",
            id: "rs_1",
            summary: [{ type: "summary_text", text: "a" }, { type: "summary_text", text: "b" }],
            encrypted_content: "gAAA",
          },
          ...made,
        },
        {
          type: "native",
          value: { type: "message", id: "msg_1", status: "completed", role: "assistant" },
          ...made,
        },
        { type: "text", text: "Hi" },
      ],
    }],
  },
  "thinking without an id is its text and its proof": {
    body: { input: [{ type: "reasoning", summary: [], encrypted_content: "gAAA" }] },
    messages: [{
      role: "assistant",
      content: [{ type: "reasoning", text: "", signature: "gAAA", ...made }],
    }],
  },
  "a message alone has no frame, one with a phase has": {
    body: {
      input: [
        { type: "message", id: "msg_1", role: "assistant", status: "completed", content: "a" },
        { role: "user", content: "b" },
        { role: "assistant", phase: "commentary", content: "c" },
      ],
    },
    messages: [
      { role: "assistant", content: "a" },
      { role: "user", content: "b" },
      {
        role: "assistant",
        content: [
          { type: "native", value: { type: "message", role: "assistant", phase: "commentary" }, ...made },
          { type: "text", text: "c" },
        ],
      },
    ],
  },
  "what only the vendor understands": {
    body: {
      input: [
        { type: "item_reference", id: "rs_9" },
        { id: "msg_9" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { type: "computer_call_output", call_id: "c", output: {} },
      ],
    },
    messages: [{
      role: "assistant",
      content: [
        { type: "native", value: { type: "item_reference", id: "rs_9" }, ...made },
        { type: "native", value: { id: "msg_9" }, ...made },
        { type: "native", value: { type: "web_search_call", id: "ws_1", status: "completed" }, ...made },
        { type: "native", value: { type: "computer_call_output", call_id: "c", output: {} }, ...made },
      ],
    }],
  },
};

describe("reading a conversation", () => {
  for (const [name, { body, messages }] of Object.entries(conversations)) {
    it(name, () => assert.deepEqual(read({ model: "m", ...body }).call.messages, messages));
  }
});

type Rest = Omit<Asked, "call" | "modality" | "model"> & Partial<Asked["call"]>;

const requests: Readonly<Record<string, { readonly body: JsonObject; readonly asked: Partial<Rest> }>> = {
  "params under their portable names": {
    body: {
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      reasoning: { effort: "high" },
      text: { verbosity: "low" },
      stream: true,
      user: "alice",
    },
    asked: {
      params: {
        max_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        parallel_tool_calls: false,
        reasoning_effort: "high",
      },
      stream: true,
      user: "alice",
      unknown: ["text.verbosity"],
    },
  },
  "null is nothing": {
    body: {
      max_output_tokens: null,
      temperature: null,
      tools: null,
      tool_choice: null,
      reasoning: null,
      text: { format: null },
      instructions: null,
      stream: null,
      store: null,
      user: null,
      background: false,
      truncation: "disabled",
      service_tier: "auto",
      safety_identifier: "s",
    },
    asked: { params: {}, stream: false, unknown: [], user: "s" },
  },
  "what only OpenAI knows": {
    body: {
      store: false,
      include: ["reasoning.encrypted_content"],
      truncation: "auto",
      service_tier: "flex",
      metadata: { a: "b" },
      max_tool_calls: 3,
      reasoning: { effort: "low", summary: "auto" },
      stream_options: { include_obfuscation: false },
      never_heard_of: 1,
    },
    asked: {
      params: { reasoning_effort: "low" },
      unknown: [
        "store",
        "include",
        "truncation",
        "service_tier",
        "metadata",
        "max_tool_calls",
        "never_heard_of",
        "reasoning.summary",
      ],
    },
  },
  "tools": {
    body: {
      tools: [
        {
          type: "function",
          name: "w",
          description: "d",
          parameters: schema,
          strict: true,
          defer_loading: true,
          async: false,
        },
        { type: "function", name: "now", parameters: null, strict: null, description: null },
        { type: "web_search" },
        { type: "custom", name: "sql", format: { type: "text" } },
        { type: "mcp", server_label: "maps", server_url: "https://a.test" },
      ],
      tool_choice: { type: "web_search" },
    },
    asked: {
      tools: [
        { name: "w", description: "d", parameters: schema, strict: true, extra: { defer_loading: true } },
        { name: "now" },
        { name: "web_search", native: { type: "web_search" } },
        { name: "sql", native: { type: "custom", name: "sql", format: { type: "text" } } },
        { name: "maps", native: { type: "mcp", server_label: "maps", server_url: "https://a.test" } },
      ],
      toolChoice: { tool: "web_search" },
    },
  },
  "a choice among some of the tools": {
    body: {
      tools: [{ type: "function", name: "a" }, { type: "function", name: "b" }],
      tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "b" }] },
    },
    asked: { tools: [{ name: "b" }], toolChoice: "required" },
  },
  "a choice of one function, one free text tool, one server": {
    body: { tools: [{ type: "function", name: "a" }], tool_choice: { type: "function", name: "a" } },
    asked: { toolChoice: { tool: "a" } },
  },
  "a schema": {
    body: { text: { format: { type: "json_schema", name: "place", schema, strict: true } } },
    asked: { output: { schema, name: "place", repair: 0 } },
  },
  "any object": {
    body: { text: { format: { type: "json_object" } } },
    asked: { output: { schema: { type: "object" }, name: "output", repair: 0 } },
  },
};

describe("reading a request", () => {
  for (const [name, { body, asked }] of Object.entries(requests)) {
    it(name, () => {
      const { call, modality, model, ...rest } = read({ ...ask, ...body });
      assert.deepEqual([modality, model], ["text", "claude"]);
      const actual: Readonly<Record<string, unknown>> = { ...rest, ...call };
      for (const [field, value] of Object.entries(asked)) assert.deepEqual(actual[field], value, field);
    });
  }

  it("may have no input where the vendor holds the conversation", () => {
    for (const name of ["previous_response_id", "conversation", "background", "prompt"]) {
      const body = { model: "m", [name]: name === "background" ? true : "x" };
      assert.deepEqual(read(body).call.messages, []);
      assert.deepEqual(read(body).unknown, [name]);
    }
    assert.throws(() => read({ model: "m", background: false, conversation: null }), {
      data: { path: "input" },
    });
  });

  it("keeps NUL, lone surrogates and keys named __proto__ as data", () => {
    const body = JSON.parse(
      `{"model":"m","__proto__":{"a":1},"input":[{"role":"user","content":"\\u0000\\ud800"},` +
        `{"type":"function_call","call_id":"c","name":"f","arguments":"","__proto__":{"id":"x"}},` +
        `{"type":"__proto__","__proto__":{"type":"message"}},{"type":"constructor"}]}`,
    );
    const { call: { messages }, unknown } = read(body);
    assert.deepEqual(unknown, []);
    assert.equal(messages[0]?.content, "\0\ud800");
    const [called] = messages[1]?.content as readonly { readonly extra?: object }[];
    assert.deepEqual(Object.keys(called?.extra ?? {}), ["__proto__"]);
    assert.equal(messages[1]?.content.length, 3);
  });

  it("is linear in the number of items", () => {
    const items = (count: number) => ({
      model: "m",
      input: Array.from({ length: count }, (_, index) => ({
        type: "message",
        id: `msg_${index}`,
        role: "assistant",
        content: [{ type: "output_text", text: "a" }],
      })),
    });
    const timed = (count: number) => {
      const body = items(count);
      const before = performance.now();
      read(body);
      return performance.now() - before;
    };
    timed(5_000);
    const few = timed(5_000);
    assert.ok(timed(50_000) < Math.max(500, few * 60), "50,000 items take more than ten times as long");
  });
});

describe("what Loom wrote for another vendor", () => {
  const rows: readonly (readonly [JsonObject, boolean])[] = [
    [{ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" }, false],
    [{ type: "reasoning", id: "rs_loom_call_1_0", summary: [] }, true],
    [{ type: "reasoning", summary: [], encrypted_content: 'loom:{"madeBy":"a","signature":"s"}' }, true],
    [{ type: "function_call", id: "fc_loom_call_1_0", call_id: "c", name: "f", arguments: "" }, false],
    [{ type: "function_call", call_id: "c", name: "f", arguments: "", extra_content: {} }, false],
    [{ type: "function_call", call_id: "c", extra_content: { loom: { provider: "a", extra: {} } } }, true],
    [{ type: "message", id: "msg_loom_call_1_0", role: "assistant", content: "a" }, false],
    [{ type: "image_generation_call", id: "ig_loom_call_1_0", result: "aGk=" }, true],
  ];
  for (const [item, foreign] of rows) {
    it(`${foreign ? "is" : "is not"} ${JSON.stringify(item)}`, () => {
      assert.equal(holdsForeignItems({ model: "m", input: [item] }), foreign);
    });
  }
  it("is not a plain text", () => assert.equal(holdsForeignItems(ask), false));
});
