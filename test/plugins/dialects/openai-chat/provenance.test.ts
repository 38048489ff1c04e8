/** Earlier turns of the assistant: what goes back to its maker, and what another vendor does not see. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ContentPart } from "../../../../src/contract/message.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { turnOf } from "../../../../src/client/turn.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf, headOf } from "./support.ts";

interface Sent {
  readonly turn: Json | undefined;
  readonly warnings: readonly string[];
}

/** The turn as the vendor gets it; the fake target's provider is `acme`. */
function sent(id: string, content: readonly ContentPart[]): Sent {
  const messages = [{ role: "user", content: "Hi" }, { role: "assistant", content }] as const;
  const request = codecOf(id).encode(fakeAttempting({ call: { messages } }));
  const body = jsonOf(request) as { messages: Json[] };
  return { turn: body.messages[1], warnings: (request.warnings ?? []).map(({ code }) => code) };
}

const details = [
  { type: "reasoning.text", text: "Hm.", signature: "c2ln", index: 0 },
  { type: "reasoning.encrypted", data: "ZW5j", index: 1 },
];

describe("a turn of the assistant", () => {
  const block = { type: "native", value: { reasoning_details: details } } as const;
  const call = { type: "tool-call", id: "call_1", name: "now", arguments: "" } as const;

  const table: Readonly<Record<string, readonly [string, readonly ContentPart[], Json, readonly string[]]>> =
    {
      "with its maker's details": [
        "openrouter",
        [{ type: "reasoning", text: "Hm.", madeBy: "acme" }, { ...block, madeBy: "acme" }, {
          type: "text",
          text: "Yes.",
        }],
        { role: "assistant", content: "Yes.", reasoning_details: details },
        [],
      ],
      "with another's details keeps the thinking alone": [
        "openrouter",
        [{ type: "reasoning", text: "Hm.", madeBy: "gemini" }, { ...block, madeBy: "gemini" }, {
          type: "text",
          text: "Yes.",
        }],
        { role: "assistant", content: "Yes.", reasoning: "Hm." },
        ["vendor-bound-dropped"],
      ],
      "with another's signature and fields": [
        "openai",
        [
          { type: "reasoning", text: "Hm.", signature: "sig", madeBy: "anthropic" },
          { ...call, extra: { extra_content: { google: 1 } }, madeBy: "gemini" },
        ],
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1", type: "function", function: { name: "now", arguments: "{}" } }],
        },
        ["vendor-bound-dropped", "vendor-bound-dropped"],
      ],
      "with a caller's signature that has no place": [
        "openai",
        [{ type: "reasoning", text: "Hm.", signature: "sig" }, { type: "text", text: "Yes." }],
        { role: "assistant", content: "Yes." },
        ["signature-dropped"],
      ],
      "with a block that has no place": [
        "openai",
        [{ type: "native", value: { type: "web_search_call" } }, { type: "text", text: "Yes." }],
        { role: "assistant", content: "Yes." },
        ["native-dropped"],
      ],
      "with signed thinking among its content": [
        "mistral",
        [{ type: "reasoning", text: "Hm.", signature: "sig" }, { type: "text", text: "Yes." }],
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: [{ type: "text", text: "Hm." }], signature: "sig" },
            { type: "text", text: "Yes." },
          ],
        },
        [],
      ],
      "with a call of a tool that takes free text": [
        "openai",
        [{
          ...call,
          arguments: "select 1",
          extra: { type: "custom", custom: { name: "now", input: "select 1" } },
        }],
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1", type: "custom", custom: { name: "now", input: "select 1" } }],
        },
        [],
      ],
    };
  for (const [name, [id, content, turn, warnings]] of Object.entries(table)) {
    it(name, () => assert.deepEqual(sent(id, content), { turn, warnings }));
  }

  it("survives the round trip", () => {
    const message = { role: "assistant", content: "Yes.", reasoning: "Hm.", reasoning_details: details };
    const body = { id: "c", choices: [{ index: 0, message, finish_reason: "stop" }] };
    const parts = partsOf(codecOf("openrouter").decode(body, headOf()));
    const { content } = turnOf(parts, "Yes.", "acme");
    assert.ok(typeof content !== "string");
    const { turn } = sent("openrouter", content);
    assert.deepEqual(turn, { role: "assistant", content: "Yes.", reasoning_details: details });
  });
});

describe("params by vendor and model", () => {
  const rows: readonly [string, string, Record<string, Json>, Record<string, unknown>, readonly string[]][] =
    [
      ["openai", "gpt-5", { temperature: 0.2, max_tokens: 5 }, { max_completion_tokens: 5 }, [
        "param-dropped",
      ]],
      ["openai", "o3", { temperature: 1, presence_penalty: 1 }, { temperature: 1 }, ["param-dropped"]],
      ["openai", "gpt-5.2", { temperature: 0.2, reasoning_effort: "none" }, {
        temperature: 0.2,
        reasoning_effort: "none",
      }, []],
      ["openai", "gpt-5-chat-latest", { temperature: 0.2 }, { temperature: 0.2 }, []],
      ["openai", "gpt-4o", { temperature: 0.2 }, { temperature: 0.2 }, []],
      ["openai", "gpt-6-sol", { top_p: 0.2 }, {}, ["param-dropped"]],
      ["qwen", "qwen3", { reasoning_effort: "none" }, { enable_thinking: false }, []],
      ["qwen", "qwen3", { reasoning_effort: "high", enable_thinking: false }, { enable_thinking: false }, []],
      ["zai", "glm", { reasoning_effort: "low" }, { thinking: { type: "enabled" } }, []],
      ["deepseek", "d", { reasoning_effort: "none" }, { thinking: { type: "disabled" } }, []],
      ["deepseek", "d", { reasoning_effort: "max" }, { reasoning_effort: "max" }, []],
      ["moonshot", "k", { reasoning_effort: "medium" }, { reasoning_effort: "high" }, ["param-clamped"]],
      ["mistral", "m", { reasoning_effort: "low" }, { reasoning_effort: "high" }, ["param-clamped"]],
      ["groq", "g", { reasoning_effort: "max" }, { reasoning_effort: "high" }, ["param-clamped"]],
      ["openrouter", "o", { reasoning_effort: "low" }, { reasoning: { effort: "low" } }, []],
      ["together", "t", { reasoning_effort: "none" }, { reasoning: { enabled: false } }, []],
    ];
  for (const [id, model, params, expected, warnings] of rows) {
    it(`${id} ${model}: ${JSON.stringify(params)}`, () => {
      const request = codecOf(id).encode(fakeAttempting({ target: { upstreamModel: model, params } }));
      const { model: _, messages: __, ...rest } = jsonOf(request) as Record<string, unknown>;
      assert.deepEqual(rest, expected);
      assert.deepEqual((request.warnings ?? []).map(({ code }) => code), warnings);
    });
  }
});
