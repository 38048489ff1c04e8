/** Whole answers: their form is that of the official package's types, and they say what the parts say. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type OpenAI from "openai";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { openaiChat } from "../../../../src/gateway/formats/openai-chat/index.ts";
import { writeChat } from "../../../../src/gateway/formats/openai-chat/write.ts";
import { partsOf } from "./answers.ts";
import { factsOf, usage } from "./support.ts";

/** The compiler holds what is written against the package's own type. */
function write(parts: readonly Part[], body: JsonObject = {}): OpenAI.ChatCompletion {
  return writeChat(parts, factsOf(openaiChat, body));
}

function onlyChoice(parts: readonly Part[], body: JsonObject = {}): OpenAI.ChatCompletion.Choice {
  const { choices } = write(parts, body);
  const [choice] = choices;
  assert.ok(choices.length === 1 && choice !== undefined, "there is one choice");
  return choice;
}

const empty = { role: "assistant", content: "", refusal: null };
const weather = {
  id: "call_a",
  type: "function",
  function: { name: "weather", arguments: '{"city":"Oslo"}' },
};
const time = { id: "call_b", type: "function", function: { name: "time", arguments: "{}" } };
const call: Part = {
  type: "tool-call",
  index: 0,
  id: "call_a",
  name: "weather",
  arguments: '{"city":"Oslo"}',
};
const picture: Part = { type: "image", dataB64: "iVBO", mimeType: "image/png" };

const messages:
  readonly (readonly [name: string, parts: readonly Part[], message: JsonObject, finish: string])[] = [
    ["nothing", [], empty, "stop"],
    ["text", partsOf("text"), { ...empty, content: "Hi \ud83d\ude00 “you”\n\u0000" }, "stop"],
    ["reasoning", partsOf("reasoning"), { ...empty, content: "Hi", reasoning_content: "Hmm." }, "stop"],
    ["calls beside text", partsOf("calls in pieces"), {
      ...empty,
      content: "Let me see.",
      tool_calls: [weather, time],
    }, "tool_calls"],
    ["calls alone", partsOf("calls that come whole"), {
      ...empty,
      content: null,
      tool_calls: [weather, time],
    }, "tool_calls"],
    [
      "a call without a reason to end",
      [call],
      { ...empty, content: null, tool_calls: [weather] },
      "tool_calls",
    ],
    ["a refusal", partsOf("refusal"), { ...empty, content: null, refusal: "No." }, "content_filter"],
    ["an unknown reason", [{ type: "finish", reason: "other", raw: "pause" }], empty, "stop"],
    ["sources", partsOf("sources"), {
      ...empty,
      content: "It rains.",
      annotations: [
        {
          type: "url_citation",
          url_citation: { start_index: 0, end_index: 9, title: "A", url: "https://a.test" },
        },
        {
          type: "url_citation",
          url_citation: { start_index: 0, end_index: 0, title: "https://b.test", url: "https://b.test" },
        },
      ],
    }, "stop"],
    ["pictures", [picture, { type: "image", url: "https://x.test/a.png" }], {
      ...empty,
      images: [
        { type: "image_url", index: 0, image_url: { url: "data:image/png;base64,iVBO" } },
        { type: "image_url", index: 1, image_url: { url: "https://x.test/a.png" } },
      ],
    }, "stop"],
    ["sound and its words", [{ type: "text", text: "Hi" }, { type: "audio", dataB64: "UklG" }], {
      ...empty,
      content: null,
      audio: { id: "audio_c1", data: "UklG", expires_at: 1_700_003_600, transcript: "Hi" },
    }, "stop"],
    ["what a vendor ties to its call", [{ ...call, extra: { thoughtSignature: "s1" } }], {
      ...empty,
      content: null,
      tool_calls: [{
        ...weather,
        extra_content: { loom: { provider: "acme", extra: { thoughtSignature: "s1" } } },
      }],
    }, "tool_calls"],
  ];

describe("a whole answer", () => {
  for (const [name, parts, message, finish] of messages) {
    it(`is written: ${name}`, () => {
      const choice = onlyChoice(parts);
      assert.deepEqual(choice, { index: 0, message, logprobs: null, finish_reason: finish });
    });
  }

  it("has the vendor's id and model where it gave them", () => {
    const { choices: _, ...head } = write(partsOf("text"));
    assert.deepEqual(head, {
      id: "resp-9",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "m1-2026-06",
      usage: {
        prompt_tokens: 12,
        completion_tokens: 7,
        total_tokens: 19,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
  });

  it("has an id and a model of its own where the vendor gave none", () => {
    const { id, model, usage: none } = write([]);
    assert.deepEqual([id, model, none], ["chatcmpl-c1", "m1-2026", undefined]);
  });

  it("counts sound, pictures and cache writes where there are any", () => {
    const more = {
      ...usage,
      cacheWriteTokens: 2,
      inputAudioTokens: 3,
      inputImageTokens: 1,
      outputAudioTokens: 5,
    };
    const { usage: told } = write([{ type: "usage", usage: more }]);
    assert.deepEqual([told?.prompt_tokens_details, told?.completion_tokens_details], [
      { cached_tokens: 4, cache_write_tokens: 2, audio_tokens: 3, image_tokens: 1 },
      { reasoning_tokens: 3, audio_tokens: 5 },
    ]);
  });

  it("has the usage of the call where no part says it", () => {
    const facts = { ...factsOf(openaiChat), usage };
    assert.equal(writeChat([], facts).usage?.total_tokens, 19);
  });

  it("has alternatives in order", () => {
    const { choices } = write([{ type: "text", text: "b", choice: 1 }, { type: "text", text: "a" }]);
    assert.deepEqual(choices.map(({ index, message }) => [index, message.content]), [[0, "a"], [1, "b"]]);
  });

  it("has log probabilities of a whole answer or of a stream's pieces, in OpenAI's form alone", () => {
    const one = { token: "H", bytes: [72], logprob: -1, top_logprobs: [] };
    const whole: Part = {
      type: "raw",
      value: { choices: [{ index: 0, logprobs: { content: [one], refusal: null } }] },
    };
    assert.deepEqual(onlyChoice([whole]).logprobs, { content: [one], refusal: null });
    const piece: Part = { type: "raw", value: { logprobs: { content: [one], refusal: null }, choice: 0 } };
    assert.deepEqual(onlyChoice([piece, piece]).logprobs, { content: [one, one], refusal: null });
    const other: Part = { type: "raw", value: { choices: [{ logprobs: { tokens: ["H"] } }] } };
    assert.equal(onlyChoice([other]).logprobs, null);
  });

  it("has a function call where functions were given in the older form", () => {
    const choice = onlyChoice(partsOf("calls that come whole"), { functions: [{ name: "weather" }] });
    assert.deepEqual(choice.message.function_call, weather.function);
    assert.deepEqual([choice.message.tool_calls, choice.finish_reason], [undefined, "function_call"]);
  });

  it("has a call of free text for a tool that takes it", () => {
    const body = { tools: [{ type: "custom", custom: { name: "sh" } }] };
    const parts: readonly Part[] = [{ type: "tool-call", index: 0, id: "c", name: "sh", arguments: "ls" }];
    assert.deepEqual(onlyChoice(parts, body).message.tool_calls, [
      { id: "c", type: "custom", custom: { name: "sh", input: "ls" } },
    ]);
  });
});
