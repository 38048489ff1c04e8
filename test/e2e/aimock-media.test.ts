/** Pictures, films, speech and transcripts through the whole chain, against a mock server of another project. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ProviderError } from "../../src/errors/index.ts";
import type { Loom } from "../../src/index.ts";
import { CLOCK } from "../../src/plugin.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { serve, type TestServer } from "../support/server.ts";
import { goodKey, type MockVendor, startMockVendor } from "./mock-vendor.ts";

const png = "iVBORw0KGgoAAAANSUhEUg==";
let vendor: MockVendor;
let front: TestServer;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  vendor.mock
    .onModerate("fight", {
      flagged: true,
      categories: { violence: true },
      category_scores: { violence: 0.97 },
    })
    .onImage("a lighthouse", { images: [{ b64Json: png }, { url: "https://cdn.example/b.webp" }] })
    .onImage("seed a dream", { images: [{ url: "https://cdn.example/c.jpeg" }] })
    .onSpeech("read this", { audio: "SUQzBAAAAAAA", format: "mp3" })
    .onTranscription({ transcription: { text: "Hello there.", duration: 2.5, language: "english" } })
    .onVideo("a sailing ship", {
      video: { id: "video_7", status: "completed", url: "https://cdn.example/v.mp4" },
    })
    .onVideo("a sinking ship", { video: { id: "video_8", status: "failed", error: "no ship" } })
    .on({ endpoint: "video", userMessage: "a grok ship" }, {
      video: { id: "g-1", status: "completed", url: "https://cdn.example/g.mp4", duration: 6, cost: 0.3 },
    })
    .on({ endpoint: "video", userMessage: "an ark" }, {
      json: {
        id: "cgt-1",
        model: "seedance",
        status: "succeeded",
        content: { video_url: "https://cdn.example/ark.mp4" },
        usage: { completion_tokens: 100, total_tokens: 100 },
        duration: 5,
      },
    });
  // The mock has no `/videos/{id}/content`.
  const origin = new URL(vendor.baseUrl("openai")).origin;
  front = await serve(async ({ method, url, headers, body, response }) => {
    if (url.endsWith("/content")) {
      return void response.writeHead(200, { "content-type": "video/mp4" }).end(
        Buffer.from("AAAAGGZ0eXBpc29t", "base64"),
      );
    }
    const type = headers["content-type"];
    const answer = await fetch(origin + url, {
      method,
      headers: {
        authorization: headers.authorization ?? "",
        ...(type !== undefined && { "content-type": type }),
      },
      ...(method === "POST" && { body }),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  const at = (id: string) => ({ baseUrl: vendor.baseUrl(id), apiKey: goodKey, models: "open" as const });
  loom = vendor.loom({
    provide: [[CLOCK, hurriedClock()]],
    providers: {
      openai: at("openai"),
      sora: { ...at("openai"), type: "openai", baseUrl: `${front.url}/v1` },
      xai: at("xai"),
      seedream: at("seedream"),
    },
  });
});
after(async () => {
  await loom.close();
  await front.close();
  await vendor.close();
});

describe("judgements", () => {
  it("come for each text, and are free", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "moderation",
      model: "omni-moderation-latest",
      input: "a fight",
    });
    assert.deepEqual(result.judgements, [{
      flagged: true,
      categories: { violence: true },
      scores: { violence: 0.97 },
    }]);
    assert.equal(result.cost.usd, 0);
  });
});

describe("pictures", () => {
  it("come as bytes and as addresses", async () => {
    const prompt = "a lighthouse";
    const result = await loom.generate({
      provider: "openai",
      modality: "image",
      model: "gpt-image-1",
      prompt,
      params: { n: 2 },
    });
    assert.equal(result.kind, "image");
    assert.deepEqual(result.images, [
      { mimeType: "image/png", dataB64: png },
      { mimeType: "image/webp", url: "https://cdn.example/b.webp" },
    ]);
    assert.equal(result.usage.images, 2);
    const [request] = vendor.requests(prompt);
    assert.equal(request?.path, "/v1/images/generations");
  });

  it("are changed, in a form", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "image",
      model: "gpt-image-1",
      prompt: "a lighthouse",
      images: [{ dataB64: png, mimeType: "image/png" }],
    });
    assert.equal(result.images.length, 2);
    assert.ok(vendor.requests("a lighthouse").some(({ path }) => path === "/v1/images/edits"));
  });

  it("come to a stream whole", async () => {
    const answer = loom.stream({
      provider: "openai",
      modality: "image",
      model: "gpt-image-1",
      prompt: "a lighthouse again",
    });
    const types: string[] = [];
    for await (const part of answer) types.push(part.type);
    assert.equal(types.filter((type) => type === "image").length, 2);
    assert.equal((await answer.result).kind, "image");
  });

  it("that cannot be fetched keep their address, and a warning says why", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "image",
      model: "gpt-image-1",
      prompt: "a lighthouse at https",
      download: true,
      timeoutMs: 20_000,
    });
    assert.equal(result.images[1]?.url, "https://cdn.example/b.webp");
    assert.deepEqual(result.warnings.map(({ code }) => code), ["download-failed"]);
  });

  it("are made by ModelArk", async () => {
    const result = await loom.generate({
      provider: "seedream",
      modality: "image",
      model: "seedream-4-5",
      prompt: "seed a dream",
    });
    assert.deepEqual(result.images, [{ mimeType: "image/jpeg", url: "https://cdn.example/c.jpeg" }]);
  });

  it("are not asked of a vendor that has none", async () => {
    await assert.rejects(
      loom.generate({ provider: "seedream", modality: "text", model: "seedream-4-5", prompt: "hi" }),
      (error) => error instanceof ProviderError || (error as { code?: string }).code === "unsupported",
    );
  });
});

describe("sound", () => {
  it("is made", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "speech",
      model: "tts-1",
      prompt: "read this",
    });
    assert.deepEqual(result.audio, { mimeType: "audio/mpeg", dataB64: "SUQzBAAAAAAA" });
    assert.equal(result.usage.characters, 9);
  });

  it("is written down", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "transcription",
      model: "whisper-1",
      audio: { dataB64: "UklGRiQAAABXQVZFZm10IA==", mimeType: "audio/wav" },
      params: { response_format: "verbose_json" },
    });
    assert.equal(result.text, "Hello there.");
    assert.equal(result.usage.seconds, 2.5);
  });
});

describe("films", () => {
  it("are made by OpenAI, and fetched when they are done", async () => {
    const result = await loom.generate({
      provider: "sora",
      modality: "video",
      model: "sora-2",
      prompt: "a sailing ship",
      params: { duration: 4 },
    });
    assert.deepEqual(result.videos, [{ mimeType: "video/mp4", dataB64: "AAAAGGZ0eXBpc29t" }]);
    assert.equal(result.usage.seconds, 4);
    assert.equal(vendor.requests("a sailing ship").length, 1);
  });

  it("that fail say so, and are begun once", async () => {
    await assert.rejects(
      loom.generate({ provider: "sora", modality: "video", model: "sora-2", prompt: "a sinking ship" }),
      (error) => error instanceof ProviderError && error.code === "provider-failed",
    );
    assert.equal(vendor.requests("a sinking ship").length, 1);
  });

  it("are made by Grok", async () => {
    const result = await loom.generate({
      provider: "xai",
      modality: "video",
      model: "grok-imagine-video",
      prompt: "a grok ship",
    });
    assert.deepEqual(result.videos, [{ mimeType: "video/mp4", url: "https://cdn.example/g.mp4" }]);
    assert.equal(result.usage.seconds, 6);
    assert.equal(result.cost.usd, 0.3, "the vendor's own price");
  });

  it("are made by ModelArk", async () => {
    const result = await loom.generate({
      provider: "seedream",
      modality: "video",
      model: "seedance-1-0",
      prompt: "an ark",
    });
    assert.deepEqual(result.videos, [{ mimeType: "video/mp4", url: "https://cdn.example/ark.mp4" }]);
    assert.deepEqual([result.usage.seconds, result.usage.outputTokens], [5, 100]);
  });
});
