/** Params, tools, thinking, structured output and cache marks: what each model generation is sent. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generationOf } from "../../../../plugins/dialects/anthropic-messages/generation.ts";
import { enforceable } from "../../../../plugins/dialects/anthropic-messages/schema.ts";
import type { Call } from "../../../../src/contract/call.ts";
import type { JsonObject } from "../../../../src/contract/json.ts";
import { encoded } from "./support.ts";

const sonnet45 = "claude-sonnet-4-5-20250929";
const opus55 = "claude-opus-5-5";

interface Case {
  readonly name: string;
  readonly model?: string;
  readonly maxOutputTokens?: number;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly call?: Partial<Call>;
  /** Fields of the body; `undefined`: absent. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly codes?: readonly string[];
}

const tools = [{ name: "now" }];
const adaptive = { type: "adaptive" };
const enabled = (budget_tokens: number) => ({ type: "enabled", budget_tokens });

const cases: readonly Case[] = [
  { name: "max_tokens has a default", body: { max_tokens: 4096 } },
  { name: "max_tokens is what the catalog allows", maxOutputTokens: 64_000, body: { max_tokens: 64_000 } },
  {
    name: "max_tokens is what the call says",
    params: { max_tokens: 9 },
    maxOutputTokens: 64_000,
    body: { max_tokens: 9 },
  },
  {
    name: "portable params take the vendor's names",
    params: { stop: "END", user: "u1", top_k: 3, parallel_tool_calls: false },
    body: {
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      top_k: 3,
      tool_choice: undefined,
      user: undefined,
    },
  },
  {
    name: "the vendor's own win",
    params: {
      stop: ["a"],
      stop_sequences: ["b"],
      user: "u1",
      metadata: { user_id: "own" },
      service_tier: "auto",
    },
    body: { stop_sequences: ["b"], metadata: { user_id: "own" }, service_tier: "auto" },
  },
  {
    name: "stop texts of white space are left out",
    params: { stop: ["\n", "x"] },
    body: { stop_sequences: ["x"] },
    codes: ["param-dropped"],
  },
  {
    name: "what has no counterpart is left out with a word, unless it asks for nothing",
    params: { seed: 7, presence_penalty: 0.5, frequency_penalty: 0, n: 1 },
    body: { seed: undefined, presence_penalty: undefined, frequency_penalty: undefined, n: undefined },
    codes: ["param-dropped", "param-dropped"],
  },
  {
    name: "several answers are not to be had",
    params: { n: 2 },
    body: { n: undefined },
    codes: ["param-dropped"],
  },
  {
    name: "temperature above 1 is 1",
    params: { temperature: 1.7 },
    body: { temperature: 1 },
    codes: ["param-clamped"],
  },
  {
    name: "newer models have no sampling; a temperature of 1 is none",
    model: "claude-opus-4-7",
    params: { temperature: 1, top_p: 0.5, top_k: null },
    body: { temperature: undefined, top_p: undefined, top_k: undefined },
    codes: ["param-dropped"],
  },
  {
    name: "temperature and top_p exclude each other",
    params: { temperature: 0.5, top_p: 0.5 },
    body: { temperature: 0.5, top_p: undefined },
    codes: ["param-dropped"],
  },
  {
    name: "a temperature of 1 excludes nothing",
    params: { temperature: 1, top_p: 0.5 },
    body: { temperature: undefined, top_p: 0.5 },
  },
  {
    name: "a budget of the call's own has room for an answer beside it",
    model: sonnet45,
    params: { thinking: { type: "enabled", budget_tokens: 10_000 } },
    body: { max_tokens: 14_096, thinking: enabled(10_000) },
  },
  {
    name: "the oldest take both",
    model: "claude-3-haiku-20240307",
    params: { temperature: 0.5, top_p: 0.5 },
    body: { temperature: 0.5, top_p: 0.5 },
  },
  {
    name: "unknown names pass through",
    params: { inference_geo: "eu", speed: "fast", future: { x: 1 } },
    body: { inference_geo: "eu", speed: "fast", future: { x: 1 } },
  },
  // Thinking.
  {
    name: "effort thinks adaptively where the model can",
    params: { reasoning_effort: "high" },
    body: { thinking: adaptive, output_config: { effort: "high" }, reasoning_effort: undefined },
  },
  {
    name: "levels the model lacks become the next below",
    params: { reasoning_effort: "xhigh" },
    body: { output_config: { effort: "high" } },
    codes: ["param-clamped"],
  },
  {
    name: "newest have all levels",
    model: opus55,
    params: { reasoning_effort: "xhigh" },
    body: { output_config: { effort: "xhigh" } },
  },
  {
    name: "minimal is low",
    model: opus55,
    params: { reasoning_effort: "minimal" },
    body: { output_config: { effort: "low" } },
    codes: ["param-clamped"],
  },
  {
    name: "none switches thinking off",
    params: { reasoning_effort: "none" },
    body: { thinking: { type: "disabled" }, output_config: undefined },
  },
  {
    name: "or asks for the least, where it cannot be",
    model: opus55,
    params: { reasoning_effort: "none" },
    body: { thinking: adaptive, output_config: { effort: "low" } },
    codes: ["param-clamped"],
  },
  {
    name: "the vendor's own thinking and effort win",
    params: {
      reasoning_effort: "low",
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "max" },
    },
    body: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "max" } },
  },
  {
    name: "older models have a budget, and room for the answer beside it",
    model: sonnet45,
    params: { reasoning_effort: "medium" },
    body: { thinking: enabled(8192), max_tokens: 8192 + 4096 },
  },
  {
    name: "within what the catalog allows",
    model: sonnet45,
    maxOutputTokens: 8000,
    params: { reasoning_effort: "high" },
    body: { thinking: enabled(8000 - 1024), max_tokens: 8000 },
  },
  {
    name: "and below what the call allows",
    model: sonnet45,
    params: { reasoning_effort: "high", max_tokens: 1500 },
    body: { thinking: enabled(1024), max_tokens: 1500 },
  },
  {
    name: "too small an answer is given without thinking",
    model: sonnet45,
    params: { reasoning_effort: "high", max_tokens: 1024 },
    body: { thinking: undefined, max_tokens: 1024 },
    codes: ["param-dropped"],
  },
  {
    name: "none is what older models do anyway",
    model: sonnet45,
    params: { reasoning_effort: "none" },
    body: { thinking: undefined },
  },
  {
    name: "the oldest do not think",
    model: "claude-3-5-haiku-20241022",
    params: { reasoning_effort: "high" },
    body: { thinking: undefined },
    codes: ["param-dropped"],
  },
  {
    name: "thinking rules out sampling and demanded calls",
    model: sonnet45,
    params: { reasoning_effort: "low", temperature: 0.2, top_p: 0.99 },
    call: { tools, toolChoice: "required" },
    body: { thinking: enabled(2048), temperature: undefined, top_p: 0.99, tool_choice: { type: "auto" } },
    codes: ["param-dropped", "tool-choice-weakened"],
  },
  {
    name: "a turn begun elsewhere goes on without thinking",
    model: sonnet45,
    params: { reasoning_effort: "low" },
    call: {
      tools,
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [{ type: "tool-call", id: "a", name: "now", arguments: "{}" }] },
        { role: "tool", toolCallId: "a", content: "1" },
      ],
    },
    body: { thinking: undefined, max_tokens: 4096 },
    codes: ["param-dropped"],
  },
  {
    name: "a level nobody knows is left out",
    params: { reasoning_effort: "extreme" },
    body: { thinking: undefined },
    codes: ["param-dropped"],
  },
  // Tools.
  {
    name: "tools with all there is",
    call: {
      tools: [
        {
          name: "a",
          description: "d",
          parameters: { type: "object", properties: {} },
          strict: true,
          extra: { cache_control: { type: "ephemeral" } },
        },
        { name: "b", parameters: { properties: { x: {} } } },
        { name: "web_search", native: { type: "web_search_20250305", name: "web_search", max_uses: 2 } },
      ],
    },
    body: {
      tools: [
        {
          name: "a",
          description: "d",
          input_schema: { type: "object", properties: {} },
          strict: true,
          cache_control: { type: "ephemeral" },
        },
        { name: "b", input_schema: { type: "object", properties: { x: {} } } },
        { type: "web_search_20250305", name: "web_search", max_uses: 2 },
      ],
      tool_choice: undefined,
    },
  },
  {
    name: "strict needs a model that can",
    model: "claude-sonnet-4-20250514",
    call: { tools: [{ name: "a", strict: true }] },
    body: { tools: [{ name: "a", input_schema: { type: "object", properties: {} } }] },
    codes: ["param-dropped"],
  },
  {
    name: "a call is demanded",
    call: { tools, toolChoice: "required" },
    body: { tool_choice: { type: "any" } },
  },
  {
    name: "a certain one",
    call: { tools, toolChoice: { tool: "now" } },
    body: { tool_choice: { type: "tool", name: "now" } },
  },
  {
    name: "none",
    call: { tools, toolChoice: "none" },
    params: { parallel_tool_calls: false },
    body: { tool_choice: { type: "none" } },
  },
  {
    name: "one at a time",
    call: { tools },
    params: { parallel_tool_calls: false },
    body: { tool_choice: { type: "auto", disable_parallel_tool_use: true }, parallel_tool_calls: undefined },
  },
  {
    name: "never without tools",
    call: { toolChoice: "none" },
    body: { tool_choice: undefined, tools: undefined },
  },
  {
    name: "the newest cannot be made to call",
    model: opus55,
    call: { tools, toolChoice: { tool: "now" } },
    body: { tool_choice: { type: "auto" } },
    codes: ["tool-choice-weakened"],
  },
];

describe("params", () => {
  for (const { name, call, body, codes = [], ...options } of cases) {
    it(name, () => {
      const sent = encoded(call, options);
      for (const [field, value] of Object.entries(body)) assert.deepEqual(sent.body[field], value, field);
      assert.deepEqual([...sent.codes].sort(), [...codes].sort());
    });
  }

  it("a choice among no tools is refused", () => {
    assert.throws(() => encoded({ toolChoice: "required" }), /toolChoice/);
  });
});

describe("structured output", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      name: { type: "string", minLength: 2, format: "email" },
      tags: {
        type: "array",
        items: { oneOf: [{ type: "string" }, { type: "null" }] },
        minItems: 1,
        maxItems: 3,
      },
      inner: { type: "object", properties: {}, additionalProperties: true },
    },
    required: ["name"],
  } as const;
  const output = {
    name: "x",
    schema: schema as unknown as JsonObject,
    repair: 0,
    validate: (value: unknown) => value,
  } as const;

  it("holds newer models to what can be enforced, and tells them the rest", () => {
    const { body, codes } = encoded({ output }, { params: { output_config: { effort: "low" } } });
    assert.deepEqual(body["output_config"], {
      effort: "low",
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            name: { type: "string", format: "email", description: "{minLength: 2}" },
            tags: {
              type: "array",
              items: { anyOf: [{ type: "string" }, { type: "null" }] },
              minItems: 1,
              description: "{maxItems: 3}",
            },
            inner: { type: "object", properties: {}, additionalProperties: false },
          },
          required: ["name"],
          additionalProperties: false,
        },
      },
    });
    assert.deepEqual(codes, []);
    assert.equal(enforceable(output.schema), enforceable(output.schema), "rewritten once");
  });

  it("tells older models, and those of other hosts", () => {
    for (const model of ["claude-3-7-sonnet-20250219", "claude-sonnet-4-0", "MiniMax-M2"]) {
      const { body, codes } = encoded({
        output,
        messages: [{ role: "system", content: "S" }, { role: "user", content: "Hi" }],
      }, { model });
      assert.match(body["system"] as string, /^S\n\nAnswer with one JSON value.*minLength/s);
      assert.equal(body["output_config"], undefined);
      assert.deepEqual(codes, ["output-by-prompt"]);
    }
  });
});

describe("cache marks", () => {
  const mark = { cache_control: { type: "ephemeral" } };
  const messages = (count: number): Call["messages"] =>
    Array.from({ length: count }, (_, index) => ({
      role: index % 2 === 0 ? "user" as const : "assistant" as const,
      content: [{ type: "text" as const, text: `t${index}`, extra: mark }],
    }));

  it("go on the system prompt when asked for", () => {
    const system = { role: "system", content: "S" } as const;
    for (const [asked, sent] of [[true, {}], ["1h", { ttl: "1h" }], ["5m", { ttl: "5m" }]] as const) {
      const { body } = encoded({ messages: [system, ...messages(1)] }, { params: { cache_system: asked } });
      assert.deepEqual(body["system"], [{
        type: "text",
        text: "S",
        cache_control: { type: "ephemeral", ...sent },
      }]);
      assert.equal(body["cache_system"], undefined);
    }
    assert.equal(
      encoded({ messages: [system, ...messages(1)] }, { params: { cache_system: false } }).body["system"],
      "S",
    );
    assert.equal(
      encoded({ messages: messages(1) }, { params: { cache_system: true } }).body["system"],
      undefined,
    );
    assert.throws(() => encoded({}, { params: { cache_system: "2h" } }), /cache_system/);
  });

  it("are never more than four; the first of the turns go", () => {
    const call = {
      messages: [
        { role: "system" as const, content: [{ type: "text" as const, text: "S", extra: mark }] },
        ...messages(5),
      ],
      tools: [{ name: "a", extra: mark }],
    };
    const { body, codes } = encoded(call);
    assert.deepEqual(codes, ["cache-mark-dropped"]);
    const marked = (body["messages"] as { content: unknown }[]).map(({ content }) =>
      JSON.stringify(content).includes("cache_control")
    );
    assert.deepEqual(marked, [false, false, false, true, true]);
    assert.ok(JSON.stringify(body["tools"]).includes("cache_control"));
    assert.ok(JSON.stringify(body["system"]).includes("cache_control"));
    const automatic = encoded({ messages: messages(4) }, {
      params: { cache_control: { type: "ephemeral" } },
    });
    assert.equal(
      JSON.stringify(automatic.body["messages"]).match(/cache_control/g)?.length,
      3,
      "the automatic one counts",
    );
  });

  it("in results count too", () => {
    const content = Array.from(
      { length: 3 },
      (_, index) => ({ type: "text" as const, text: `${index}`, extra: mark }),
    );
    const { body } = encoded({
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", arguments: "{}" }] },
        { role: "tool", toolCallId: "a", content },
        { role: "user", content: content.slice(0, 2) },
      ],
    });
    assert.equal(JSON.stringify(body).match(/cache_control/g)?.length, 4);
  });
});

describe("generations", () => {
  const table: readonly [string, string, number, boolean, boolean, boolean, boolean][] = [
    // thinking, number of efforts, sampling, forced, schemas, system turns
    ["claude-3-opus-20240229", "none", 0, true, true, false, false],
    ["claude-3-7-sonnet-20250219", "budget", 0, true, true, false, false],
    ["claude-opus-4-20250514", "budget", 0, true, true, false, false],
    ["claude-opus-4-1-20250805", "budget", 0, true, true, true, false],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "budget", 0, true, true, true, false],
    ["claude-opus-4-5@20251101", "budget", 3, true, true, true, false],
    ["claude-sonnet-4-6", "adaptive", 4, true, true, true, false],
    ["claude-opus-4-7", "adaptive", 5, false, true, true, false],
    ["claude-opus-4-8", "adaptive", 5, false, true, true, true],
    ["claude-sonnet-5", "adaptive", 5, false, true, true, false],
    ["anthropic/claude-opus-5", "adaptive", 5, false, true, true, true],
    ["claude-opus-5-5", "adaptive", 5, false, false, true, true],
    ["claude-haiku-5-5", "adaptive", 5, false, true, true, true],
    ["claude-fable-5", "adaptive", 5, false, true, true, true],
    ["claude-mythos-5-2", "adaptive", 5, false, false, true, true],
    ["claude-mythos-preview", "adaptive", 4, false, true, true, false],
    ["claude-2.1", "none", 0, true, true, false, false],
    ["MiniMax-M2", "budget", 0, true, true, false, false],
  ];
  for (const [model, thinking, efforts, sampling, forced, schemas, systems] of table) {
    it(model, () => {
      const found = generationOf(model);
      assert.deepEqual(
        [
          found.thinking,
          found.efforts.length,
          found.sampling,
          found.forcedTools,
          found.schemas,
          found.systemTurns,
        ],
        [thinking, efforts, sampling, forced, schemas, systems],
      );
    });
  }
});
