/** Results of every kind, made of parts: n > 1, tool calls, usage, and answers that are none. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ResultFacts, textOf, toResult } from "../../src/client/result.ts";
import type { Modality } from "../../src/contract/call.ts";
import type { Cost } from "../../src/contract/cost.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Receipt } from "../../src/contract/receipt.ts";
import type { Usage } from "../../src/contract/usage.ts";
import type { LoomError } from "../../src/errors/index.ts";

const cost: Cost = { usd: 0.5, local: 40, localCurrency: "INR", savedUsd: 0, breakdown: [] };

function receipt(attempts: Receipt["attempts"] = []): Receipt {
  return {
    callId: "call-1",
    startedAtMs: 0,
    latencyMs: 5,
    cache: "off",
    deduplicated: false,
    steps: [],
    attempts,
    warnings: [{ code: "dropped", message: "no seed" }],
  };
}

function make(modality: Modality, parts: readonly Part[], facts: Partial<ResultFacts> = {}) {
  const known = { modality, provider: "acme", model: "m1", receipt: receipt(), cost, streamed: false };
  return toResult(parts, { ...known, ...facts });
}

function usage(inputTokens: number): Usage {
  return {
    inputTokens,
    outputTokens: 1,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: inputTokens + 1,
  };
}

const call = { type: "tool-call", index: 0, id: "c1", name: "look" } as const;

describe("a text result", () => {
  it("joins text, reasoning and refusal, and takes calls, citations and the reason", () => {
    const citation = { url: "https://a.test" };
    const result = make("text", [
      { type: "response", id: "r" },
      { type: "reasoning", text: "h" },
      { type: "text", text: "a" },
      { type: "reasoning", text: "m" },
      { type: "text", text: "b" },
      { type: "refusal", text: "n" },
      { type: "refusal", text: "o" },
      { type: "tool-call-start", index: 0, id: "c1", name: "look" },
      { type: "tool-call-delta", index: 0, text: '{"a":' },
      { type: "tool-call-delta", index: 0, text: "1}" },
      { ...call, arguments: '{"a":1}' },
      { type: "citation", citation },
      { type: "finish", reason: "tool-calls" },
    ]);
    assert.ok(result.kind === "text");
    assert.deepEqual([result.text, result.reasoning, result.refusal, result.finishReason], [
      "ab",
      "hm",
      "no",
      "tool-calls",
    ]);
    assert.deepEqual(result.toolCalls, [{ id: "c1", name: "look", arguments: '{"a":1}', input: { a: 1 } }]);
    assert.deepEqual(result.citations, [citation]);
    assert.equal(result.choices, undefined);
  });

  it("may be empty", () => {
    const result = make("text", []);
    assert.ok(result.kind === "text");
    assert.deepEqual([result.text, result.reasoning, result.toolCalls, result.citations], ["", "", [], []]);
    assert.equal(result.finishReason, "other");
    assert.equal("refusal" in result, false);
  });

  for (
    const [text, input] of [
      ['{"a":1}', { a: 1 }],
      ["", {}],
      ["  ", {}],
      ["null", null],
      ['{"a":', undefined],
      ["look it up", undefined],
    ] as const
  ) {
    it(`reads a tool call's arguments ${JSON.stringify(text)} as ${JSON.stringify(input)}`, () => {
      const result = make("text", [{ ...call, arguments: text }]);
      assert.ok(result.kind === "text");
      assert.deepEqual(result.toolCalls[0], { id: "c1", name: "look", arguments: text, input });
    });
  }

  it("sorts alternatives apart; the first is the result's own", () => {
    const result = make("text", [
      { type: "text", text: "c", choice: 2 },
      { type: "text", text: "a" },
      { type: "text", text: "b", choice: 1 },
      { type: "text", text: "A", choice: 0 },
      { type: "reasoning", text: "hm", choice: 1 },
      { ...call, arguments: "{}", choice: 1 },
      { type: "citation", citation: { url: "u" }, choice: 1 },
      { type: "finish", reason: "length", choice: 2 },
      { type: "finish", reason: "stop" },
      { type: "finish", reason: "tool-calls", choice: 1 },
    ]);
    assert.ok(result.kind === "text");
    assert.deepEqual([result.text, result.finishReason, result.toolCalls, result.citations], [
      "aA",
      "stop",
      [],
      [],
    ]);
    assert.deepEqual(
      result.choices?.map(({ text, finishReason, reasoning }) => [text, finishReason, reasoning]),
      [
        ["aA", "stop", ""],
        ["b", "tool-calls", "hm"],
        ["c", "length", ""],
      ],
    );
    assert.equal(result.choices?.[1]?.toolCalls.length, 1);
  });

  it("carries the checked output", () => {
    const result = make("text", [{ type: "text", text: "{}" }], { output: { a: 1 } });
    assert.ok(result.kind === "text");
    assert.deepEqual(result.output, { a: 1 });
  });
});

describe("a result of another kind", () => {
  const picture = { mimeType: "image/png", dataB64: "aGk=" };
  it("pictures", () => {
    const result = make("image", [{ type: "image", ...picture }, { type: "image", url: "u" }, {
      type: "text",
      text: "x",
    }]);
    assert.ok(result.kind === "image");
    assert.deepEqual(result.images, [picture, { url: "u" }]);
  });

  it("films", () => {
    const result = make("video", [{ type: "video", url: "u" }]);
    assert.ok(result.kind === "video");
    assert.deepEqual(result.videos, [{ url: "u" }]);
  });

  it("speech", () => {
    const result = make("speech", [{ type: "audio", mimeType: "audio/mpeg", dataB64: "aGk=" }]);
    assert.ok(result.kind === "speech");
    assert.deepEqual(result.audio, { mimeType: "audio/mpeg", dataB64: "aGk=" });
  });

  it("a transcript, empty when nothing was said", () => {
    const result = make("transcription", [{ type: "transcript", text: "a" }, {
      type: "transcript",
      text: "b",
    }]);
    assert.ok(result.kind === "transcription");
    assert.equal(result.text, "ab");
    assert.equal((make("transcription", []) as { text: string }).text, "");
  });

  it("vectors, in the order of the input, as lists of their own", () => {
    const vector = [1, 2];
    const result = make("embedding", [
      { type: "embedding", index: 1, vector: [3, 4] },
      { type: "embedding", index: 0, vector },
    ]);
    assert.ok(result.kind === "embedding");
    assert.deepEqual(result.embeddings, [[1, 2], [3, 4]]);
    assert.notEqual(result.embeddings[0], vector);
  });

  it("judgements in the order of the texts", () => {
    const judged = { categories: { violence: true }, scores: { violence: 0.9 } };
    const result = make("moderation", [
      { type: "moderation", index: 1, flagged: false, categories: {}, scores: {} },
      { type: "moderation", index: 0, flagged: true, ...judged },
    ]);
    assert.ok(result.kind === "moderation");
    assert.deepEqual(result.judgements, [{ flagged: true, ...judged }, {
      flagged: false,
      categories: {},
      scores: {},
    }]);
  });

  it("a ranking, best first, empty when nothing fits", () => {
    const result = make("rerank", [
      { type: "rank", index: 0, score: 0.1 },
      { type: "rank", index: 1, score: 0.9 },
      { type: "rank", index: 2, score: 0.5 },
    ]);
    assert.ok(result.kind === "rerank");
    assert.deepEqual(result.ranking.map(({ index }) => index), [1, 2, 0]);
    assert.deepEqual((make("rerank", []) as { ranking: unknown }).ranking, []);
  });

  for (
    const [modality, what] of [["image", "image"], ["video", "video"], ["speech", "audio"], [
      "embedding",
      "embedding",
    ]] as const
  ) {
    it(`refuses an answer to ${modality} without any ${what}`, () => {
      assert.throws(() => make(modality, [{ type: "text", text: "sorry" }]), (error: LoomError) => {
        assert.equal(error.code, "invalid-reply");
        assert.match(error.message, new RegExp(`acme answered without any ${what}`));
        assert.deepEqual([error.provider, error.model], ["acme", "m1"]);
        return true;
      });
    });
  }
});

describe("every result", () => {
  it("names who answered, what it cost and what happened", () => {
    const { provider, model, cost: paid, trace, warnings } = make("text", []);
    assert.deepEqual([provider, model, paid], ["acme", "m1", cost]);
    assert.equal(trace.callId, "call-1");
    assert.deepEqual(warnings, [{ code: "dropped", message: "no seed" }]);
  });

  it("takes the last usage that the vendor told", () => {
    const parts: Part[] = [{ type: "usage", usage: usage(1) }, { type: "usage", usage: usage(7) }];
    assert.equal(make("text", parts).usage.inputTokens, 7);
  });

  it("takes the usage of the attempt that answered when the parts have none, and zeros when nobody has", () => {
    const attempt = (inputTokens: number, status: "ok" | "failed") => ({
      provider: "acme",
      model: "m1",
      upstreamModel: "m1",
      attempt: 1,
      startedMs: 0,
      latencyMs: 1,
      status,
      usage: usage(inputTokens),
    });
    const attempts = [attempt(1, "ok"), attempt(2, "ok"), attempt(3, "failed")];
    assert.equal(make("text", [], { receipt: receipt(attempts) }).usage.inputTokens, 2);
    assert.deepEqual(make("text", []).usage, { ...usage(0), outputTokens: 0, totalTokens: 0 });
  });

  it("has the vendor's body and the router's report when there are any", () => {
    const router = { used: "acme/m1", tried: ["b/m2", "acme/m1"] };
    const result = make("text", [{ type: "raw", value: { a: 1 } }], { router });
    assert.deepEqual([result.raw, result.router], [{ a: 1 }, router]);
    const bare = make("text", []);
    assert.deepEqual(["raw" in bare, "router" in bare], [false, false]);
  });
});

describe("textOf", () => {
  it("joins the text of the first alternative alone", () => {
    assert.equal(
      textOf([
        { type: "text", text: "a" },
        { type: "text", text: "x", choice: 1 },
        { type: "reasoning", text: "y" },
        { type: "text", text: "b", choice: 0 },
      ]),
      "ab",
    );
  });
});

it("toResult shows the vendor's body of whole answers, and no pieces of streams", () => {
  const parts: Part[] = [{ type: "raw", value: { id: 1 } }, { type: "text", text: "a" }, {
    type: "finish",
    reason: "stop",
  }];
  assert.deepEqual(make("text", parts).raw, { id: 1 });
  assert.ok(!("raw" in make("text", parts, { streamed: true })));
});
