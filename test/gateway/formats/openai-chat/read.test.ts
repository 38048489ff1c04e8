/** What requests mean: every form that clients send, and the field it becomes. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Message } from "../../../../src/contract/message.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import type { Asked } from "../../../../src/gateway/format.ts";
import { userTurn } from "./support.ts";

function read(body: JsonObject): Asked {
  return openaiChat.read({ model: "m1", messages: [userTurn], ...body }, []);
}

const calls = [{ id: "call_1", type: "function", function: { name: "now", arguments: '{"a": 1}' } }];
const nowCall = { type: "tool-call", id: "call_1", name: "now", arguments: '{"a": 1}' } as const;

const turns: readonly (readonly [name: string, message: JsonObject, read: Message])[] = [
  ["system", { role: "system", content: "Be brief." }, { role: "system", content: "Be brief." }],
  ["developer", { role: "developer", content: "Be brief." }, { role: "system", content: "Be brief." }],
  ["a name", { role: "user", content: "Hi", name: "ann" }, { role: "user", content: "Hi", name: "ann" }],
  ["parts of text", { role: "user", content: [{ type: "text", text: "Hi" }] }, {
    role: "user",
    content: [{ type: "text", text: "Hi" }],
  }],
  ["NUL and lone surrogates", { role: "user", content: "a\u0000b\ud800c" }, {
    role: "user",
    content: "a\u0000b\ud800c",
  }],
  ["a picture by address", {
    role: "user",
    content: [{ type: "image_url", image_url: { url: "https://x.test/a.png", detail: "low" } }],
  }, { role: "user", content: [{ type: "image", url: "https://x.test/a.png", detail: "low" }] }],
  ["a picture by data, with a detail of tomorrow", {
    role: "user",
    content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBO", detail: "huge" } }],
  }, { role: "user", content: [{ type: "image", dataB64: "iVBO", mimeType: "image/png" }] }],
  ["a picture without the object around it", {
    role: "user",
    content: [{ type: "image_url", image_url: "data:image/png;charset=x;base64,iVBO" }],
  }, { role: "user", content: [{ type: "image", dataB64: "iVBO", mimeType: "image/png" }] }],
  ["a picture whose data is not base64", {
    role: "user",
    content: [{ type: "image_url", image_url: { url: "data:image/svg+xml,<svg/>" } }],
  }, { role: "user", content: [{ type: "image", url: "data:image/svg+xml,<svg/>" }] }],
  ["sound", {
    role: "user",
    content: [
      { type: "input_audio", input_audio: { data: "UklG", format: "wav" } },
      { type: "input_audio", input_audio: { data: "SUQz", format: "mp3" } },
    ],
  }, {
    role: "user",
    content: [
      { type: "audio", dataB64: "UklG", mimeType: "audio/wav" },
      { type: "audio", dataB64: "SUQz", mimeType: "audio/mpeg" },
    ],
  }],
  ["files", {
    role: "user",
    content: [
      { type: "file", file: { file_id: "file-1" } },
      { type: "file", file: { file_data: "data:application/pdf;base64,JVBE", filename: "a.pdf" } },
      { type: "file", file: { file_data: "aGk=", filename: "a.txt" } },
      { type: "file", file: { file_data: "https://x.test/a.pdf" } },
    ],
  }, {
    role: "user",
    content: [
      { type: "file", fileId: "file-1" },
      { type: "file", dataB64: "JVBE", mimeType: "application/pdf", filename: "a.pdf" },
      { type: "file", dataB64: "aGk=", mimeType: "text/plain", filename: "a.txt" },
      { type: "file", url: "https://x.test/a.pdf" },
    ],
  }],
  ["vendor marks on parts and turns, and nothing else of a vendor's", {
    role: "user",
    cache_control: { type: "ephemeral" },
    prefix: true,
    content: [{
      type: "text",
      text: "Hi",
      cache_control: { type: "ephemeral" },
      prompt_cache_breakpoint: {},
    }],
  }, {
    role: "user",
    content: [{ type: "text", text: "Hi", extra: { cache_control: { type: "ephemeral" } } }],
    extra: { cache_control: { type: "ephemeral" } },
  }],
  ["a kind of part that only some vendor has", {
    role: "user",
    content: [{ type: "video_url", video_url: { url: "https://x.test/a.mp4" } }],
  }, {
    role: "user",
    content: [{ type: "native", value: { type: "video_url", video_url: { url: "https://x.test/a.mp4" } } }],
  }],
  ["an answer", { role: "assistant", content: "Hi", refusal: null, annotations: [], audio: null }, {
    role: "assistant",
    content: "Hi",
  }],
  ["an answer without words", { role: "assistant" }, { role: "assistant", content: "" }],
  ["a refusal", { role: "assistant", content: null, refusal: "No." }, { role: "assistant", content: "No." }],
  ["a refusal as a part", { role: "assistant", content: [{ type: "refusal", refusal: "No." }] }, {
    role: "assistant",
    content: [{ type: "text", text: "No." }],
  }],
  ["calls without words", { role: "assistant", content: null, tool_calls: calls }, {
    role: "assistant",
    content: [nowCall],
  }],
  ["thinking, words and calls", {
    role: "assistant",
    content: "Let me see.",
    reasoning_content: "Hm.",
    tool_calls: calls,
  }, {
    role: "assistant",
    content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "Let me see." }, nowCall],
  }],
  ["thinking among the parts", {
    role: "assistant",
    content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }, { type: "text", text: "Hi" }],
  }, { role: "assistant", content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "Hi" }] }],
  ["a call of a tool for free text", {
    role: "assistant",
    tool_calls: [{ id: "call_2", type: "custom", custom: { name: "sh", input: "ls" } }],
  }, {
    role: "assistant",
    content: [{
      type: "tool-call",
      id: "call_2",
      name: "sh",
      arguments: "ls",
      extra: { type: "custom", custom: { name: "sh", input: "ls" } },
    }],
  }],
  ["what a vendor tied to its call, as it was written", {
    role: "assistant",
    tool_calls: [{
      ...calls[0] as JsonObject,
      extra_content: { loom: { provider: "gemini", extra: { thoughtSignature: "s1" } } },
    }],
  }, {
    role: "assistant",
    content: [{ ...nowCall, madeBy: "gemini", extra: { thoughtSignature: "s1" } }],
  }],
  ["a result", { role: "tool", tool_call_id: "call_1", content: "12:00" }, {
    role: "tool",
    toolCallId: "call_1",
    content: "12:00",
  }],
];

describe("messages", () => {
  for (const [name, message, expected] of turns) {
    it(`are read: ${name}`, () => {
      assert.deepEqual(read({ messages: [message] }).call.messages, [expected]);
    });
  }

  it("of the older form get ids that tie results to calls", () => {
    const { call } = read({
      messages: [
        { role: "assistant", content: null, function_call: { name: "now", arguments: "{}" } },
        { role: "function", name: "now", content: "12:00" },
        { role: "assistant", content: null, function_call: { name: "now", arguments: "{}" } },
        { role: "function", name: "now", content: null },
        { role: "function", name: "lost", content: "?" },
      ],
    });
    const ids = call.messages.map((message) =>
      message.toolCallId ?? (message.content as readonly { readonly id: string }[])[0]?.id
    );
    assert.deepEqual(ids, [
      "call_function_0",
      "call_function_0",
      "call_function_2",
      "call_function_2",
      "call_function_4",
    ]);
  });

  it("are read in linear time", () => {
    const many = (count: number) => Array.from({ length: count }, () => userTurn);
    const msFor = (count: number) => {
      const messages = many(count);
      const start = performance.now();
      assert.equal(read({ messages }).call.messages.length, count);
      return performance.now() - start;
    };
    msFor(5_000);
    assert.ok(msFor(50_000) < 5_000, "50,000 messages take a moment, even on a busy machine");
  });
});

const now = {
  type: "function",
  function: { name: "now", description: "Time", parameters: { type: "object" } },
};
const nowTool = { name: "now", description: "Time", parameters: { type: "object" } };
const later = { type: "function", function: { name: "later", parameters: null, strict: true } };
const laterTool = { name: "later", strict: true };

const tools: readonly (readonly [name: string, body: JsonObject, read: Partial<Asked["call"]>])[] = [
  ["none", { tools: [], tool_choice: "auto" }, {}],
  ["functions", { tools: [now, later] }, { tools: [nowTool, laterTool] }],
  ["a mark", { tools: [{ ...now, cache_control: { type: "ephemeral" } }] }, {
    tools: [{ ...nowTool, extra: { cache_control: { type: "ephemeral" } } }],
  }],
  ["native ones", {
    tools: [{ type: "custom", custom: { name: "sh" } }, { type: "web_search" }],
    tool_choice: { type: "custom", custom: { name: "sh" } },
  }, {
    tools: [
      { name: "sh", native: { type: "custom", custom: { name: "sh" } } },
      { name: "web_search", native: { type: "web_search" } },
    ],
    toolChoice: { tool: "sh" },
  }],
  ["a hosted one is chosen by its type", {
    tools: [{ type: "web_search" }],
    tool_choice: { type: "web_search" },
  }, { tools: [{ name: "web_search", native: { type: "web_search" } }], toolChoice: { tool: "web_search" } }],
  ["a choice by word", { tools: [now], tool_choice: "required" }, {
    tools: [nowTool],
    toolChoice: "required",
  }],
  ["Mistral's word", { tools: [now], tool_choice: "any" }, { tools: [nowTool], toolChoice: "required" }],
  ["a choice by name", { tools: [now], tool_choice: { type: "function", function: { name: "now" } } }, {
    tools: [nowTool],
    toolChoice: { tool: "now" },
  }],
  ["some allowed", {
    tools: [now, later],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "later" } }] },
    },
  }, { tools: [laterTool], toolChoice: "required" }],
  ["the older form", { functions: [now.function], function_call: { name: "now" } }, {
    tools: [nowTool],
    toolChoice: { tool: "now" },
    params: { parallel_tool_calls: false },
  }],
  ["the older form without a choice", { functions: [now.function] }, {
    tools: [nowTool],
    params: { parallel_tool_calls: false },
  }],
];

describe("tools", () => {
  for (const [name, body, expected] of tools) {
    it(`are read: ${name}`, () => {
      const { messages: _, stream: __, ...call } = read(body).call;
      assert.deepEqual(call, { params: {}, ...expected });
    });
  }
});

describe("the form of an answer", () => {
  const schema = { type: "object", properties: { city: { type: "string" } } };
  const forms: readonly (readonly [name: string, format: JsonObject | null, read: unknown])[] = [
    ["nothing", null, undefined],
    ["text", { type: "text" }, undefined],
    ["JSON mode", { type: "json_object" }, {
      schema: { type: "object", additionalProperties: true },
      name: "output",
      repair: 0,
    }],
    ["a schema", { type: "json_schema", json_schema: { name: "place", schema, strict: true } }, {
      schema,
      name: "place",
      repair: 0,
    }],
  ];
  for (const [name, format, expected] of forms) {
    it(`is read: ${name}`, () => {
      const { call, unknown } = read({ response_format: format });
      assert.deepEqual([call.output, unknown], [expected, []]);
    });
  }

  it("of a vendor's own is left to it", () => {
    const { call, unknown } = read({ response_format: { type: "grammar", grammar: "…" } });
    assert.deepEqual([call.output, unknown], [undefined, ["response_format"]]);
  });
});

describe("fields", () => {
  it("that every dialect understands become params", () => {
    const body = {
      max_tokens: 5,
      temperature: 0.5,
      top_p: 1,
      top_k: 3,
      stop: ["a"],
      seed: 1,
      n: 2,
      presence_penalty: 0,
      frequency_penalty: 0.1,
      reasoning_effort: "low",
      parallel_tool_calls: false,
    };
    const { call, unknown } = read(body);
    assert.deepEqual([call.params, unknown], [body, []]);
  });

  it("that say the same twice count once, the newer one", () => {
    for (
      const body of [{ max_tokens: 5, max_completion_tokens: 9 }, { max_completion_tokens: 9, max_tokens: 5 }]
    ) {
      assert.deepEqual(read(body).call.params, { max_tokens: 9 });
    }
  });

  it("that mean something to some vendors only are unknown, in their order", () => {
    const { call, unknown } = read({ store: true, zz: 1, logit_bias: {}, verbosity: "low", metadata: {} });
    assert.deepEqual([call.params, unknown], [{}, ["store", "zz", "logit_bias", "verbosity", "metadata"]]);
  });

  it("that ask for nothing are not missed", () => {
    const { call, unknown } = read({
      logprobs: false,
      top_logprobs: null,
      service_tier: "auto",
      modalities: ["text"],
      temperature: null,
      stop: null,
      tools: null,
      user: null,
      stream: null,
    });
    assert.deepEqual([call.params, unknown, call.stream], [{}, [], false]);
  });

  it("of the format's own are read", () => {
    const asked = read({ stream: true, stream_options: { include_usage: true }, user: "ann" });
    assert.deepEqual([asked.model, asked.modality, asked.call.stream, asked.user, asked.unknown], [
      "m1",
      "text",
      true,
      "ann",
      [],
    ]);
  });

  it("named `__proto__` change nothing", () => {
    const body = JSON.parse(
      `{"model":"m1","__proto__":{"stream":true},"messages":[{"role":"user","__proto__":{"name":"x"},
        "content":[{"type":"text","text":"Hi","__proto__":{"a":1}}]}],
        "tools":[{"type":"function","function":{"name":"f","__proto__":{"strict":true}}}]}`,
    ) as JsonObject;
    const { call, unknown } = openaiChat.read(body, []);
    assert.deepEqual(call, {
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      params: {},
      stream: false,
      tools: [{ name: "f" }],
    });
    assert.deepEqual(unknown, []);
  });

  it("nested very deeply are not walked", () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 50_000; level++) deep = { deep };
    const { call, unknown } = read({
      deep,
      tools: [{ type: "function", function: { name: "f", parameters: deep } }],
    });
    assert.deepEqual(unknown, ["deep"]);
    assert.equal(call.tools?.[0]?.parameters, deep);
  });
});
