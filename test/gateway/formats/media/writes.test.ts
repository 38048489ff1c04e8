/** What each format makes of the parts of an answer. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json, JsonObject, Part } from "../../../../src/contract/index.ts";
import { loomError } from "../../../../src/errors/index.ts";
import type { Format } from "../../../../src/gateway/format.ts";
import { needsBytes } from "../../../../src/gateway/formats/downloads.ts";
import { openaiEmbeddings } from "../../../../src/gateway/formats/openai-embeddings.ts";
import { openaiError } from "../../../../src/gateway/formats/openai-error.ts";
import { openaiImageEdits, openaiImages } from "../../../../src/gateway/formats/openai-images/index.ts";
import { openaiModerations } from "../../../../src/gateway/formats/openai-moderations.ts";
import { openaiSpeech } from "../../../../src/gateway/formats/openai-speech.ts";
import { openaiTranscriptions } from "../../../../src/gateway/formats/openai-transcriptions/index.ts";
import { rerank } from "../../../../src/gateway/formats/rerank.ts";
import { failureOf } from "../../../support/failure.ts";
import { factsOf, file, jsonOf, textOf, usage } from "./support.ts";

const counted: Part = { type: "usage", usage };
const said = { model: "m", query: "q", documents: ["a", { text: "b", id: 7 }, "c"] };
const ranks: readonly Part[] = [
  { type: "rank", index: 0, score: -2 },
  { type: "rank", index: 1, score: 0.9 },
  { type: "rank", index: 2, score: 0.5 },
];
const judged: readonly Part[] = [
  { type: "response", id: "modr-1", model: "omni" },
  {
    type: "moderation",
    index: 0,
    flagged: false,
    categories: { hate: false, sexual: true },
    scores: { hate: 0.2 },
  },
  { type: "moderation", index: 1, flagged: true, categories: { hate: true }, scores: { hate: 0.9 } },
];
const prompt = { model: "m", prompt: "p" };
const bytes: Part = { type: "image", mimeType: "image/webp", dataB64: "AQID" };
const address: Part = { type: "image", url: "https://acme.test/1.png" };
const imageTokens = { ...usage, inputImageTokens: 2, outputImageTokens: 3 };

const answers: readonly (readonly [Format, JsonObject, readonly Part[], Json])[] = [
  [openaiEmbeddings, { model: "m", input: ["a", "b"] }, [
    { type: "embedding", index: 0, vector: [0.1, -2] },
    { type: "embedding", index: 1, vector: [3, 4] },
    counted,
  ], {
    object: "list",
    data: [
      { object: "embedding", index: 0, embedding: [0.1, -2] },
      { object: "embedding", index: 1, embedding: [3, 4] },
    ],
    model: "m-up",
    usage: { prompt_tokens: 7, total_tokens: 7 },
  }],
  [openaiEmbeddings, { model: "m", input: "a", encoding_format: "base64" }, [
    { type: "response", model: "emb-3" },
    { type: "embedding", index: 0, vector: [1, -2] },
  ], {
    object: "list",
    // 1 and -2 are 0x3f800000 and 0xc0000000, lowest byte first.
    data: [{ object: "embedding", index: 0, embedding: btoa("\0\0\x80\x3f\0\0\0\xc0") }],
    model: "emb-3",
    usage: { prompt_tokens: 0, total_tokens: 0 },
  }],

  [openaiModerations, { input: ["a", "b"] }, judged, {
    id: "modr-1",
    model: "omni",
    results: [
      {
        flagged: false,
        categories: { hate: false, sexual: true },
        category_scores: { hate: 0.2 },
        category_applied_input_types: { hate: ["text"], sexual: ["text"] },
      },
      {
        flagged: true,
        categories: { hate: true },
        category_scores: { hate: 0.9 },
        category_applied_input_types: { hate: ["text"] },
      },
    ],
  }],
  [openaiModerations, { input: [{ type: "text", text: "a" }, { type: "text", text: "b" }] }, judged, {
    id: "modr-1",
    model: "omni",
    results: [{
      flagged: true,
      categories: { hate: true, sexual: true },
      category_scores: { hate: 0.9 },
      category_applied_input_types: { hate: ["text"], sexual: ["text"] },
    }],
  }],

  [rerank, { ...said, top_n: 2 }, [...ranks, { type: "usage", usage: { ...usage, queries: 1 } }], {
    id: "call-1",
    model: "m-up",
    results: [{ index: 1, relevance_score: 0.9 }, { index: 2, relevance_score: 0.5 }],
    meta: {
      api_version: { version: "2" },
      billed_units: { search_units: 1 },
      tokens: { input_tokens: 7, output_tokens: 3 },
    },
    usage: { prompt_tokens: 7, total_tokens: 10 },
  }],
  [rerank, { ...said, return_documents: true }, ranks, {
    id: "call-1",
    model: "m-up",
    results: [
      { index: 1, relevance_score: 0.9, document: { text: "b", id: 7 } },
      { index: 2, relevance_score: 0.5, document: { text: "c" } },
      { index: 0, relevance_score: -2, document: { text: "a" } },
    ],
    meta: { api_version: { version: "2" } },
    usage: { prompt_tokens: 0, total_tokens: 0 },
  }],

  [openaiImages, prompt, [bytes, { type: "usage", usage: imageTokens }], {
    created: 1_700_000_000,
    data: [{ b64_json: "AQID" }],
    usage: {
      input_tokens: 7,
      input_tokens_details: { image_tokens: 2, text_tokens: 5 },
      output_tokens: 3,
      output_tokens_details: { image_tokens: 3, text_tokens: 0 },
      total_tokens: 10,
    },
  }],
  [openaiImages, prompt, [
    address,
    bytes,
    {
      type: "raw",
      value: { created: 5, size: "1x1", quality: "low", data: [{ revised_prompt: "better" }, { url: "x" }] },
    },
  ], {
    created: 5,
    quality: "low",
    size: "1x1",
    data: [{ url: "https://acme.test/1.png", revised_prompt: "better" }, { b64_json: "AQID" }],
  }],
  // A picture that was held back leaves a row to which no picture belongs.
  [openaiImages, prompt, [bytes, { type: "raw", value: { data: [{ revised_prompt: "x" }, {}] } }], {
    created: 1_700_000_000,
    data: [{ b64_json: "AQID" }],
  }],
  [openaiImages, { ...prompt, response_format: "url" }, [address, bytes], {
    created: 1_700_000_000,
    data: [{ url: "https://acme.test/1.png" }, { url: "data:image/webp;base64,AQID" }],
  }],
  [
    openaiImages,
    { ...prompt, response_format: "b64_json" },
    [{ ...bytes, url: "https://acme.test/1.png" }, address],
    { created: 1_700_000_000, data: [{ b64_json: "AQID" }, { url: "https://acme.test/1.png" }] },
  ],
];

describe("writing", () => {
  answers.forEach(([format, body, parts, expected], at) => {
    it(`${format.id} ${at}`, () => {
      assert.deepEqual(jsonOf(format.write(parts, factsOf(format, body))), expected);
    });
  });

  it("gives the input types that the vendor names", () => {
    const applied = { hate: ["text"], sexual: [] };
    const raw: Part = { type: "raw", value: { results: [{ category_applied_input_types: applied }, {}] } };
    const written = openaiModerations.write(
      [...judged, raw],
      factsOf(openaiModerations, { input: ["a", "b"] }),
    );
    const { results } = jsonOf(written) as { results: readonly { category_applied_input_types: unknown }[] };
    assert.deepEqual(results[0]?.category_applied_input_types, applied);
  });

  it("joins the parts of one input, whatever the vendor says of each", () => {
    const raw: Part = { type: "raw", value: { results: [{ category_applied_input_types: {} }, {}] } };
    const [response, one, other] = judged as readonly [Part, Part, Part];
    const facts = factsOf(openaiModerations, {
      input: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
    });
    assert.deepEqual(
      jsonOf(openaiModerations.write([response, other, one, raw], facts)),
      jsonOf(openaiModerations.write([response, one, other], facts)),
    );
  });

  it("counts by the call where no part does", () => {
    const facts = factsOf(openaiEmbeddings, { model: "m", input: "a" }, [], { usage });
    const written = jsonOf(openaiEmbeddings.write([{ type: "embedding", index: 0, vector: [1] }], facts));
    assert.deepEqual((written as JsonObject)["usage"], { prompt_tokens: 7, total_tokens: 7 });
  });

  it("errors of rerank are in the shapes of all its clients", () => {
    const error = loomError("rate-limited", "slow down", {});
    assert.deepEqual(rerank.error(error, 429, "req-1"), {
      id: "req-1",
      message: "slow down",
      ...openaiError(error, 429),
    });
  });
});

describe("speech", () => {
  const body = { model: "m", input: "Hello" };
  const kinds: readonly (readonly [JsonObject, Part, string])[] = [
    [body, { type: "audio", dataB64: "AQID", mimeType: "audio/x-odd" }, "audio/x-odd"],
    [body, { type: "audio", dataB64: "AQID" }, "audio/mpeg"],
    [{ ...body, response_format: "pcm" }, { type: "audio", dataB64: "AQID" }, "audio/pcm"],
    [{ ...body, response_format: "new" }, { type: "audio", dataB64: "AQID" }, "application/octet-stream"],
  ];
  for (const [asked, part, contentType] of kinds) {
    it(`is a file of ${contentType}`, () => {
      const written = openaiSpeech.write([part, counted], factsOf(openaiSpeech, asked));
      assert.ok("bytes" in written);
      assert.deepEqual([...written.bytes], [1, 2, 3]);
      assert.equal(written.contentType, contentType);
    });
  }

  it("says so when there is only an address", async () => {
    const part: Part = { type: "audio", url: "https://acme.test/1.mp3" };
    const error = await failureOf(
      () => openaiSpeech.write([part], factsOf(openaiSpeech, body)),
      "invalid-reply",
    );
    assert.match(error.message, /acme gave the sound as an address/);
    const writer = openaiSpeech.stream?.(factsOf(openaiSpeech, { ...body, stream_format: "sse" }));
    assert.equal(writer?.parts([part]), "");
    assert.match(String(writer?.end({ status: "ok" })), /"error":.*as an address/);
  });

  it("is events, and an error event where it broke off", () => {
    const facts = factsOf(openaiSpeech, { ...body, stream_format: "sse" });
    const writer = openaiSpeech.stream?.(facts);
    assert.equal(writer?.parts([{ type: "response", id: "x" }]), "");
    assert.equal(
      writer?.parts([{ type: "audio", dataB64: "AQID" }, counted]),
      'data: {"type":"speech.audio.delta","audio":"AQID"}\n\n',
    );
    assert.equal(
      writer?.end({ status: "ok" }),
      'data: {"type":"speech.audio.done","usage":{"input_tokens":7,"output_tokens":3,"total_tokens":10}}\n\n',
    );
    const error = loomError("stream-broken", "it broke", { partsSeen: 1 });
    const broken = openaiSpeech.stream?.(facts).end({ status: "failed", error });
    assert.match(String(broken), /^data: \{"error":\{"message":"it broke"/);
  });
});

describe("transcriptions", () => {
  const recording = [file("file", { filename: "a.wav", mimeType: "audio/wav" })];
  const facts = (body: JsonObject) => factsOf(openaiTranscriptions, { model: "m", ...body }, recording);
  const segments = [{ id: 0, start: 0, end: 1.5, text: "Hi." }];

  const jsons: readonly (readonly [string, JsonObject, readonly Part[], Json])[] = [
    ["tokens", {}, [{ type: "transcript", text: "Hi." }, counted], {
      text: "Hi.",
      usage: { type: "tokens", input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    }],
    ["seconds", {}, [
      { type: "transcript", text: "Hi.", raw: { text: "Hi.", logprobs: [{ token: "Hi" }], x: 1 } },
      { type: "usage", usage: { ...usage, totalTokens: 0, seconds: 2.5 } },
    ], { text: "Hi.", logprobs: [{ token: "Hi" }], usage: { type: "duration", seconds: 2.5 } }],
    ["times", { response_format: "verbose_json" }, [
      { type: "transcript", text: "Hi.", raw: { language: "en", duration: 1.5, segments, text: "Hi." } },
    ], { task: "transcribe", language: "en", duration: 1.5, segments, text: "Hi." }],
  ];
  for (const [title, body, parts, expected] of jsons) {
    it(`as JSON with ${title}`, () => {
      assert.deepEqual(jsonOf(openaiTranscriptions.write(parts, facts(body))), expected);
    });
  }

  const texts: readonly (readonly [format: string, text: string])[] = [
    ["text", "Grüße.\n"],
    ["srt", "1\n00:00:00,000 --> 00:00:01,500\nHi.\n"],
    ["srt", ""],
    ["vtt", "WEBVTT\n\n"],
  ];
  for (const [format, text] of texts) {
    it(`as ${format}: ${JSON.stringify(text)}`, () => {
      const written = openaiTranscriptions.write(
        [{ type: "transcript", text }],
        facts({ response_format: format }),
      );
      assert.equal(textOf(written), text);
      assert.equal("bytes" in written && written.contentType, "text/plain; charset=utf-8");
    });
  }

  for (const format of ["srt", "vtt", "verbose_json", "diarized_json"]) {
    it(`refuses ${format} where the vendor gave no times`, async () => {
      const parts: readonly Part[] = [{ type: "transcript", text: "Hi.", raw: { text: "Hi." } }];
      const written = () => openaiTranscriptions.write(parts, facts({ response_format: format }));
      const error = await failureOf(written, "unsupported");
      assert.match(error.message, new RegExp(`^response_format: acme gave no times for ${format}`));
    });
  }

  it("streams who said what", () => {
    const segment = { type: "transcript.text.segment", id: "s", speaker: "A", start: 0, end: 1, text: "Hi." };
    const writer = openaiTranscriptions.stream?.(facts({ stream: "true", response_format: "diarized_json" }));
    const events = writer?.parts([{ type: "transcript", text: "Hi.", raw: { segments: [segment] } }]);
    assert.equal(
      events,
      `data: ${JSON.stringify(segment)}\n\ndata: {"type":"transcript.text.delta","delta":"Hi."}\n\n`,
    );
    assert.equal(writer?.end({ status: "ok" }), 'data: {"type":"transcript.text.done","text":"Hi."}\n\n');
    const error = loomError("aborted", "gone", {});
    assert.match(String(writer?.end({ status: "cancelled", error })), /^data: \{"error"/);
  });
});

describe("needsBytes", () => {
  const cases: readonly (readonly [Format, JsonObject, boolean])[] = [
    [openaiImages, { ...prompt, response_format: "b64_json" }, true],
    [
      openaiImageEdits,
      { ...prompt, images: [{ image_url: "https://a.test" }], response_format: "b64_json" },
      true,
    ],
    [openaiImages, { ...prompt, response_format: "url" }, false],
    [openaiImages, prompt, false],
    [openaiSpeech, { model: "m", input: "a" }, true],
    [openaiEmbeddings, { model: "m", input: "a" }, false],
  ];
  for (const [format, body, expected] of cases) {
    it(`${format.id} ${body["response_format"] ?? ""}: ${expected}`, () => {
      assert.equal(needsBytes(format.read(body, []), body), expected);
    });
  }
});
