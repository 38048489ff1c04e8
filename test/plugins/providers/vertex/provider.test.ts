/** Vertex AI through a whole Loom: addresses, tokens of a metadata server, Google's models, Claude and open ones. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { GoogleGenAI } from "@google/genai";
import { addressesOf, hostOf } from "../../../../plugins/providers/vertex/addresses.ts";
import { namedProject, projectOf } from "../../../../plugins/providers/vertex/project.ts";
import type { Loom } from "../../../../src/index.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { failureOf } from "../../../support/failure.ts";
import { bareLoom } from "../../../support/looms.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

const parent = "/v1/projects/p1/locations/europe-west4";

let metadata: TestServer;
let vertex: TestServer;
let loom: Loom;
let answer: unknown = {};

before(async () => {
  metadata = await serve(answerMetadata);
  vertex = await serve(({ response }) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  // The library reads these of the process alone.
  process.env["GCE_METADATA_HOST"] = new URL(metadata.url).host;
  process.env["METADATA_SERVER_DETECTION"] = "assume-present";
  process.env["HOME"] = "/nonexistent";
  delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
  loom = bareLoom({
    providers: {
      vertex: {
        baseUrl: `${vertex.url}/v1`,
        options: { project: "p1", location: "europe-west4", quotaProject: "payer" },
      },
    },
  });
});
after(async () => {
  await loom.close();
  await vertex.close();
  await metadata.close();
});

function answerMetadata({ url, headers, response }: Arrived): void {
  const known: Record<string, unknown> = {
    "/computeMetadata/v1/instance/service-accounts/default/token": {
      access_token: "meta-1",
      expires_in: 3600,
    },
    "/computeMetadata/v1/instance": {},
    "/computeMetadata/v1/universe/universe-domain": "googleapis.com",
    "/computeMetadata/v1/project/project-id": "meta-project",
  };
  const found = known[url.split("?")[0] ?? ""];
  const good = headers["metadata-flavor"] === "Google" && found !== undefined;
  response.writeHead(good ? 200 : 404, {
    "metadata-flavor": "Google",
    "content-type": typeof found === "string" ? "text/plain" : "application/json",
  });
  response.end(typeof found === "string" ? found : JSON.stringify(found ?? {}));
}

function last(): { url: string; body: Record<string, unknown>; headers: Arrived["headers"] } {
  const { url, body, headers } = vertex.requests.at(-1) as Arrived;
  return { url, body: body === "" ? {} : JSON.parse(body), headers };
}

const gemini = {
  candidates: [{ content: { parts: [{ text: "Hi." }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100 },
};
const claude = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Hi." }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1000, output_tokens: 100 },
};

describe("addresses", () => {
  for (
    const [location, host] of [
      ["global", "aiplatform.googleapis.com"],
      ["us", "aiplatform.us.rep.googleapis.com"],
      ["eu", "aiplatform.eu.rep.googleapis.com"],
      ["europe-west4", "europe-west4-aiplatform.googleapis.com"],
    ] as const
  ) {
    it(`of ${location}`, () => {
      assert.equal(hostOf(location), host);
      const addresses = addressesOf("p", { location }, fixedEnvironment({}));
      assert.equal(addresses.google, `https://${host}/v1/projects/p/locations/${location}/publishers/google`);
      assert.equal(
        addresses.anthropic,
        `https://${host}/v1/projects/p/locations/${location}/publishers/anthropic`,
      );
    });
  }

  it("come from the environment where nothing else says them", async () => {
    const environment = fixedEnvironment({ GOOGLE_CLOUD_LOCATION: "eu", GOOGLE_CLOUD_PROJECT: "e1" });
    assert.match(addressesOf("p", {}, environment).google, /aiplatform\.eu\.rep.*locations\/eu\//);
    assert.match(addressesOf("p", {}, fixedEnvironment({})).google, /locations\/global\//);
    const none = { projectId: () => Promise.reject(new Error("no")) };
    assert.equal(namedProject({}, environment), "e1");
    assert.equal(namedProject({ project: "o1" }, environment), "o1");
    assert.equal(namedProject({}, fixedEnvironment({})), undefined);
    assert.equal(await projectOf({ projectId: () => Promise.resolve("c1") }), "c1");
    await assert.rejects(
      projectOf(none),
      (error) =>
        error instanceof LoomError && error.code === "config-invalid" &&
        /GOOGLE_CLOUD_PROJECT/.test(error.message),
    );
  });
});

describe("a call", () => {
  it("of a Gemini model goes to Google's publisher, with a token of the metadata server and a price", async () => {
    answer = gemini;
    const result = await loom.generate({ provider: "vertex", model: "gemini-2.5-pro", prompt: "Hi" });
    const { url, body, headers } = last();
    assert.equal(url, `${parent}/publishers/google/models/gemini-2.5-pro:generateContent`);
    assert.deepEqual(body, { contents: [{ role: "user", parts: [{ text: "Hi" }] }] });
    assert.equal(headers.authorization, "Bearer meta-1");
    assert.equal(headers["x-goog-user-project"], "payer");
    assert.equal(result.text, "Hi.");
    assert.ok((result.cost.usd ?? 0) > 0, "it has a price");
  });

  it("asks in the project of the credentials when none is named", async () => {
    answer = gemini;
    await using other = bareLoom({ providers: { vertex: { baseUrl: `${vertex.url}/v1` } } });
    const { text } = await other.generate({ provider: "vertex", model: "gemini-2.5-pro", prompt: "Hi" });
    assert.equal(text, "Hi.");
    assert.equal(
      last().url,
      "/v1/projects/meta-project/locations/global/publishers/google/models/gemini-2.5-pro:generateContent",
    );
  });

  it("of Claude goes to Anthropic's publisher, the model in the path, the version in the body", async () => {
    answer = claude;
    for (const model of ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"]) {
      const result = await loom.generate({
        provider: "vertex",
        model,
        prompt: "Hi",
        params: { max_tokens: 50 },
      });
      const { url, body, headers } = last();
      assert.equal(url, `${parent}/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`);
      assert.equal(body["anthropic_version"], "vertex-2023-10-16");
      assert.equal(body["max_tokens"], 50);
      assert.ok(!("model" in body));
      assert.equal(headers["anthropic-version"], undefined);
      assert.equal(headers.authorization, "Bearer meta-1");
      assert.equal(result.text, "Hi.");
      // Vertex's list has the model under Vertex's spelling.
      assert.equal(result.cost.usd !== null, model.includes("@"));
    }
  });

  it("of an open model speaks OpenAI's format", async () => {
    answer = { choices: [{ index: 0, message: { content: "Hi." }, finish_reason: "stop" }] };
    const model = "meta/llama-4-maverick-17b-128e-instruct-maas";
    assert.equal((await loom.generate({ provider: "vertex", model, prompt: "Hi" })).text, "Hi.");
    const { url, body } = last();
    assert.equal(url, `${parent}/endpoints/openapi/chat/completions`);
    assert.equal(body["model"], model);
  });

  it("of a model of Mistral is not offered", async () => {
    const request = { provider: "vertex", model: "mistral-large-2411", prompt: "Hi" };
    await assert.rejects(
      loom.generate(request),
      (error) => error instanceof LoomError && error.code === "unsupported",
    );
  });

  it("for vectors goes by predict, one text after the other where the model takes one", async () => {
    answer = {
      predictions: [{ embeddings: { values: [1, 2], statistics: { token_count: 3, truncated: false } } }],
    };
    const before = vertex.requests.length;
    const result = await loom.generate({
      provider: "vertex",
      model: "gemini-embedding-001",
      modality: "embedding",
      input: ["a", "b"],
      params: { dimensions: 2, task_type: "RETRIEVAL_QUERY" },
    });
    assert.deepEqual(result.embeddings, [[1, 2], [1, 2]]);
    assert.equal(result.usage.inputTokens, 6);
    assert.deepEqual(
      vertex.requests.slice(before).map(({ body }) => JSON.parse(body)),
      ["a", "b"].map((content) => ({
        instances: [{ content, task_type: "RETRIEVAL_QUERY" }],
        parameters: { outputDimensionality: 2 },
      })),
    );
  });

  it("counts tokens, of Google's models and of Claude", async () => {
    answer = { totalTokens: 7 };
    const google = { provider: "vertex", model: "gemini-2.5-pro", prompt: "Hi", system: "S" };
    assert.equal((await loom.countTokens(google)).inputTokens, 7);
    assert.equal(last().url, `${parent}/publishers/google/models/gemini-2.5-pro:countTokens`);
    assert.deepEqual(last().body, {
      contents: [{ role: "user", parts: [{ text: "Hi" }] }],
      systemInstruction: { parts: [{ text: "S" }] },
    });
    answer = { input_tokens: 9 };
    const counted = await loom.countTokens({ provider: "vertex", model: "claude-opus-5-5", prompt: "Hi" });
    assert.equal(counted.inputTokens, 9);
    assert.equal(last().url, `${parent}/publishers/anthropic/models/count-tokens:rawPredict`);
    assert.equal(last().body["model"], "claude-opus-5-5");
  });

  it("counts no tokens of models whose publisher has no count, rather than another model's", async () => {
    const before = vertex.requests.length;
    const open = { provider: "vertex", model: "meta/llama-4-maverick-17b-128e-instruct-maas", prompt: "Hi" };
    await failureOf(loom.countTokens(open), "unsupported");
    assert.equal(vertex.requests.length, before);
  });

  it("keeps context caches beside the publishers", async () => {
    const name = "projects/1/locations/europe-west4/cachedContents/c1";
    answer = { name, expireTime: "2026-11-21T00:00:00Z", usageMetadata: { totalTokenCount: 5000 } };
    const cache = await loom.createContextCache({
      provider: "vertex",
      model: "gemini-2.5-pro",
      contents: "long",
      ttlSeconds: 60,
    });
    assert.equal(last().url, `${parent}/cachedContents`);
    assert.equal(
      last().body["model"],
      "projects/p1/locations/europe-west4/publishers/google/models/gemini-2.5-pro",
    );
    assert.equal(cache.id, name);
    answer = {};
    await loom.deleteContextCache(cache);
    assert.equal(last().url, `${parent}/cachedContents/c1`);
  });
});

describe("Google's own client sends the same for", () => {
  const client = () =>
    new GoogleGenAI({
      vertexai: true,
      project: "p1",
      location: "europe-west4",
      httpOptions: { baseUrl: vertex.url, apiVersion: "v1" },
      googleAuthOptions: {},
    });

  it("a conversation", async () => {
    answer = gemini;
    await client().models.generateContent({
      model: "gemini-2.5-pro",
      contents: [{ role: "user", parts: [{ text: "Hi" }] }],
      config: { systemInstruction: { parts: [{ text: "S" }] }, temperature: 0.5, labels: { a: "b" } },
    });
    const theirs = last();
    await loom.generate({
      provider: "vertex",
      model: "gemini-2.5-pro",
      prompt: "Hi",
      system: "S",
      params: { temperature: 0.5, labels: { a: "b" } },
    });
    assert.equal(last().url, theirs.url);
    assert.deepEqual(last().body, theirs.body);
    assert.equal(last().headers.authorization, theirs.headers.authorization);
  });

  it("vectors", async () => {
    answer = { predictions: [{ embeddings: { values: [1] } }] };
    await client().models.embedContent({
      model: "text-embedding-005",
      contents: ["a"],
      config: { outputDimensionality: 1, taskType: "RETRIEVAL_QUERY" },
    });
    const theirs = last();
    const params = { outputDimensionality: 1, taskType: "RETRIEVAL_QUERY" };
    await loom.generate({
      provider: "vertex",
      model: "text-embedding-005",
      modality: "embedding",
      input: "a",
      params,
    });
    assert.equal(last().url, theirs.url);
    assert.deepEqual(last().body, theirs.body);
  });

  it("pictures and films", async () => {
    answer = { predictions: [{ bytesBase64Encoded: "AA==", mimeType: "image/png" }] };
    await client().models.generateImages({
      model: "imagen-4.0-generate-001",
      prompt: "a cat",
      config: { numberOfImages: 2, aspectRatio: "3:4", negativePrompt: "dog" },
    });
    const picture = last();
    await loom.generate({
      provider: "vertex",
      model: "imagen-4.0-generate-001",
      modality: "image",
      prompt: "a cat",
      params: { n: 2, aspect_ratio: "3:4", negative_prompt: "dog" },
    });
    assert.equal(last().url, picture.url);
    assert.deepEqual(last().body, picture.body);

    const name =
      "projects/p1/locations/europe-west4/publishers/google/models/veo-3.0-generate-001/operations/1";
    answer = {
      name,
      done: true,
      response: { videos: [{ bytesBase64Encoded: "AA==", mimeType: "video/mp4" }] },
    };
    const operation = await client().models.generateVideos({
      model: "veo-3.0-generate-001",
      source: { prompt: "a cat", image: { imageBytes: "AA==", mimeType: "image/png" } },
      config: { numberOfVideos: 1, durationSeconds: 4, generateAudio: true },
    });
    const film = last();
    await client().operations.getVideosOperation({ operation });
    const poll = last();
    const result = await loom.generate({
      provider: "vertex",
      model: "veo-3.0-generate-001",
      modality: "video",
      prompt: "a cat",
      images: [{ dataB64: "AA==", mimeType: "image/png" }],
      params: { n: 1, durationSeconds: 4, generate_audio: true },
    });
    assert.equal(last().url, film.url);
    assert.deepEqual(last().body, film.body);
    assert.equal(result.videos[0]?.dataB64, "AA==");
    assert.match(poll.url, /:fetchPredictOperation$/);
    assert.deepEqual(poll.body, { operationName: name });
  });
});
