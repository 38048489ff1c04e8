/** The official clients, unchanged, against the formats: their real requests are read, and they read what is written. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import OpenAI, { BadRequestError, toFile } from "openai";
import type { Json, JsonObject, Part } from "../../../../src/contract/index.ts";
import type { Asked } from "../../../../src/gateway/format.ts";
import { openaiEmbeddings } from "../../../../src/gateway/formats/openai-embeddings.ts";
import { openaiImageEdits, openaiImages } from "../../../../src/gateway/formats/openai-images/index.ts";
import { openaiModerations } from "../../../../src/gateway/formats/openai-moderations.ts";
import { openaiSpeech } from "../../../../src/gateway/formats/openai-speech.ts";
import { openaiTranscriptions } from "../../../../src/gateway/formats/openai-transcriptions/index.ts";
import { rerank } from "../../../../src/gateway/formats/rerank.ts";
import { bodyOf, codecOf, encoded, headOf } from "../../../plugins/dialects/media/support.ts";
import { fetchOf, usage } from "./support.ts";

const formats = {
  "/v1/embeddings": openaiEmbeddings,
  "/v1/moderations": openaiModerations,
  "/v1/images/generations": openaiImages,
  "/v1/images/edits": openaiImageEdits,
  "/v1/audio/speech": openaiSpeech,
  "/v1/audio/transcriptions": openaiTranscriptions,
  "/v1/rerank": rerank,
  "/v2/rerank": rerank,
};

/** A client for which these parts are the answer; `asked` is what the last request was read as. */
function clientOf(parts: readonly Part[] | ((asked: Asked, body: JsonObject) => readonly Part[])) {
  const seen: { asked?: Asked } = {};
  const client = new OpenAI({
    apiKey: "k",
    baseURL: "http://loom.test/v1",
    maxRetries: 0,
    fetch: fetchOf(formats, (asked, body) => {
      seen.asked = asked;
      return typeof parts === "function" ? parts(asked, body) : parts;
    }),
  });
  return { client, seen };
}

/** What OpenAI is sent for what was asked. */
function sentOn({ modality, call }: Asked): unknown {
  return bodyOf(encoded("openai", { modality, model: "m", ...call }));
}

/** The parts of OpenAI's answer to what was asked. */
function decoded({ modality, call }: Asked, body: Json): readonly Part[] {
  const asked = { modality, model: "m", ...call };
  const parts = codecOf("openai").decode(body, headOf("openai", asked));
  assert.ok("length" in parts);
  return parts;
}

const soundB64 = "UklGRiQAAABXQVZFZm10IA==";
const pngBytes = Buffer.from("iVBORw0KGgoAAAANSUhEUg==", "base64");
const counted: Part = { type: "usage", usage };

describe("openai", () => {
  const vector = [0.25, -1.5, 3.1415927410125732, 1e-20];
  const vectors: readonly Part[] = [{ type: "embedding", index: 0, vector }, counted];

  it("embeds: base64, as it asks for by itself, gives the vector", async () => {
    let encoding: unknown;
    const { client } = clientOf((_, body) => {
      encoding = body["encoding_format"];
      return vectors;
    });
    const answer = await client.embeddings.create({ model: "m", input: "Hello" });
    assert.equal(encoding, "base64");
    assert.deepEqual(answer.data[0]?.embedding, vector.map(Math.fround));
    assert.deepEqual(answer.usage, { prompt_tokens: 7, total_tokens: 7 });
  });

  it("embeds: as numbers", async () => {
    const { client } = clientOf(vectors);
    const answer = await client.embeddings.create({ model: "m", input: ["Hello"], encoding_format: "float" });
    assert.deepEqual(answer.data, [{ object: "embedding", index: 0, embedding: vector }]);
  });

  it("shows what is wrong as its own error", async () => {
    const { client } = clientOf(vectors);
    await assert.rejects(client.embeddings.create({ model: "m", input: [1, 2, 3] }), (error: unknown) => {
      assert.ok(error instanceof BadRequestError);
      assert.equal(error.param, "input");
      assert.match(error.message, /check_embedding_ctx_length/);
      return true;
    });
  });

  it("moderates", async () => {
    const result = {
      flagged: true,
      categories: { violence: true, hate: false },
      category_scores: { violence: 0.9, hate: 0.01 },
      category_applied_input_types: { violence: ["text"], hate: [] },
    };
    const vendor = { id: "modr-1", model: "omni-1", results: [result] };
    const { client, seen } = clientOf((asked) => decoded(asked, vendor));
    const answer = await client.moderations.create({ model: "m", input: [{ type: "text", text: "boo" }] });
    assert.deepEqual(answer, vendor);
    assert.deepEqual(sentOn(seen.asked as Asked), { model: "m", input: ["boo"] });
  });

  it("makes pictures: what it asks reaches OpenAI, and what OpenAI answers reaches it", async () => {
    const vendor = {
      created: 1_790_000_000,
      background: "opaque",
      output_format: "png",
      quality: "high",
      size: "1024x1024",
      data: [{ b64_json: pngBytes.toString("base64"), revised_prompt: "A grey cat" }],
      usage: {
        input_tokens: 20,
        input_tokens_details: { image_tokens: 0, text_tokens: 20 },
        output_tokens: 100,
        output_tokens_details: { image_tokens: 90, text_tokens: 10 },
        total_tokens: 120,
      },
    };
    const { client, seen } = clientOf((asked) => decoded(asked, vendor));
    const asked = {
      model: "m",
      prompt: "A cat",
      n: 1,
      size: "1024x1024",
      quality: "high",
      background: "opaque",
      output_format: "png",
      moderation: "low",
    } as const;
    const answer = await client.images.generate(asked);
    assert.deepEqual(answer, vendor);
    assert.deepEqual(sentOn(seen.asked as Asked), asked);
  });

  it("changes pictures: files and mask reach OpenAI as files", async () => {
    const { client, seen } = clientOf([{ type: "image", mimeType: "image/png", dataB64: "AQID" }]);
    const answer = await client.images.edit({
      model: "m",
      prompt: "Add a hat",
      image: [
        await toFile(pngBytes, "one.png", { type: "image/png" }),
        await toFile(pngBytes, "two.png", { type: "image/png" }),
      ],
      mask: await toFile(pngBytes, "mask.png", { type: "image/png" }),
      n: 2,
      size: "1024x1024",
    });
    assert.deepEqual(answer.data, [{ b64_json: "AQID" }]);
    const written = pngBytes.toString("base64");
    assert.deepEqual(sentOn(seen.asked as Asked), {
      model: "m",
      prompt: "Add a hat",
      n: "2",
      size: "1024x1024",
      "image[]": [`one.png image/png ${written}`, `two.png image/png ${written}`],
      mask: `mask.png image/png ${written}`,
    });
  });

  it("speaks: a file", async () => {
    const { client, seen } = clientOf([{ type: "audio", mimeType: "audio/wav", dataB64: soundB64 }]);
    const asked = {
      model: "m",
      input: "Hello",
      voice: "alloy",
      response_format: "wav",
      speed: 1.25,
    } as const;
    const answer = await client.audio.speech.create(asked);
    assert.equal(answer.headers.get("content-type"), "audio/wav");
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString("base64"), soundB64);
    assert.deepEqual(sentOn(seen.asked as Asked), asked);
  });

  it("speaks: events", async () => {
    const { client } = clientOf([{ type: "audio", mimeType: "audio/wav", dataB64: soundB64 }, counted]);
    const answer = await client.audio.speech.create({
      model: "m",
      input: "Hello",
      voice: "alloy",
      stream_format: "sse",
    });
    const events = (await answer.text()).split("\n\n").filter((event) => event !== "");
    assert.deepEqual(events.map((event) => JSON.parse(event.slice("data: ".length)).type), [
      "speech.audio.delta",
      "speech.audio.done",
    ]);
  });

  const recording = () => toFile(Buffer.from(soundB64, "base64"), "hello.wav", { type: "audio/wav" });

  it("writes down: JSON, with what it asks reaching OpenAI", async () => {
    const vendor = {
      text: "Hello.",
      logprobs: [{ token: "Hello", logprob: -0.1 }],
      usage: {
        type: "tokens",
        input_tokens: 14,
        input_token_details: { audio_tokens: 10, text_tokens: 4 },
        output_tokens: 3,
        total_tokens: 17,
      },
    };
    const { client, seen } = clientOf((asked) => decoded(asked, vendor));
    const answer = await client.audio.transcriptions.create({
      model: "m",
      file: await recording(),
      prompt: "A greeting",
      language: "en",
      temperature: 0.2,
      include: ["logprobs"],
      chunking_strategy: { type: "server_vad", threshold: 0.5 },
    });
    assert.deepEqual(answer, vendor);
    assert.deepEqual(sentOn(seen.asked as Asked), {
      model: "m",
      prompt: "A greeting",
      language: "en",
      temperature: "0.2",
      "include[]": "logprobs",
      "chunking_strategy[type]": "server_vad",
      "chunking_strategy[threshold]": "0.5",
      file: `hello.wav audio/wav ${soundB64}`,
    });
  });

  it("writes down: with times", async () => {
    const vendor = {
      task: "transcribe",
      language: "english",
      duration: 1.5,
      text: "Hello.",
      words: [{ word: "Hello", start: 0, end: 1.5 }],
      usage: { type: "duration", seconds: 2 },
    };
    const { client, seen } = clientOf((asked) => decoded(asked, vendor));
    const answer = await client.audio.transcriptions.create({
      model: "m",
      file: await recording(),
      response_format: "verbose_json",
      timestamp_granularities: ["word"],
    });
    assert.deepEqual(answer, vendor);
    const sent = sentOn(seen.asked as Asked) as JsonObject;
    assert.equal(sent["timestamp_granularities[]"], "word");
  });

  it("writes down: subtitles", async () => {
    const text = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n";
    const { client } = clientOf([{ type: "transcript", text }]);
    const file = await recording();
    assert.equal(
      await client.audio.transcriptions.create({ model: "m", file, response_format: "srt" }),
      text,
    );
  });

  it("writes down: a stream", async () => {
    const { client } = clientOf([{ type: "transcript", text: "Hello." }, counted]);
    const file = await recording();
    const stream = await client.audio.transcriptions.create({ model: "m", file, stream: true });
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    assert.deepEqual(events, [
      { type: "transcript.text.delta", delta: "Hello." },
      {
        type: "transcript.text.done",
        text: "Hello.",
        usage: { type: "tokens", input_tokens: 7, output_tokens: 3, total_tokens: 10 },
      },
    ]);
  });
});

describe("cohere-ai", () => {
  const parts: readonly Part[] = [
    { type: "response", id: "r-1" },
    { type: "rank", index: 0, score: 0.1 },
    { type: "rank", index: 1, score: 0.9 },
    { type: "usage", usage: { ...usage, queries: 1 } },
  ];
  const options = () => ({
    token: "k",
    environment: "http://loom.test",
    maxRetries: 0,
    fetch: fetchOf(formats, () => parts),
  });
  const question = { model: "m", query: "Which one?", documents: ["this", "that"], topN: 1 };

  it("ranks", async () => {
    const answer = await new CohereClientV2(options()).rerank(question);
    assert.equal(answer.id, "r-1");
    assert.deepEqual(answer.results, [{ index: 1, relevanceScore: 0.9 }]);
    assert.equal(answer.meta?.billedUnits?.searchUnits, 1);
  });

  it("ranks by the first version, with documents", async () => {
    const answer = await new CohereClient(options()).rerank({ ...question, returnDocuments: true });
    assert.deepEqual(answer.results, [{ index: 1, relevanceScore: 0.9, document: { text: "that" } }]);
  });

  it("shows what is wrong", async () => {
    await assert.rejects(new CohereClientV2(options()).rerank({ ...question, topN: 0 }), (error: unknown) => {
      assert.match(String(error), /top_n: must be a whole number from 1/);
      return true;
    });
  });
});
