/** What becomes an attribute, and what does not because it is not what its name says. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Modality } from "../../src/contract/call.ts";
import type { Params } from "../../src/contract/message.ts";
import { finishWord, identity, requestAttributes } from "../../src/middleware/tracing-attributes.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";

function asked(params: Params, modality: Modality = "text", providerName = "acme"): object {
  const attributes = requestAttributes(fakeAttempting({ call: { modality, params } }), providerName);
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith("loom.")));
}

describe("identity", () => {
  const operations: readonly [Modality, string][] = [
    ["text", "chat"],
    ["embedding", "embeddings"],
    ["image", "generate_image"],
    ["video", "generate_video"],
    ["speech", "generate_speech"],
    ["transcription", "transcribe"],
    ["rerank", "rerank"],
  ];
  for (const [modality, operation] of operations) {
    it(`calls ${modality} "${operation}"`, () => {
      const attributes = identity(fakeAttempting({ call: { modality } }), "acme", undefined);
      assert.equal(attributes["gen_ai.operation.name"], operation);
    });
  }
});

describe("requestAttributes", () => {
  const cases: readonly { readonly name: string; readonly params: Params; readonly want: object }[] = [
    { name: "nothing", params: {}, want: {} },
    {
      name: "OpenAI's names",
      params: { top_p: 0.9, frequency_penalty: 0.1, presence_penalty: 0.2, seed: 7, stop: "END", n: 3 },
      want: {
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.choice.count": 3,
      },
    },
    {
      name: "Anthropic's names",
      params: { max_tokens: 64, top_k: 40, stop_sequences: ["a", "b"] },
      want: {
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.stop_sequences": ["a", "b"],
      },
    },
    {
      name: "Gemini's names",
      params: { maxOutputTokens: 64, topK: 40, topP: 1, stopSequences: ["a"], candidateCount: 2 },
      want: {
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.top_p": 1,
        "gen_ai.request.stop_sequences": ["a"],
        "gen_ai.request.choice.count": 2,
      },
    },
    { name: "one alternative, which goes without saying", params: { n: 1 }, want: {} },
    {
      name: "the newer limit where both are given",
      params: { max_tokens: 1, max_completion_tokens: 2 },
      want: { "gen_ai.request.max_tokens": 2 },
    },
    {
      name: "values that are not what their names say",
      params: { temperature: "hot", max_tokens: 1.5, seed: 2 ** 60, stop: [1, null], n: "2", top_p: null },
      want: {},
    },
    {
      name: "the form of the answer",
      params: { response_format: { type: "json_object" } },
      want: { "gen_ai.output.type": "json" },
    },
    {
      name: "plain text as the form of the answer",
      params: { response_format: { type: "text" } },
      want: { "gen_ai.output.type": "text" },
    },
    { name: "a form of the answer that is no object", params: { response_format: "json" }, want: {} },
  ];
  for (const { name, params, want } of cases) {
    it(`reads ${name}`, () => assert.deepEqual(asked(params), want));
  }

  it("knows by the output schema that JSON is wanted", () => {
    const output = { schema: {}, name: "output", validate: (value: unknown) => value, repair: 0 } as const;
    const attributes = requestAttributes(fakeAttempting({ call: { output } }), "acme");
    assert.equal(attributes["gen_ai.output.type"], "json");
  });

  it("knows by the modality what comes out", () => {
    assert.deepEqual(asked({ response_format: "b64_json" }, "image"), { "gen_ai.output.type": "image" });
    assert.deepEqual(asked({}, "speech"), { "gen_ai.output.type": "speech" });
    assert.deepEqual(asked({}, "video"), {});
  });

  it("reads size and form of embeddings, and only of those", () => {
    const params = { dimensions: 256, encoding_format: "base64" };
    assert.deepEqual(asked(params, "embedding"), {
      "gen_ai.embeddings.dimension.count": 256,
      "gen_ai.request.encoding_formats": ["base64"],
    });
    assert.deepEqual(asked(params), {});
  });

  it("says a service tier of OpenAI unless it is the usual", () => {
    assert.deepEqual(asked({ service_tier: "auto" }, "text", "openai"), {});
    assert.deepEqual(asked({ service_tier: "priority" }, "text", "openai"), {
      "openai.request.service_tier": "priority",
    });
  });
});

describe("finishWord", () => {
  const cases = [
    ["stop", "end_turn", "stop"],
    ["length", undefined, "length"],
    ["tool-calls", "tool_use", "tool_call"],
    ["content-filter", "SAFETY", "content_filter"],
    ["other", "RECITATION", "RECITATION"],
    ["other", undefined, "other"],
  ] as const;
  for (const [reason, raw, want] of cases) {
    it(`says "${want}" for ${reason} (${raw})`, () => assert.equal(finishWord(reason, raw), want));
  }
});
