/** Local counts are those of gpt-tokenizer, with the vocabulary of the model that is asked. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k, encodeChat } from "gpt-tokenizer/encoding/o200k_base";
import { localTokenizer } from "../../../src/batch/plan/local-tokenizer.ts";
import { requestTokens } from "../../../src/batch/plan/request-tokens.ts";
import { estimateTokens } from "../../../src/util/estimate-tokens.ts";

const texts = [
  "",
  "Say hi in five words.",
  "Größe, naïve, 日本語のテキスト、🙂🙃",
  "line one\r\nline two\n\n\tindented",
  "const x = () => ({ a: 1 });",
  "a lone surrogate: \ud800",
  "word ".repeat(3_000),
];

const models: readonly (readonly [model: string, encoding: string, exact: boolean])[] = [
  ["gpt-4o-mini", "o200k_base", true],
  ["gpt-5.6-sol", "o200k_base", true],
  ["o3-mini", "o200k_base", true],
  ["openai/gpt-oss-120b", "o200k_base", true],
  ["GPT-4o", "o200k_base", true],
  ["ft:gpt-3.5-turbo:acme::id", "cl100k_base", true],
  ["gpt-4", "cl100k_base", true],
  ["gpt-3.5-turbo", "cl100k_base", true],
  ["text-embedding-3-small", "cl100k_base", true],
  ["claude-sonnet-5-5", "o200k_base", false],
  ["gemini-3-flash", "o200k_base", false],
  ["davinci", "cl100k_base", false],
];

describe("the tokenizer of this machine", () => {
  for (const [model, encoding, exact] of models) {
    it(`counts ${model} with ${encoding}, ${exact ? "exactly" : "as an estimate"}`, async () => {
      const tokenizer = await localTokenizer(model);
      assert.deepEqual([tokenizer.encoding, tokenizer.exact], [encoding, exact]);
      const own = encoding === "o200k_base" ? o200k : cl100k;
      for (const text of texts) assert.equal(tokenizer.count(text), own(text), JSON.stringify(text));
    });
  }

  it("takes marks of the vocabulary for text", async () => {
    const { count } = await localTokenizer("gpt-4o");
    const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
    assert.equal(count("<|endoftext|>"), o200k("<|endoftext|>", asText));
  });

  it("counts a run of 200,000 letters in moments, and to a token per cut", async () => {
    const { count } = await localTokenizer("gpt-4o");
    const startedMs = performance.now();
    const tokens = count("abxzq".repeat(40_000));
    assert.ok(performance.now() - startedMs < 5_000);
    const perLetter = o200k("abxzq".repeat(200)) / 1_000;
    assert.ok(Math.abs(tokens - perLetter * 200_000) <= 100, String(tokens));
  });
});

describe("the tokens of a request", () => {
  it("are those of the conversation that OpenAI's models see", async () => {
    const prompt = "Say hi in five words.";
    const plain = await requestTokens({}, "gpt-4o-mini");
    assert.equal(plain.of(prompt), encodeChat([{ role: "user", content: prompt }], "gpt-4o").length);
    const system = "Answer in French.";
    const both = await requestTokens({ system }, "gpt-4o-mini");
    const chat = encodeChat(
      [{ role: "system", content: system }, { role: "user", content: prompt }],
      "gpt-4o",
    );
    assert.deepEqual([both.of(prompt), both.exact], [chat.length, true]);
  });

  it("are an estimate with a schema, whose form is the vendor's secret", async () => {
    const plain = await requestTokens({}, "gpt-4o-mini");
    const shaped = await requestTokens({ schema: { type: "object" } }, "gpt-4o-mini");
    assert.equal(shaped.exact, false);
    assert.ok(shaped.of("hi") > plain.of("hi"));
  });

  it("go by length beyond a number of letters, at the rate seen until then", async () => {
    const text = "The quick brown fox jumps over the lazy dog.";
    const tokens = await requestTokens({}, "gpt-4o", text.length * 2);
    const counted = tokens.of(text);
    tokens.of(text);
    assert.equal(tokens.exact, true);
    const longer = text.repeat(10);
    const around = 7;
    const expected = Math.ceil(estimateTokens(longer) * (counted - around) / estimateTokens(text));
    assert.equal(tokens.of(longer), around + expected);
    assert.deepEqual([tokens.exact, tokens.countedLetters], [false, text.length * 2]);
  });
});
