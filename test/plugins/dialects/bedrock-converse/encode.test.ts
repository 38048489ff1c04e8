import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/contract/call.ts";
import type { ContentPart, Message } from "../../../../src/contract/message.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { codec } from "./support.ts";

const claude = "anthropic.claude-3-7-sonnet-20250219-v1:0";
const newClaude = "us.anthropic.claude-sonnet-4-6";
const opus = "global.anthropic.claude-opus-5-5";
const novaTwo = "us.amazon.nova-2-lite-v1:0";

function sent(call: Partial<Call>, upstreamModel = claude) {
  const request = codec.encode(fakeAttempting({ call, target: { upstreamModel } }));
  return { body: jsonOf(request), warnings: request.warnings?.map(({ code }) => code) ?? [] };
}

const turn = (role: Message["role"], ...content: ContentPart[]): Partial<Call> => ({
  messages: [{ role, content, ...(role === "tool" && { toolCallId: "t1" }) }],
});
const more = (fields: object) => ({ additionalModelRequestFields: fields });
const call: ContentPart = { type: "tool-call", id: "t1", name: "a", arguments: "{}" };
const open = {
  name: "x",
  schema: { type: "object" },
  repair: 0,
  validate: (value: unknown) => value,
} as const;
const spec = (name: string) => ({
  toolSpec: { name, inputSchema: { json: { type: "object", properties: {} } } },
});

describe("encode", () => {
  const cases: readonly [string, Partial<Call>, Record<string, unknown>, string[]?, string?][] = [
    ["Converse's own names first", {
      params: { maxTokens: 1, max_tokens: 2, inferenceConfig: { topP: 0.1 } },
    }, {
      inferenceConfig: { maxTokens: 1, topP: 0.1 },
    }],
    ["what the model's maker does not take", { params: { seed: 1, n: 2, parallel_tool_calls: false } }, {
      additionalModelRequestFields: undefined,
    }, ["param-dropped", "param-dropped", "param-dropped"]],
    ["what changes nothing", { params: { n: 1, parallel_tool_calls: true } }, {
      additionalModelRequestFields: undefined,
    }],
    [
      "unknown names",
      { params: { novel: 1, additionalModelRequestFields: { own: 2 } } },
      more({ novel: 1, own: 2 }),
    ],
    [
      "top_k of Nova",
      { params: { top_k: 20 } },
      more({ inferenceConfig: { topK: 20 } }),
      [],
      "us.amazon.nova-micro-v1:0",
    ],
    [
      "top_k of Llama",
      { params: { top_k: 20 } },
      more({}),
      ["param-dropped"],
      "meta.llama3-3-70b-instruct-v1:0",
    ],
    [
      "a budget of thinking",
      { params: { reasoning_effort: "low", max_tokens: 9000 } },
      more({
        thinking: { type: "enabled", budget_tokens: 2048 },
      }),
    ],
    ["room for an answer beside thinking", { params: { reasoning_effort: "low" } }, {
      inferenceConfig: { maxTokens: 10_240 },
    }],
    ["no room for thinking", { params: { reasoning_effort: "low", max_tokens: 100 } }, more({}), [
      "param-dropped",
    ]],
    [
      "adaptive thinking",
      { params: { reasoning_effort: "max" } },
      more({
        thinking: { type: "adaptive" },
        output_config: { effort: "max" },
      }),
      [],
      newClaude,
    ],
    ["no thinking", { params: { reasoning_effort: "none" } }, more({ thinking: { type: "disabled" } })],
    [
      "the caller's own thinking",
      { params: { reasoning_effort: "low", thinking: { type: "disabled" } } },
      more({
        thinking: { type: "disabled" },
      }),
    ],
    [
      "thinking of gpt-oss",
      { params: { reasoning_effort: "xhigh" } },
      more({ reasoning_effort: "high" }),
      [],
      "openai.gpt-oss-120b-1:0",
    ],
    [
      "thinking of GPT",
      { params: { reasoning_effort: "low" } },
      more({ reasoning: { effort: "low" } }),
      [],
      "us.openai.gpt-5.6",
    ],
    [
      "thinking of Qwen",
      { params: { reasoning_effort: "high" } },
      more({ reasoning_config: "high" }),
      [],
      "qwen.qwen3-32b-v1:0",
    ],
    [
      "much thinking of Nova",
      { params: { reasoning_effort: "high", max_tokens: 5, temperature: 1 } },
      {
        additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } },
        inferenceConfig: undefined,
      },
      ["param-dropped", "param-dropped"],
      novaTwo,
    ],
    [
      "thinking of models that cannot",
      { params: { reasoning_effort: "high" } },
      more({}),
      ["param-dropped"],
      "meta.llama3-8b",
    ],
    ["a mark behind the system text", {
      messages: [{ role: "system", content: "a" }, { role: "user", content: "b" }],
      params: { cache_system: "1h" },
    }, {
      system: [{ text: "a" }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [{ role: "user", content: [{ text: "b" }] }],
    }],
    ["turns of one side together, without blank ones", {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: " " },
        { role: "user", content: "b" },
      ],
    }, { messages: [{ role: "user", content: [{ text: "a" }, { text: "b" }] }] }],
    ["any tool", { tools: [{ name: "a" }], toolChoice: "required" }, {
      toolConfig: { tools: [spec("a")], toolChoice: { any: {} } },
    }],
    ["no tool", { tools: [{ name: "a" }], toolChoice: "none" }, { toolConfig: undefined }],
    [
      "no tool after calls",
      {
        messages: [{ role: "user", content: "a" }, { role: "assistant", content: [call] }],
        tools: [{ name: "a" }],
        toolChoice: "none",
      },
      { toolConfig: { tools: [spec("a")] } },
      ["tool-choice-weakened"],
    ],
    ["calls of tools that are not offered any more", turn("assistant", call), {
      toolConfig: { tools: [spec("a")] },
    }, [
      "tools-remembered",
    ]],
    ["a tool of Amazon's", { tools: [{ name: "x", native: { systemTool: { name: "nova_grounding" } } }] }, {
      toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] },
    }],
    ["ids that Bedrock refuses", {
      messages: [
        { role: "assistant", content: [{ ...call, id: "call|1 2" } as ContentPart] },
        { role: "tool", toolCallId: "call|1 2", content: "3" },
      ],
      tools: [{ name: "a" }],
    }, {}],
    ["arguments that are no object", {
      ...turn("assistant", { ...call, arguments: "[1" } as ContentPart),
      tools: [{ name: "a" }],
    }, {
      messages: [{
        role: "assistant",
        content: [{ toolUse: { toolUseId: "t1", name: "a", input: { arguments: "[1" } } }],
      }],
    }, ["arguments-wrapped"]],
    [
      "thinking that nobody signed",
      turn("assistant", { type: "reasoning", text: "hm" }, { type: "text", text: "Hi." }),
      {
        messages: [{ role: "assistant", content: [{ text: "Hi." }] }],
      },
      ["reasoning-dropped"],
    ],
    [
      "what others made",
      turn("assistant", { type: "native", value: { a: 1 }, madeBy: "other" }, {
        type: "reasoning",
        text: "hm",
        signature: "s",
        madeBy: "other",
      }, { type: "text", text: "Hi." }),
      { messages: [{ role: "assistant", content: [{ text: "Hi." }] }] },
      [
        "vendor-bound-dropped",
        "vendor-bound-dropped",
      ],
    ],
    ["a schema of a model that takes none", { output: open }, { outputConfig: undefined }, [
      "output-by-prompt",
    ]],
    ["an open schema", { output: open }, { outputConfig: undefined }, ["output-by-prompt"], newClaude],
    [
      "texts to embed",
      {
        modality: "embedding",
        messages: [],
        input: ["a", "b"],
        params: { dimensions: 256, input_type: "search_query" },
      },
      { texts: ["a", "b"], input_type: "search_query", output_dimension: 256 },
      [],
      "cohere.embed-v4:0",
    ],
  ];
  const newest: typeof cases = [
    [
      "an effort that the model does not have",
      { params: { reasoning_effort: "xhigh" } },
      more({
        thinking: { type: "adaptive" },
        output_config: { effort: "high" },
      }),
      [],
      newClaude,
    ],
    [
      "sampling beside thinking",
      { params: { reasoning_effort: "low", temperature: 0.5, top_k: 5 } },
      more({
        thinking: { type: "enabled", budget_tokens: 2048 },
      }),
      ["param-dropped", "param-dropped"],
    ],
    [
      "a tool that must be called instead of thinking",
      {
        params: { reasoning_effort: "low" },
        tools: [{ name: "a" }],
        toolChoice: "required",
      },
      { additionalModelRequestFields: undefined },
      ["param-dropped"],
    ],
    [
      "sampling of the newest Claude",
      { params: { temperature: 0.5, top_p: 0.5, top_k: 5, max_tokens: 9 } },
      {
        inferenceConfig: { maxTokens: 9 },
        additionalModelRequestFields: { top_k: 5 },
      },
      ["param-dropped", "param-dropped"],
      opus,
    ],
    [
      "both samplings of a newer Claude",
      { params: { temperature: 0.5, top_p: 0.5 } },
      {
        inferenceConfig: { temperature: 0.5 },
      },
      ["param-dropped"],
      newClaude,
    ],
    ["sampling of GPT", { params: { temperature: 0.5, stop: "x" } }, { inferenceConfig: undefined }, [
      "param-dropped",
      "param-dropped",
    ], "us.openai.gpt-5.6"],
    [
      "no thinking of a model that always thinks",
      { params: { reasoning_effort: "none" } },
      {
        additionalModelRequestFields: undefined,
      },
      ["param-dropped"],
      opus,
    ],
    [
      "a tool that the newest Claude must call",
      { tools: [{ name: "a" }], toolChoice: { tool: "a" } },
      {
        toolConfig: { tools: [spec("a")], toolChoice: { auto: {} } },
      },
      ["tool-choice-weakened"],
      opus,
    ],
    [
      "a strict tool with an open schema",
      { tools: [{ name: "a", strict: true }] },
      {
        toolConfig: { tools: [spec("a")] },
      },
      ["param-dropped"],
      newClaude,
    ],
  ];
  for (const [name, asked, expected, warnings = [], model] of [...cases, ...newest]) {
    it(name, () => {
      const { body, warnings: said } = sent(asked, model);
      for (const [field, value] of Object.entries(expected)) {
        const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
        assert.deepEqual(body[field], empty ? undefined : value, field);
      }
      assert.deepEqual([...said].sort(), [...warnings].sort());
    });
  }

  it("maps ids the same way wherever they stand", () => {
    const { body } = sent(cases.find(([name]) => name.startsWith("ids that"))?.[1] ?? {});
    const [first, second] = body["messages"] as { content: Record<string, { toolUseId: string }>[] }[];
    const id = first?.content[0]?.["toolUse"]?.toolUseId;
    assert.match(id ?? "", /^[a-zA-Z0-9_-]{1,64}$/);
    assert.equal(second?.content[0]?.["toolResult"]?.toolUseId, id);
  });
});

describe("encode refuses", () => {
  const cases: readonly [string, Partial<Call>, string, RegExp, string?][] = [
    ["no turns", { messages: [] }, "invalid-request", /^messages: /],
    [
      "a picture by address",
      turn("user", { type: "image", url: "https://x.example/a.png" }),
      "unsupported",
      /s3:\/\//,
    ],
    ["a picture of no kind", turn("user", { type: "image", dataB64: "a" }), "invalid-request", /mimeType/],
    [
      "a picture from nowhere",
      turn("user", { type: "image", mimeType: "image/png" }),
      "invalid-request",
      /exactly one/,
    ],
    ["a document of no kind", turn("user", { type: "file", dataB64: "a" }), "invalid-request", /mimeType/],
    ["a file by id", turn("user", { type: "file", fileId: "f" }), "unsupported", /files by id/],
    ["a call of the user", turn("user", call), "invalid-request", /assistant/],
    ["an answer to no call", { messages: [{ role: "tool", content: "x" }] }, "invalid-request", /toolCallId/],
    ["a choice among none", { toolChoice: "required" }, "invalid-request", /^toolChoice: /],
    ["nothing to embed", { modality: "embedding", input: [] }, "invalid-request", /^input: /],
    [
      "several texts at once",
      { modality: "embedding", input: ["a", "b"] },
      "unsupported",
      /one text per call/,
      "amazon.titan-embed-text-v2:0",
    ],
    ["a ranking", { modality: "rerank" }, "unsupported", /Amazon Bedrock cannot do rerank/],
  ];
  for (const [name, asked, code, message, model] of cases) {
    it(name, () => {
      assert.throws(() => sent(asked, model), (error) => {
        assert.ok(LoomError.is(error), String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
