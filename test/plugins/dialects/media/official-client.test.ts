/** Held against the vendors' own clients: method, path and body must be what those send for the same call. */

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { Mistral } from "@mistralai/mistralai";
import Groq from "groq-sdk";
import OpenAI, { toFile } from "openai";
import Together from "together-ai";
import { type Asked, bodyOf, encoded, formFields, png, wav } from "./support.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

let server: Server;
let url = "";
let received: Sent | undefined;

before(async () => {
  server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk)).on("end", () => {
      const bytes = Buffer.concat(chunks);
      const type = request.headers["content-type"] ?? "";
      const { method = "", url: path = "" } = request;
      const form = type.startsWith("multipart/");
      const body = bytes.length === 0
        ? undefined
        : form
        ? formFields(bytes, type)
        : JSON.parse(bytes.toString());
      received = { method, path, body };
      const sound = path.endsWith("/speech");
      const text = JSON.stringify({
        id: "v1",
        data: [],
        results: [],
        text: "x",
        model: "m",
        usage: {},
        language: null,
      });
      response.writeHead(200, { "content-type": sound ? "audio/mpeg" : "application/json" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** What our codec sends, at the place where the wire sends it. */
function ours(id: string, asked: Asked): Sent {
  const request = encoded(id, asked);
  return {
    method: request.method,
    path: new URL(`http://a.test/v1${request.path}`).pathname,
    body: bodyOf(request),
  };
}

const bytes = (dataB64: string) => Buffer.from(dataB64, "base64");
const picture = () => toFile(bytes(png.dataB64), "image.png", { type: png.mimeType });
const sound = () => toFile(bytes(wav.dataB64), "audio.wav", { type: wav.mimeType });
const prompt = "A lighthouse, Ærø";
const model = "m-1";

describe("OpenAI's own client sends the same for", () => {
  const client = () => new OpenAI({ apiKey: "sk-test", baseURL: `${url}/v1`, maxRetries: 0 });
  const cases: readonly (readonly [string, () => Promise<unknown>, Asked])[] = [
    [
      "a picture",
      () => client().images.generate({ model, prompt, n: 2, size: "1024x1024", quality: "low" }),
      {
        modality: "image",
        prompt,
        params: { n: 2, size: "1024x1024", quality: "low" },
      },
    ],
    ["a changed picture", async () => client().images.edit({ model, prompt, image: await picture(), n: 1 }), {
      modality: "image",
      prompt,
      params: { n: 1 },
      images: [png],
    }],
    [
      "several pictures",
      async () => client().images.edit({ model, prompt, image: [await picture(), await picture()] }),
      {
        modality: "image",
        prompt,
        images: [png, png],
      },
    ],
    [
      "speech",
      () =>
        client().audio.speech.create({
          model,
          input: prompt,
          voice: "nova",
          response_format: "wav",
          speed: 1.5,
        }),
      {
        modality: "speech",
        prompt,
        params: { voice: "nova", format: "wav", speed: 1.5 },
      },
    ],
    ["a transcription", async () =>
      client().audio.transcriptions.create({
        model,
        prompt,
        file: await sound(),
        language: "da",
        response_format: "verbose_json",
        timestamp_granularities: ["word", "segment"],
      }), {
      modality: "transcription",
      prompt,
      audio: wav,
      params: {
        language: "da",
        response_format: "verbose_json",
        timestamp_granularities: ["word", "segment"],
      },
    }],
    [
      "a film",
      async () =>
        client().videos.create({
          model: "sora-2",
          prompt,
          seconds: "8",
          size: "1280x720",
          input_reference: await picture(),
        }),
      {
        modality: "video",
        model: "sora-2",
        prompt,
        params: { duration: 8, size: "1280x720" },
        images: [png],
      },
    ],
  ];
  for (const [what, send, asked] of cases) {
    it(what, async () => {
      await send();
      assert.deepEqual(ours("openai", { model, ...asked }), received);
    });
  }
});

describe("Together's own client sends the same for", () => {
  const client = () => new Together({ apiKey: "k", baseURL: `${url}/v1`, maxRetries: 0 });
  const cases: readonly (readonly [string, () => Promise<unknown>, Asked])[] = [
    [
      "a picture",
      () => client().images.generate({ model, prompt, n: 2, width: 1024, height: 768, steps: 4 }),
      {
        modality: "image",
        prompt,
        params: { n: 2, size: "1024x768", steps: 4 },
      },
    ],
    ["a ranking", () => client().rerank.create({ model, query: "q", documents: ["a", "b"], top_n: 1 }), {
      modality: "rerank",
      prompt: "q",
      input: ["a", "b"],
      params: { top_n: 1 },
    }],
    [
      "speech",
      () => client().audio.speech.create({ model, input: prompt, voice: "v", response_format: "wav" }),
      {
        modality: "speech",
        prompt,
        params: { voice: "v", format: "wav" },
      },
    ],
    [
      "a transcription",
      async () =>
        client().audio.transcriptions.create({
          model: model as "openai/whisper-large-v3",
          file: await sound(),
          language: "da",
        }),
      {
        modality: "transcription",
        audio: wav,
        params: { language: "da" },
      },
    ],
  ];
  for (const [what, send, asked] of cases) {
    it(what, async () => {
      await send();
      assert.deepEqual(ours("together", { model, ...asked }), received);
    });
  }
});

describe("Groq's own client sends the same for", () => {
  const client = () => new Groq({ apiKey: "k", baseURL: url, maxRetries: 0 });
  // Its paths begin with what belongs to our base URL.
  const trimmed = () => ({ ...received, path: received?.path.replace(/^\/openai/, "") });
  it("speech", async () => {
    await client().audio.speech.create({ model, input: prompt, voice: "v", response_format: "wav" });
    assert.deepEqual(
      ours("groq", { modality: "speech", model, prompt, params: { voice: "v", format: "wav" } }),
      trimmed(),
    );
  });
  it("a transcription", async () => {
    await client().audio.transcriptions.create({
      model,
      file: await sound(),
      timestamp_granularities: ["word"],
    });
    const params = { timestamp_granularities: ["word"] };
    assert.deepEqual(ours("groq", { modality: "transcription", model, audio: wav, params }), trimmed());
  });
  it("a transcription of an address", async () => {
    await client().audio.transcriptions.create({ model, url: "https://a.example/a.wav" });
    const audio = { url: "https://a.example/a.wav" };
    assert.deepEqual(ours("groq", { modality: "transcription", model, audio }), trimmed());
  });
});

describe("Mistral's own client sends the same for", () => {
  const client = () => new Mistral({ apiKey: "k", serverURL: url });
  // It always names two switches; their values are what the API takes for granted.
  const bare = () => {
    const { stream: _, diarize: __, ...body } = received?.body as Record<string, unknown>;
    return { ...received, body };
  };
  it("a transcription", async () => {
    const file = { fileName: "audio.wav", content: bytes(wav.dataB64) };
    await client().audio.transcriptions.complete({
      model,
      file,
      language: "da",
      timestampGranularities: ["word", "segment"],
    });
    const params = { language: "da", timestamp_granularities: ["word", "segment"] };
    assert.deepEqual(ours("mistral", { modality: "transcription", model, audio: wav, params }), bare());
  });
  it("a transcription of an address", async () => {
    await client().audio.transcriptions.complete({ model, fileUrl: "https://a.example/a.wav" }).catch(
      () => {},
    );
    const audio = { url: "https://a.example/a.wav" };
    assert.deepEqual(ours("mistral", { modality: "transcription", model, audio }), bare());
  });
});
