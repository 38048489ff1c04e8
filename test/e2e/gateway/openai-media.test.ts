/** The official `openai` client against the gateway, unchanged: choices, vectors, pictures, sound, judgements, models. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI, { toFile } from "openai";
import type { TestServer } from "../../support/server.ts";
import { settled, startMockedGateway } from "./support.ts";
import { startTwofold } from "./twofold.ts";

const png = "iVBORw0KGgoAAAANSUhEUg==";

let twofold: TestServer;
let running: Awaited<ReturnType<typeof startMockedGateway>>;
let client: OpenAI;

before(async () => {
  twofold = await startTwofold();
  running = await startMockedGateway({
    models: { mapping: { house: { openai: "gpt-4o-mini", anthropic: "claude-sonnet-4-6" } } },
  }, { providers: { twofold: { type: "openai", baseUrl: twofold.url, apiKey: "sk-twofold-0" } } });
  running.vendor.mock
    .onModerate("fight", {
      flagged: true,
      categories: { violence: true },
      category_scores: { violence: 0.97 },
    })
    .onImage(/./, { images: [{ b64Json: png }] })
    .onSpeech("read this", { audio: "SUQzBAAAAAAA", format: "mp3" })
    .onTranscription({ transcription: { text: "Hello there.", duration: 2.5, language: "english" } })
    .onEmbedding(/./, { embedding: [0.25, 0.5, -0.75] })
    .on({ endpoint: "chat" }, { content: "A plain answer." });
  client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "sk-anything", maxRetries: 0 });
});
after(async () => {
  await running.close();
  await twofold.close();
});

describe("openai, beside text", () => {
  for (const [way, more] of [["verbatim", {}], ["re-encoded", { max_tokens: 9 }]] as const) {
    it(`two choices, ${way}, told apart in a stream too`, async () => {
      const messages = [{ role: "user" as const, content: "two of them" }];
      const asked = { model: "twofold/gpt-4o-mini", n: 2, messages, ...more };
      const whole = await client.chat.completions.create(asked);
      assert.deepEqual(whole.choices.map(({ message }) => message.content), ["left side", "right side"]);
      const texts = ["", ""];
      for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
        for (const { index, delta } of choices) texts[index] += delta.content ?? "";
      }
      assert.deepEqual(texts, ["left side", "right side"]);
      const helped = await client.chat.completions.stream(asked).finalChatCompletion();
      assert.deepEqual(helped.choices.map(({ message }) => message.content), ["left side", "right side"]);
    });
  }

  for (const model of ["openai/text-embedding-3-small", "cohere/embed-v4.0"]) {
    it(`embeddings of ${model}, which the client asks for in base64`, async () => {
      const one = await client.embeddings.create({ model, input: "one" });
      assert.deepEqual(one.data[0]?.embedding, [0.25, 0.5, -0.75]);
      // The mock sends numbers whatever it is asked for; older clients would take them for bytes.
      const answer = await fetch(`${running.url}/v1/embeddings`, {
        method: "POST",
        body: JSON.stringify({ model, input: "one", encoding_format: "base64" }),
      });
      const { data } = await answer.json() as { data: { embedding: unknown }[] };
      assert.equal(
        data[0]?.embedding,
        Buffer.from(new Float32Array([0.25, 0.5, -0.75]).buffer).toString("base64"),
      );
      const two = await client.embeddings.create({ model, input: ["one", "two"], encoding_format: "float" });
      assert.deepEqual(two.data.map(({ index, embedding }) => [index, embedding.length]), [[0, 3], [1, 3]]);
    });
  }

  it("pictures", async () => {
    const { data } = await client.images.generate({ model: "openai/gpt-image-1", prompt: "a lighthouse" });
    assert.equal(data?.[0]?.b64_json, png);
  });

  it("pictures made of others", async () => {
    const { data } = await client.images.edit({
      model: "openai/gpt-image-1",
      prompt: "a lighthouse",
      image: await toFile(Buffer.from(png, "base64"), "a.png", { type: "image/png" }),
    });
    assert.equal(data?.[0]?.b64_json, png);
  });

  it("speech, as bytes", async () => {
    const answer = await client.audio.speech.create({
      model: "openai/tts-1",
      voice: "alloy",
      input: "read this",
    });
    assert.equal(answer.headers.get("content-type"), "audio/mpeg");
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString("base64"), "SUQzBAAAAAAA");
  });

  it("transcripts", async () => {
    const file = await toFile(Buffer.from("SUQzBAAAAAAA", "base64"), "a.mp3", { type: "audio/mpeg" });
    const { text } = await client.audio.transcriptions.create({ model: "openai/whisper-1", file });
    assert.equal(text, "Hello there.");
  });

  it("moderation", async () => {
    const { results } = await client.moderations.create({
      model: "openai/omni-moderation-latest",
      input: "a fight",
    });
    assert.equal(results[0]?.flagged, true);
    assert.equal(results[0]?.categories.violence, true);
  });

  it("models, in a list and one by one", async () => {
    const ids: string[] = [];
    for await (const { id, object } of client.models.list()) {
      assert.equal(object, "model");
      ids.push(id);
    }
    assert.ok(ids.includes("gpt-4o-mini") && ids.includes("claude-sonnet-4-6") && ids.includes("house"));
    assert.equal((await client.models.retrieve("gpt-4o-mini")).owned_by, "openai");
    assert.equal((await client.models.retrieve("openai/gpt-4o-mini")).id, "gpt-4o-mini");
  });

  it("a mapped name goes to the first of its providers", async () => {
    const asked = { model: "house", messages: [{ role: "user" as const, content: "plain" }] };
    const { response } = await client.chat.completions.create(asked).withResponse();
    assert.equal(response.headers.get("x-loom-provider"), "openai");
  });

  it("what the client adds that nobody knows reaches a vendor of the same format", async () => {
    await client.chat.completions.create({
      model: "openai/gpt-4o-mini",
      messages: [{ role: "user", content: "unknown fields" }],
      // @ts-expect-error: a field of tomorrow
      field_of_tomorrow: { deep: [1, 2] },
    });
    const [request] = running.vendor.requests("unknown fields");
    assert.deepEqual(request?.body["field_of_tomorrow"], { deep: [1, 2] });
  });

  it("what had to be left out for a vendor of another format is said in a header", async () => {
    const messages = [{ role: "user" as const, content: "hello" }];
    const asked = { messages, n: 2, logit_bias: { 50256: -100 }, "x\r\nevil: 1": true };
    for (const stream of [false, true]) {
      const { response } = await client.chat.completions.create({
        ...asked,
        model: "anthropic/claude-sonnet-4-6",
        stream,
      }).withResponse();
      const warnings = response.headers.get("x-loom-warnings") ?? "";
      assert.match(warnings, /logit_bias/);
      assert.match(warnings, /`n`/);
      assert.equal(response.headers.get("evil"), null);
    }
    const { response } = await client.chat.completions.create({ ...asked, model: "openai/gpt-4o-mini" })
      .withResponse();
    assert.equal(response.headers.get("x-loom-warnings"), null);
  });

  it("leaves nothing behind", async () => {
    await settled(running);
    assert.deepEqual(running.log, []);
  });
});
