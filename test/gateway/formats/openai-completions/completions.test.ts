/** Plain completions: what requests mean, what is refused, and what is written, held against the official client. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI from "openai";
import type { JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { openaiCompletions } from "../../../../src/gateway/formats/openai-completions/index.ts";
import { writeCompletion } from "../../../../src/gateway/formats/openai-completions/write.ts";
import { answers, partsOf } from "../openai-chat/answers.ts";
import { clientAnswered, eventsOf, factsOf, failed, ok, streamed } from "../openai-chat/support.ts";

const read = (body: JsonObject) => openaiCompletions.read({ model: "m1", prompt: "Say hi.", ...body }, []);

/** The compiler holds what is written against the package's own type. */
function write(parts: readonly Part[], body: JsonObject = {}): OpenAI.Completion {
  return writeCompletion(parts, factsOf(openaiCompletions, body));
}

describe("a plain completion is asked for", () => {
  for (const prompt of ["Say hi.", ["Say hi."]]) {
    it(`with the prompt ${JSON.stringify(prompt)}`, () => {
      assert.deepEqual(read({ prompt }), {
        modality: "text",
        model: "m1",
        call: { messages: [{ role: "user", content: "Say hi." }], params: {}, stream: false },
        unknown: [],
      });
    });
  }

  it("with params, and fields that no text call has a word for", () => {
    const asked = read({
      max_tokens: 5,
      stop: ["a"],
      n: 2,
      echo: true,
      suffix: "end",
      best_of: 3,
      logprobs: 2,
      logit_bias: {},
      user: "ann",
      stream: true,
    });
    assert.deepEqual(asked.call.params, { max_tokens: 5, stop: ["a"], n: 2 });
    assert.deepEqual(asked.unknown, ["suffix", "best_of", "logprobs", "logit_bias"]);
    assert.deepEqual([asked.user, asked.call.stream], ["ann", true]);
  });

  it("with fields that ask for nothing", () => {
    assert.deepEqual(read({ echo: false, suffix: null, best_of: 1, logprobs: null }).unknown, []);
  });
});

const refused: readonly (readonly [path: string, body: JsonObject])[] = [
  ["model", { model: null }],
  ["prompt", { prompt: null }],
  ["prompt", { prompt: {} }],
  ["prompt", { prompt: [] }],
  ["prompt", { prompt: ["secret", "b"] }],
  ["prompt", { prompt: [1, 2, 3] }],
  ["prompt", { prompt: [[1, 2], [3]] }],
  ["prompt[0]", { prompt: [{ secret: 1 }] }],
  ["echo", { echo: "secret" }],
  ["temperature", { temperature: "secret" }],
];

describe("a bad request for one", () => {
  for (const [path, body] of refused) {
    it(`is refused at ${path}: ${JSON.stringify(body)}`, () => {
      assert.throws(() => read(body), (error) => {
        assert.ok(LoomError.is(error, "invalid-request"));
        assert.equal(error.data.path, path);
        assert.ok(!error.message.includes("secret"), error.message);
        return true;
      });
    });
  }
});

describe("a whole plain completion", () => {
  const whole: readonly (readonly [name: string, parts: readonly Part[], choices: readonly unknown[]])[] = [
    ["nothing", [], [["", 0, "stop"]]],
    ["text", partsOf("text"), [["Hi \ud83d\ude00 “you”\n\u0000", 0, "stop"]]],
    ["alternatives", partsOf("alternatives"), [["One!", 0, "length"], ["Uno!", 1, "stop"]]],
    ["a refusal", partsOf("refusal"), [["No.", 0, "content_filter"]]],
    ["thinking", partsOf("reasoning"), [["Hi", 0, "stop"]]],
  ];
  for (const [name, parts, choices] of whole) {
    it(`is written: ${name}`, () => {
      const told = write(parts).choices.map(({ text, index, finish_reason }) => [text, index, finish_reason]);
      assert.deepEqual(told, choices);
    });
  }

  it("has a head, and the tokens counted", () => {
    const { choices, usage, ...head } = write(partsOf("text"));
    assert.equal(choices[0]?.logprobs, null);
    assert.equal(usage?.total_tokens, 19);
    assert.deepEqual(head, {
      id: "resp-9",
      object: "text_completion",
      created: 1_700_000_000,
      model: "m1-2026-06",
    });
  });

  it("begins with the prompt when asked to", () => {
    assert.equal(write([{ type: "text", text: " Hi." }], { echo: true }).choices[0]?.text, "Say hi. Hi.");
  });
});

describe("a streamed plain completion", () => {
  for (const name of ["text", "alternatives", "refusal", "reasoning"]) {
    it(`says the same as a whole one: ${name}`, async () => {
      for (const echo of [false, true]) {
        const body = { echo, stream_options: { include_usage: true } };
        const client = clientAnswered(streamed(openaiCompletions, body, answers[name] ?? []));
        const stream = await client.completions.create({ model: "m1", prompt: "Say hi.", stream: true });
        const texts: string[] = [];
        const ends: unknown[] = [];
        let total: number | undefined;
        for await (const { choices, usage } of stream) {
          for (const { index, text, finish_reason } of choices) {
            texts[index] = (texts[index] ?? "") + text;
            ends[index] = finish_reason;
          }
          total = usage?.total_tokens;
        }
        const whole = write(partsOf(name), body);
        assert.deepEqual(texts, whole.choices.map(({ text }) => text));
        assert.deepEqual(ends, whole.choices.map(({ finish_reason }) => finish_reason));
        assert.equal(total, 19);
      }
    });
  }

  it("is made of these events", () => {
    const head = { id: "cmpl-c1", object: "text_completion", created: 1_700_000_000, model: "m1-2026" };
    const chunk = (text: string, finish_reason: string | null) => ({
      ...head,
      choices: [{ text, index: 0, logprobs: null, finish_reason }],
    });
    const events = eventsOf(streamed(openaiCompletions, {}, [[{ type: "text", text: "Hi" }]]));
    assert.deepEqual(events, [chunk("Hi", null), chunk("", "stop"), "[DONE]"]);
    assert.deepEqual(eventsOf(streamed(openaiCompletions, {}, [], ok)), [chunk("", "stop"), "[DONE]"]);
  });

  it("that fails ends with an error that the client throws", async () => {
    const client = clientAnswered(streamed(openaiCompletions, {}, [[{ type: "text", text: "Hi" }]], failed));
    const stream = await client.completions.create({ model: "m1", prompt: "Say hi.", stream: true });
    let text = "";
    await assert.rejects(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
    }, OpenAI.APIError);
    assert.equal(text, "Hi");
  });
});

it("the format is nobody's dialect, so nothing is sent on as it came", () => {
  assert.equal(openaiCompletions.dialect, undefined);
  assert.equal(openaiCompletions.verbatimEnd, undefined);
});
