/** What each format makes of a request, and which fault it names. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../../../src/contract/index.ts";
import type { Asked, Format, FormFile } from "../../../../src/gateway/format.ts";
import { openaiEmbeddings } from "../../../../src/gateway/formats/openai-embeddings.ts";
import { openaiImageEdits, openaiImages } from "../../../../src/gateway/formats/openai-images/index.ts";
import { openaiModerations } from "../../../../src/gateway/formats/openai-moderations.ts";
import { openaiSpeech } from "../../../../src/gateway/formats/openai-speech.ts";
import { openaiTranscriptions } from "../../../../src/gateway/formats/openai-transcriptions/index.ts";
import { rerank } from "../../../../src/gateway/formats/rerank.ts";
import { failureOf } from "../../../support/failure.ts";
import { file } from "./support.ts";

/** The call, without what is the same in all of them, and what else differs from nothing. */
type Read = Partial<Asked["call"]> & { readonly unknown?: readonly string[]; readonly user?: string };

const wav = file("file", { filename: "a.wav", mimeType: "audio/wav" });
const audio = { dataB64: "AQID", mimeType: "audio/wav", filename: "a.wav" };
const picture = { dataB64: "AQID", mimeType: "image/png", filename: "a.png" };

const reads: readonly (readonly [Format, JsonObject, Read, (readonly FormFile[])?])[] = [
  [openaiEmbeddings, { model: "m", input: "a" }, { input: ["a"] }],
  [openaiEmbeddings, { model: "m", input: ["a", ""], encoding_format: "base64" }, { input: ["a", ""] }],
  [openaiEmbeddings, { model: "m", input: "a", dimensions: 64, user: "u", input_type: "query", x: null }, {
    input: ["a"],
    params: { dimensions: 64 },
    user: "u",
    unknown: ["input_type"],
  }],
  [openaiEmbeddings, { model: "m", input: "\0\ud800" }, { input: ["\0\ud800"] }],

  [openaiModerations, { model: "m", input: "a" }, { input: ["a"] }],
  [openaiModerations, { model: "m", input: ["a", "b"], z: 1 }, { input: ["a", "b"], unknown: ["z"] }],
  [openaiModerations, { model: "m", input: [{ type: "text", text: "a" }, { type: "text", text: "b" }] }, {
    input: ["a", "b"],
  }],

  [rerank, { model: "m", query: "q", documents: ["a", { text: "b", id: 7 }], top_n: 1 }, {
    prompt: "q",
    input: ["a", "b"],
  }],
  [rerank, {
    model: "m",
    query: "q",
    documents: ["a"],
    return_documents: true,
    max_tokens_per_doc: 9,
    rank_fields: ["x"],
  }, { prompt: "q", input: ["a"], params: { max_tokens_per_doc: 9 }, unknown: ["rank_fields"] }],

  [openaiImages, { model: "m", prompt: "p" }, { prompt: "p" }],
  [openaiImages, {
    model: "m",
    prompt: "p",
    n: 2,
    size: "1024x1024",
    quality: "high",
    background: "transparent",
    output_format: "webp",
    output_compression: 80,
    moderation: "low",
    seed: 5,
    response_format: "b64_json",
    stream: false,
    style: null,
    partial_images: 2,
    user: "u",
  }, {
    prompt: "p",
    params: {
      n: 2,
      size: "1024x1024",
      quality: "high",
      background: "transparent",
      moderation: "low",
      output_format: "webp",
      output_compression: 80,
      seed: 5,
    },
    unknown: ["partial_images"],
    user: "u",
  }],
  [openaiImages, { model: "m", prompt: "p", size: "auto", quality: "auto", background: "auto" }, {
    prompt: "p",
  }],

  [openaiImageEdits, { model: "m", prompt: "p", n: "2", output_compression: "50", stream: "false" }, {
    prompt: "p",
    images: [picture],
    params: { n: 2, output_compression: 50 },
  }, [file("image")]],
  [
    openaiImageEdits,
    { model: "m", prompt: "p" },
    {
      prompt: "p",
      images: [picture, { ...picture, filename: "b.JPG", mimeType: "image/jpeg" }],
      params: { mask: "data:image/png;base64,AQID" },
      unknown: ["other"],
    },
    [
      file("image[]"),
      file("image[]", { filename: "b.JPG", mimeType: "application/octet-stream" }),
      file("mask", { filename: "", mimeType: "application/octet-stream" }),
      file("other"),
    ],
  ],
  [openaiImageEdits, { model: "m", prompt: "p", images: [] }, {
    prompt: "p",
    images: [picture],
    unknown: ["images"],
  }, [file("image")]],
  [openaiImageEdits, { model: "m", prompt: "p", images: [{ image_url: "data:image/png;base64,AQID" }] }, {
    prompt: "p",
    images: [{ url: "data:image/png;base64,AQID" }],
  }],

  [openaiSpeech, { model: "m", input: "Hello", voice: "alloy" }, {
    prompt: "Hello",
    params: { voice: "alloy" },
  }],
  [openaiSpeech, {
    model: "m",
    input: "Hello",
    voice: { id: "voice_1" },
    response_format: "wav",
    speed: 1.5,
    instructions: "slowly",
    stream_format: "sse",
    pitch: 2,
  }, {
    prompt: "Hello",
    params: { voice: { id: "voice_1" }, response_format: "wav", speed: 1.5, instructions: "slowly" },
    stream: true,
    unknown: ["pitch"],
  }],
  [openaiSpeech, { model: "m", input: "Hello", stream_format: "audio" }, { prompt: "Hello" }],

  [openaiTranscriptions, { model: "m" }, { audio }, [wav]],
  [openaiTranscriptions, {
    model: "m",
    prompt: "names",
    language: "en",
    temperature: "0.5",
    response_format: "verbose_json",
    timestamp_granularities: ["word"],
    chunking_strategy: { type: "server_vad" },
    stream: "true",
    beam: "5",
  }, {
    audio,
    prompt: "names",
    params: {
      language: "en",
      response_format: "verbose_json",
      temperature: 0.5,
      timestamp_granularities: ["word"],
      chunking_strategy: { type: "server_vad" },
    },
    unknown: ["beam"],
  }, [wav]],
  [openaiTranscriptions, { model: "m", stream: "true", include: "logprobs" }, {
    audio,
    params: { include: ["logprobs"] },
    stream: true,
  }, [wav]],
  [openaiTranscriptions, { model: "m", url: "https://example.com/a.mp3" }, {
    audio: { url: "https://example.com/a.mp3" },
  }],
];

describe("reading", () => {
  reads.forEach(([format, body, { unknown = [], user, ...call }, files = []], at) => {
    it(`${format.id} ${at}: ${Object.keys(body)}`, () => {
      const asked = format.read(body, files);
      assert.deepEqual(asked.call, { messages: [], params: {}, stream: false, ...call });
      assert.deepEqual(asked.unknown, unknown);
      assert.equal(asked.user, user);
      assert.equal(asked.model, "m");
    });
  });

  it("judges with OpenAI's newest model where none is named", () => {
    assert.equal(openaiModerations.read({ input: "a" }, []).model, "omni-moderation-latest");
  });

  it("takes `__proto__` for a field that it does not know", () => {
    const body = JSON.parse('{"model":"m","input":"a","__proto__":{"dimensions":3},"constructor":1}');
    const { call, unknown } = openaiEmbeddings.read(body, []);
    assert.deepEqual(unknown, ["__proto__", "constructor"]);
    assert.deepEqual(call.params, {});
  });
});

const text = "x".repeat(10);
const faults: readonly (readonly [Format, JsonObject, path: string, RegExp, (readonly FormFile[])?])[] = [
  ...[openaiEmbeddings, rerank, openaiImages, openaiImageEdits, openaiSpeech].map((
    format,
  ) =>
    [
      format,
      { input: "a", prompt: "p", query: "q", documents: ["a"] },
      "model",
      /^model: is missing/,
    ] as const
  ),
  [openaiEmbeddings, { model: 5, input: "a" }, "model", /must be a text/],
  [openaiEmbeddings, { model: "m" }, "input", /^input: is missing/],
  [openaiEmbeddings, { model: "m", input: {} }, "input", /a text or a list of texts/],
  [openaiEmbeddings, { model: "m", input: [] }, "input", /must not be empty/],
  [openaiEmbeddings, { model: "m", input: ["a", 5] }, "input[1]", /^input\[1\]: must be a text/],
  [openaiEmbeddings, { model: "m", input: [1, 2] }, "input", /check_embedding_ctx_length=False/],
  [openaiEmbeddings, { model: "m", input: [[1], [2]] }, "input", /tokens/],
  [openaiEmbeddings, { model: "m", input: Array(2_049).fill(text) }, "input", /2048 are the most/],
  [
    openaiEmbeddings,
    { model: "m", input: "a", encoding_format: "int8" },
    "encoding_format",
    /float or base64/,
  ],
  [openaiEmbeddings, { model: "m", input: "a", dimensions: "64" }, "dimensions", /a whole number/],
  [openaiEmbeddings, { model: "m", input: "a", user: {} }, "user", /must be a text/],
  [openaiModerations, { model: "m" }, "input", /is missing/],
  [openaiModerations, { input: [{ type: "image_url", image_url: { url: "x" } }] }, "input[0]", /pictures/],
  [openaiModerations, { input: [{ type: "text", text: "a" }, null] }, "input[1]", /"type": "text"/],
  [openaiModerations, { input: ["a", { type: "text", text: "a" }] }, "input[1]", /must be a text/],
  [rerank, { model: "m", documents: ["a"] }, "query", /is missing/],
  [rerank, { model: "m", query: "q" }, "documents", /is missing/],
  [rerank, { model: "m", query: "q", documents: "a" }, "documents", /a list of texts/],
  [rerank, { model: "m", query: "q", documents: ["a", { title: "b" }] }, "documents[1]", /a text or/],
  [
    rerank,
    { model: "m", query: "q", documents: Array(10_001).fill(text) },
    "documents",
    /10000 are the most/,
  ],
  [rerank, { model: "m", query: "q", documents: ["a"], top_n: 0 }, "top_n", /whole number from 1/],
  [
    rerank,
    { model: "m", query: "q", documents: ["a"], return_documents: 1 },
    "return_documents",
    /true or false/,
  ],
  [openaiImages, { model: "m", prompt: "" }, "prompt", /is missing/],
  [openaiImages, { model: "m", prompt: ["p"] }, "prompt", /must be a text/],
  [openaiImages, { model: "m", prompt: "p", n: 1.5 }, "n", /whole number/],
  [openaiImages, { model: "m", prompt: "p", size: 512 }, "size", /must be a text/],
  [openaiImages, { model: "m", prompt: "p", stream: true }, "stream", /^stream: pictures come whole/],
  [openaiImages, { model: "m", prompt: "p", response_format: "png" }, "response_format", /url or b64_json/],
  [openaiImageEdits, { model: "m", prompt: "p" }, "image", /is missing; give files/],
  [openaiImageEdits, { model: "m", prompt: "p" }, "image", /give a file/, [file("mask")]],
  [openaiImageEdits, { model: "m", prompt: "p" }, "image", /17 files/, Array(17).fill(file("image[]"))],
  [openaiImageEdits, { model: "m", prompt: "p" }, "image", /empty/, [
    file("image", { bytes: new Uint8Array() }),
  ]],
  [openaiImageEdits, { model: "m", prompt: "p", n: "two" }, "n", /whole number/, [file("image")]],
  [openaiImageEdits, { model: "m", prompt: "p", n: " " }, "n", /whole number/, [file("image")]],
  [openaiImageEdits, { model: "m", prompt: "p", stream: "true" }, "stream", /whole/, [file("image")]],
  [openaiImageEdits, { model: "m", prompt: "p", images: [{ file_id: "f" }] }, "images[0]", /image_url/],
  [
    openaiImageEdits,
    { model: "m", prompt: "p", images: [{ image_url: "file:///etc/passwd" }] },
    "images[0]",
    /https/,
  ],
  [openaiSpeech, { model: "m", voice: "alloy" }, "input", /is missing/],
  [openaiSpeech, { model: "m", input: "a", speed: "2" }, "speed", /a number/],
  [openaiSpeech, { model: "m", input: "a", stream_format: "ndjson" }, "stream_format", /sse or audio/],
  [openaiTranscriptions, { model: "m" }, "file", /is missing/],
  [openaiTranscriptions, { model: "m", file: "a.mp3" }, "file", /a file with a name/],
  [openaiTranscriptions, { model: "m" }, "file", /twice/, [wav, wav]],
  [openaiTranscriptions, { model: "m" }, "file", /empty/, [file("file", { bytes: new Uint8Array() })]],
  [openaiTranscriptions, { model: "m", url: "file:///etc/passwd" }, "url", /https/],
  [openaiTranscriptions, { model: "m", url: "https://example.com/a.mp3" }, "url", /one of them/, [wav]],
  [openaiTranscriptions, { model: "m", temperature: "warm" }, "temperature", /a number/, [wav]],
  [openaiTranscriptions, { model: "m", temperature: "Infinity" }, "temperature", /a number/, [wav]],
  [openaiTranscriptions, { model: "m", response_format: "pdf" }, "response_format", /one of json/, [wav]],
  [openaiTranscriptions, { model: ["m", "n"] }, "model", /a text/, [wav]],
  [openaiTranscriptions, { model: "m", stream: "yes" }, "stream", /true or false/, [wav]],
];

describe("bad requests", () => {
  faults.forEach(([format, body, path, message, files = []], at) => {
    it(`${format.id} ${at}: ${path}`, async () => {
      const error = await failureOf(() => format.read(body, files), "invalid-request");
      assert.equal(error.data.path, path);
      assert.match(error.message, message);
      const shown = format.error(error, 400, "req-1") as { error: JsonObject };
      assert.equal(shown.error["param"], path);
      assert.match(format.errorEvent(error, 400, "req-1"), /^data: \{"error":.*\n\n$/);
    });
  });
});
