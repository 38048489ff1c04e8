/** What the fields beside the conversation become. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../../../src/contract/json.ts";
import {
  readCountTokens,
  writeCountTokens,
} from "../../../../src/gateway/formats/anthropic-messages/count-tokens.ts";
import { anthropicMessages } from "../../../../src/gateway/formats/anthropic-messages/index.ts";
import { minimal } from "./support.ts";

const read = (change: JsonObject) => anthropicMessages.read({ ...minimal, ...change }, []);
const mark = { cache_control: { type: "ephemeral" } };

const params: readonly (readonly [name: string, given: JsonObject, params: JsonObject])[] = [
  ["a length", {}, {}],
  ["no length, only a warm cache", { max_tokens: 0 }, { max_tokens: 0 }],
  ["sampling", { temperature: 0.5, top_p: 0.9, top_k: 3 }, { temperature: 0.5, top_p: 0.9, top_k: 3 }],
  ["stop texts", { stop_sequences: ["a", "b"] }, { stop: ["a", "b"] }],
  ["null says nothing", { temperature: null, stop_sequences: null, thinking: null }, {}],
  ["no thinking", { thinking: { type: "disabled" } }, { reasoning_effort: "none" }],
  ["thinking as it likes", { thinking: { type: "adaptive" } }, { reasoning_effort: "high" }],
  [
    "thinking with an effort",
    { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "xhigh" } },
    { reasoning_effort: "xhigh" },
  ],
  ["an effort alone", { output_config: { effort: "low" } }, { reasoning_effort: "low" }],
  ...([[1024, "low"], [2048, "low"], [8192, "medium"], [16_384, "high"], [31_999, "high"]] as const).map((
    [budget, effort],
  ) =>
    [`a budget of ${budget}`, { thinking: { type: "enabled", budget_tokens: budget } }, {
      reasoning_effort: effort,
    }] as const
  ),
  ["one call at a time", { tool_choice: { type: "auto", disable_parallel_tool_use: true } }, {
    parallel_tool_calls: false,
  }],
];

describe("params", () => {
  for (const [name, given, expected] of params) {
    it(name, () => {
      assert.deepEqual(read(given).call.params, { max_tokens: 100, ...expected });
      assert.deepEqual(read(given).unknown, []);
    });
  }

  it("say who it is for, and whether it streams", () => {
    assert.equal(read({ metadata: { user_id: "u1" } }).user, "u1");
    assert.equal("user" in read({ metadata: {} }), false);
    assert.equal(read({}).call.stream, false);
    assert.equal(read({ stream: true }).call.stream, true);
    assert.equal(read({}).model, "m1");
    assert.equal(read({}).modality, "text");
  });
});

const schema = { type: "object", properties: { a: { type: "string" } } };

describe("tools", () => {
  it("of the caller and of Anthropic", () => {
    const search = { type: "web_search_20250305", name: "web_search", max_uses: 3 };
    const { tools } = read({
      tools: [
        { name: "f", description: "d", input_schema: schema, strict: true, ...mark },
        { type: "custom", name: "g", input_schema: schema, strict: false, description: null },
        search,
        { type: "mcp_toolset", mcp_server_name: "s" },
      ],
    }).call;
    assert.deepEqual(tools, [
      { name: "f", description: "d", parameters: schema, strict: true, extra: mark },
      { name: "g", parameters: schema },
      { name: "web_search", native: search },
      { name: "mcp_toolset", native: { type: "mcp_toolset", mcp_server_name: "s" } },
    ]);
  });

  for (
    const [given, expected] of [
      [{ type: "auto" }, "auto"],
      [{ type: "any" }, "required"],
      [{ type: "none" }, "none"],
      [{ type: "tool", name: "f" }, { tool: "f" }],
    ] as const
  ) {
    it(`may be chosen: ${given.type}`, () => {
      assert.deepEqual(read({ tool_choice: given }).call.toolChoice, expected);
    });
  }
});

describe("the form of the answer", () => {
  const output = { schema, name: "output", repair: 0 };
  const format = { type: "json_schema", schema };
  it("is read from both places", () => {
    assert.deepEqual(read({ output_config: { format } }).call.output, output);
    assert.deepEqual(read({ output_format: format }).call.output, output);
    assert.equal("output" in read({ output_config: { format: null } }).call, false);
  });
});

describe("fields without a word", () => {
  it("are named in their order", () => {
    const given = {
      container: "c1",
      mcp_servers: [],
      service_tier: "auto",
      no_such: { a: 1 },
      inference_geo: null,
      cache_control: { type: "ephemeral" },
    };
    const { unknown, call } = read(given);
    assert.deepEqual(unknown, ["container", "mcp_servers", "service_tier", "no_such", "cache_control"]);
    assert.deepEqual(call.params, { max_tokens: 100 });
  });

  it("are named where they stand inside of others", () => {
    const given = {
      metadata: { user_id: "u", other: 1 },
      output_config: { effort: "low", verbosity: 1 },
      thinking: { type: "between_tools" },
    };
    assert.deepEqual(read(given).unknown, ["metadata", "output_config", "thinking"]);
    assert.equal(read(given).user, "u");
  });
});

describe("counting tokens", () => {
  it("needs no length of the answer", () => {
    const { max_tokens: _, ...body } = minimal;
    assert.deepEqual(readCountTokens(body).call, {
      messages: [{ role: "user", content: "Hi" }],
      params: {},
      stream: false,
    });
    assert.deepEqual(writeCountTokens(12), { input_tokens: 12 });
  });
});
