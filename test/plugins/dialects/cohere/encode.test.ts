import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/contract/call.ts";
import type { ContentPart, Message } from "../../../../src/contract/message.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codec } from "./support.ts";

interface Sent {
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

function sent(call: Partial<Call>, upstreamModel = "command-a-reasoning-08-2025"): Sent {
  const request = codec.encode(fakeAttempting({ call, target: { upstreamModel } }));
  return { body: jsonOf(request), warnings: request.warnings?.map(({ code }) => code) ?? [] };
}

const older = "command-a-03-2025";
const tools = [{ name: "a" }, { name: "b" }];
const encodedTool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});
const turn = (role: Message["role"], ...content: ContentPart[]): Partial<Call> => ({
  messages: [{ role, content, ...(role === "tool" && { toolCallId: "t1" }) }],
});
const output = {
  name: "x",
  schema: { type: "object" },
  repair: 0,
  validate: (value: unknown) => value,
} as const;

describe("encode", () => {
  const fields: readonly [string, Partial<Call>, Record<string, unknown>, string[]?, string?][] = [
    ["portable params", {
      params: { max_tokens: 5, top_p: 0.5, top_k: 3, stop: "x", seed: 1, temperature: 0 },
    }, {
      max_tokens: 5,
      p: 0.5,
      k: 3,
      stop_sequences: ["x"],
      seed: 1,
      temperature: 0,
    }],
    ["a vendor's name before the portable one", { params: { p: 0.1, top_p: 0.9 } }, {
      p: 0.1,
      top_p: undefined,
    }],
    ["bounds", { params: { presence_penalty: -2, top_p: 1 } }, { presence_penalty: 0, p: 0.99 }, [
      "param-clamped",
      "param-clamped",
    ]],
    ["what it cannot do", { params: { n: 2, parallel_tool_calls: false } }, { n: undefined }, [
      "param-dropped",
      "param-dropped",
    ]],
    ["what changes nothing", { params: { n: 1, parallel_tool_calls: true } }, { n: undefined }],
    ["unknown names", { params: { safety_mode: "STRICT", novel: 1 } }, { safety_mode: "STRICT", novel: 1 }],
    ["no thinking", { params: { reasoning_effort: "none" } }, { thinking: { type: "disabled" } }],
    ["some thinking", { params: { reasoning_effort: "low" } }, {
      thinking: { type: "enabled", token_budget: 1024 },
    }],
    ["much thinking", { params: { reasoning_effort: "max" } }, { thinking: { type: "enabled" } }],
    ["Cohere's own thinking", { params: { reasoning_effort: "max", thinking: { type: "disabled" } } }, {
      thinking: { type: "disabled" },
    }],
    ["thinking of older models", { params: { reasoning_effort: "high" } }, { thinking: undefined }, [
      "param-dropped",
    ], older],
    [
      "no thinking of older models",
      { params: { reasoning_effort: "none" } },
      { thinking: undefined },
      [],
      older,
    ],
    ["documents", { params: { documents: ["a", { id: "b", data: { text: "c" } }] } }, {
      documents: ["a", { id: "b", data: { text: "c" } }],
    }],
    ["a choice", { tools, toolChoice: "required" }, {
      tool_choice: "REQUIRED",
      tools: tools.map(({ name }) => encodedTool(name)),
    }],
    ["no tool", { tools, toolChoice: "none" }, { tool_choice: "NONE" }],
    ["any tool or none", { tools, toolChoice: "auto" }, { tool_choice: undefined }],
    ["one tool", { tools, toolChoice: { tool: "b" } }, {
      tool_choice: "REQUIRED",
      tools: [encodedTool("b")],
    }],
    ["strict tools", { tools: [{ name: "a", strict: true }] }, { strict_tools: true }],
    ["some strict tools", { tools: [{ name: "a", strict: true }, { name: "b" }] }, {
      strict_tools: undefined,
    }, [
      "param-dropped",
    ]],
    ["a schema", { output }, { response_format: { type: "json_object", json_schema: { type: "object" } } }],
    ["a schema beside tools", { output, tools }, { response_format: undefined }, ["output-by-prompt"]],
    [
      "a file of text",
      turn("user", { type: "text", text: "Sum up." }, {
        type: "file",
        dataB64: "aGVsbG8=",
        mimeType: "text/plain",
        filename: "a.txt",
      }),
      {
        messages: [{ role: "user", content: "Sum up." }],
        documents: [{ id: "file:0", data: { text: "hello", title: "a.txt" } }],
      },
    ],
    [
      "a picture",
      turn("user", { type: "text", text: "?" }, {
        type: "image",
        dataB64: "aa",
        mimeType: "image/png",
        detail: "low",
      }),
      {
        messages: [{
          role: "user",
          content: [{ type: "text", text: "?" }, {
            type: "image_url",
            image_url: { url: "data:image/png;base64,aa", detail: "low" },
          }],
        }],
      },
    ],
    ["a tool's result", turn("tool", { type: "text", text: "3" }), {
      messages: [{ role: "tool", tool_call_id: "t1", content: "3" }],
    }],
    [
      "thinking of an earlier turn",
      turn("assistant", { type: "reasoning", text: "hm" }, { type: "text", text: "Hi." }),
      {
        messages: [{
          role: "assistant",
          content: [{ type: "thinking", thinking: "hm" }, { type: "text", text: "Hi." }],
        }],
      },
    ],
    [
      "a plan of older models",
      turn("assistant", { type: "reasoning", text: "I look." }, {
        type: "tool-call",
        id: "t",
        name: "a",
        arguments: "",
      }),
      {
        messages: [{
          role: "assistant",
          tool_plan: "I look.",
          tool_calls: [{ id: "t", type: "function", function: { name: "a", arguments: "{}" } }],
        }],
      },
      [],
      older,
    ],
    [
      "thinking with a call",
      turn("assistant", { type: "reasoning", text: "I look." }, {
        type: "tool-call",
        id: "t",
        name: "a",
        arguments: "{}",
      }),
      {
        messages: [{
          role: "assistant",
          content: [{ type: "thinking", thinking: "I look." }],
          tool_calls: [{ id: "t", type: "function", function: { name: "a", arguments: "{}" } }],
        }],
      },
    ],
    [
      "thinking that older models cannot take back",
      turn("assistant", { type: "reasoning", text: "hm" }, { type: "text", text: "Hi." }),
      { messages: [{ role: "assistant", content: "Hi." }] },
      ["reasoning-dropped"],
      older,
    ],
    [
      "what others made",
      turn("assistant", { type: "native", value: { type: "x" }, madeBy: "other" }, {
        type: "reasoning",
        text: "hm",
        signature: "s",
        madeBy: "other",
      }, { type: "text", text: "Hi." }),
      {
        messages: [{
          role: "assistant",
          content: [{ type: "thinking", thinking: "hm" }, { type: "text", text: "Hi." }],
        }],
      },
      ["vendor-bound-dropped", "vendor-bound-dropped"],
    ],
    ["its own blocks", turn("assistant", { type: "native", value: { type: "chart" }, madeBy: "acme" }), {
      messages: [{ role: "assistant", content: [{ type: "chart" }] }],
    }],
    ["texts to embed", { modality: "embedding", messages: [], input: ["a"], params: { dimensions: 256 } }, {
      texts: ["a"],
      input_type: "search_document",
      embedding_types: ["float"],
      output_dimension: 256,
    }],
    ["questions to embed", {
      modality: "embedding",
      messages: [],
      input: ["a"],
      params: { input_type: "search_query" },
    }, {
      input_type: "search_query",
    }],
    ["a ranking", { modality: "rerank", messages: [], prompt: "q", input: ["a"], params: { top_n: 1 } }, {
      query: "q",
      documents: ["a"],
      top_n: 1,
    }],
  ];
  for (const [name, call, expected, warnings = [], model] of fields) {
    it(name, () => {
      const { body, warnings: said } = sent(call, model);
      for (const [field, value] of Object.entries(expected)) assert.deepEqual(body[field], value, field);
      assert.deepEqual([...said].sort(), [...warnings].sort());
    });
  }

  it("asks by the prompt where a schema cannot be sent", () => {
    const { body } = sent({ output, tools });
    const [first] = body["messages"] as { role: string; content: string }[];
    assert.equal(first?.role, "system");
    assert.match(first?.content ?? "", /JSON Schema:\n\{"type":"object"\}/);
  });
});

describe("encode refuses", () => {
  const cases: readonly [string, Partial<Call>, string, RegExp][] = [
    ["no turns", { messages: [] }, "invalid-request", /^messages: /],
    [
      "sound",
      turn("user", { type: "audio", dataB64: "a", mimeType: "audio/wav" }),
      "unsupported",
      /^messages\[0\]\.content\[0\]: .*sound/,
    ],
    [
      "a file that is no text",
      turn("user", { type: "file", dataB64: "a", mimeType: "application/pdf" }),
      "unsupported",
      /files other than text/,
    ],
    ["an image without source", turn("user", { type: "image" }), "invalid-request", /exactly one/],
    ["base64 of no kind", turn("user", { type: "image", dataB64: "a" }), "invalid-request", /mimeType/],
    [
      "a call of the user",
      turn("user", { type: "tool-call", id: "1", name: "a", arguments: "" }),
      "invalid-request",
      /assistant/,
    ],
    ["an answer to no call", { messages: [{ role: "tool", content: "x" }] }, "invalid-request", /toolCallId/],
    ["a choice among none", { toolChoice: "required" }, "invalid-request", /^toolChoice: /],
    ["a tool that is not there", { tools, toolChoice: { tool: "c" } }, "invalid-request", /no tool "c"/],
    ["nothing to embed", { modality: "embedding", input: [] }, "invalid-request", /^input: /],
    ["nothing to rank", { modality: "rerank", prompt: "q", input: [] }, "invalid-request", /^input: /],
    ["no question", { modality: "rerank", input: ["a"] }, "invalid-request", /^prompt: /],
    ["pictures", { modality: "image" }, "unsupported", /Cohere cannot do image/],
  ];
  for (const [name, call, code, message] of cases) {
    it(name, () => {
      assert.throws(() => sent(call), (error) => {
        assert.ok(LoomError.is(error), String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
