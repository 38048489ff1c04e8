/** Batches of Gemini: what is sent, as Google's own client sends it, and what is read out of the answers. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GoogleGenAI } from "@google/genai";
import type { Call } from "../../../../src/contract/call.ts";
import type { BatchCodec, WireRequest } from "../../../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { asked, walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { codec, dialect, gemini, headOf, vertexCodec } from "./support.ts";

const batches = codec.batches as BatchCodec;
const text = (prompt: string, call: Partial<Call> = {}) =>
  fakeAttempting({
    call: { messages: [{ role: "user", content: prompt }], ...call },
    target: { upstreamModel: "gemini-2.5-flash", params: { temperature: 0.5 } },
  });
const embedding = (...input: string[]) =>
  fakeAttempting({
    call: { modality: "embedding", messages: [], input },
    target: { modality: "embedding", upstreamModel: "gemini-embedding-001", params: { dimensions: 2 } },
  });
const ctx = text("Hi");

let server: TestServer;
let client: GoogleGenAI;

before(async () => {
  server = await serve(({ response }) => {
    response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({ name: "batches/abc" }),
    );
  });
  client = new GoogleGenAI({ apiKey: "key-1", httpOptions: { baseUrl: server.url, apiVersion: "v1beta" } });
});
after(() => server.close());

/** Method, path and body of what the client sent last are those of ours. */
function same(sent: WireRequest): void {
  const { method, url, headers, body } = server.requests.at(-1) as Arrived;
  assert.equal(headers["x-goog-api-key"], "key-1");
  const theirs = { method, path: url.replace(/^\/v1beta/, ""), body: body === "" ? {} : JSON.parse(body) };
  const ours = { method: sent.method, path: sent.path, body: sent.body === undefined ? {} : jsonOf(sent) };
  assert.deepEqual(ours, theirs);
}

describe("the official client sends the same for", () => {
  it("a batch of texts", async () => {
    const row = (prompt: string, key: string) => ({
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      config: { temperature: 0.5 },
      metadata: { key },
    });
    await client.batches.create({
      model: "gemini-2.5-flash",
      src: [row("Hi", "row-0"), row("Ho", "row-1")],
      config: { displayName: "loom" },
    });
    const rows = [
      batches.row({ customId: "row-0", ctx: text("Hi", { stream: true }) }),
      batches.row({ customId: "row-1", ctx: text("Ho") }),
    ];
    for (const line of rows) assert.ok(!line.includes("\n"), line);
    const { request } = batches.submit(rows, ctx);
    assert.equal(request.once, true);
    same(request);
  });

  it("a batch of texts to embed, but for the keys, which it cannot send", async () => {
    await client.batches.createEmbeddings({
      model: "gemini-embedding-001",
      src: { inlinedRequests: { contents: ["one", "two"], config: { outputDimensionality: 2 } } },
      config: { displayName: "loom" },
    });
    const rows = [embedding("one"), embedding("two")].map((row, index) =>
      batches.row({ customId: `row-${index}`, ctx: row })
    );
    const { request } = batches.submit(rows, embedding("one"));
    const keyless = (request.body as string).replaceAll(/,"metadata":\{"key":"row-\d"\}/g, "");
    same({ ...request, body: keyless });
  });

  it("its state, and its end before its time", async () => {
    await client.batches.get({ name: "batches/abc" });
    same(batches.status(ctx, "batches/abc").request);
    same(asked(batches.results(ctx, "batches/abc")).request);
    same(batches.status(ctx, "abc").request);
    await client.batches.cancel({ name: "batches/abc" });
    same(batches.cancel(ctx, "batches/abc").request);
  });

  it("the list of all, one page after the other", async () => {
    const pager = await client.batches.list({ config: { pageSize: 20 } });
    assert.equal(pager.pageLength, 0);
    assert.ok(batches.list !== undefined);
    same(batches.list(ctx, "one").request);
  });
});

const inlined = (...rows: Json[]): JsonObject => ({ inlinedResponses: { inlinedResponses: rows } });
const file: JsonObject = { responsesFile: "files/batch-abc" };
const answered: Json = {
  response: { candidates: [{ content: { role: "model", parts: [{ text: "Hi." }] }, finishReason: "STOP" }] },
  metadata: { key: "row-0" },
};

describe("results", () => {
  const done = (change: JsonObject): JsonObject => ({ name: "batches/abc", done: true, ...change });
  const places: readonly [string, JsonObject][] = [
    ["response", { response: inlined(answered) }],
    ["response, as a list", { response: { inlinedResponses: [answered] } }],
    ["response.output", { response: { output: inlined(answered) } }],
    ["metadata.output", { metadata: { output: inlined(answered) } }],
    ["metadata.dest", {
      metadata: { dest: { inlinedEmbedContentResponses: { inlinedResponses: [answered] } } },
    }],
    ["dest", { dest: { inlinedResponses: [answered] } }],
  ];
  for (const [where, change] of places) {
    it(`stand in ${where}`, () => {
      const { rows } = walkResults(batches.results(ctx, "batches/abc"), headOf(), done(change));
      assert.deepEqual(rows, [answered]);
    });
  }

  it("stand in a file beside the API", () => {
    const { files, paths } = walkResults(
      batches.results(ctx, "batches/abc"),
      headOf(),
      done({ response: file }),
    );
    assert.deepEqual(paths, ["/batches/abc"]);
    assert.deepEqual(files.map(({ path, answer }) => [path, answer]), [
      ["/../download/v1beta/files/batch-abc:download?alt=media", "bytes"],
    ]);
  });

  it("stand in a file where a proxy has no versions", () => {
    const proxied = dialect.codec({ ...gemini, baseUrl: "https://proxy.example/google" })
      .batches as BatchCodec;
    const { files } = walkResults(proxied.results(ctx, "abc"), headOf(), done({ response: file }));
    assert.equal(files[0]?.path, "/files/batch-abc:download?alt=media");
  });

  it("that are not there are missed", async () => {
    await failureOf(() => walkResults(batches.results(ctx, "abc"), headOf(), done({})), "invalid-reply");
  });
});

describe("a label", () => {
  it("is the name that a batch is shown under", () => {
    const { request } = batches.submit([batches.row({ customId: "row-0", ctx })], ctx, "one");
    assert.equal((jsonOf(request)["batch"] as JsonObject)["displayName"], "one");
    assert.ok(batches.list !== undefined);
    const operation = (name: string, displayName: string): Json => ({
      name,
      metadata: { state: "BATCH_STATE_RUNNING", displayName, createTime: "2026-01-01T00:00:00Z" },
    });
    const body: Json = {
      operations: [operation("batches/a", "one"), operation("batches/b", "two")],
      nextPageToken: "t/1",
    };
    const { value } = walk(batches.list(ctx, "one"), headOf(), body);
    assert.deepEqual(value.batches.map(({ state, carries }) => [state.id, state.status, carries]), [
      ["batches/a", "in_progress", true],
      ["batches/b", "in_progress", false],
    ]);
    assert.equal(value.next?.request.path, "/batches?pageSize=20&pageToken=t%2F1");
    assert.deepEqual(value.next?.decode({}, headOf()), { batches: [] });
  });
});

const failed = (error: Json): Json => ({ metadata: { key: "r" }, error });
const outcomes: readonly [Json, string][] = [
  [failed({ code: 1 }), "aborted"],
  [failed({ code: 3, message: "bad part" }), "invalid-request"],
  [failed({ code: 7, message: "permission denied" }), "permission-denied"],
  [failed({ code: 8, message: "Resource has been exhausted" }), "rate-limited"],
  [failed({ code: 13, message: "Internal error encountered." }), "provider-failed"],
  [failed({ code: 14, message: "The model is overloaded." }), "overloaded"],
  [failed({ code: 16, message: "Request had invalid authentication credentials." }), "auth-rejected"],
  [failed({ code: 400, message: "bad part" }), "invalid-request"],
  [failed({}), "provider-failed"],
  [{ key: "r", response: { promptFeedback: { blockReason: "SAFETY" } } }, "content-filtered"],
  [{ key: "r", response: {} }, "invalid-reply"],
  [{ key: "r" }, "invalid-reply"],
];

describe("a result", () => {
  it("names its row", async () => {
    assert.equal(batches.customIdOf(answered), "row-0");
    assert.equal(batches.customIdOf({ key: "row-1" }), "row-1");
    await failureOf(() => batches.customIdOf({ response: {} }), "invalid-reply");
  });

  it("is an answer", () => {
    // A line of a results file, recorded on 2026-08-20 (public test of a photo cataloguer, batch 3a96ht58…), shortened.
    const response = {
      candidates: [{
        content: { parts: [{ text: "A logo." }, { thoughtSignature: "El4KXAERTTIP" }], role: "model" },
        finishReason: "STOP",
        index: 0,
      }],
      usageMetadata: { promptTokenCount: 1427, candidatesTokenCount: 144, totalTokenCount: 1571 },
      modelVersion: "gemini-3.5-flash-lite",
      responseId: "CV-Haon5MNuA_PUP95Gg2Q4",
    };
    const parts = batches.decodeRow({ response, key: "00_COM.png" }, headOf());
    assert.deepEqual(parts, codec.decode(response, headOf()));
    assert.ok(parts.some((part) => part.type === "text" && part.text === "A logo."));
  });

  it("is a vector, with its tokens", () => {
    const row = { response: { embedding: { values: [0.5, 1] }, tokenCount: "3" }, metadata: { key: "r" } };
    const target = { modality: "embedding" as const };
    for (
      const call of [{ modality: "embedding" as const, input: ["one"] }, { modality: "embedding" as const }]
    ) {
      const [vector, usage] = batches.decodeRow(row, headOf({ call, target })) as [Part, Part];
      assert.deepEqual(vector, { type: "embedding", index: 0, vector: [0.5, 1] });
      assert.ok(usage.type === "usage" && usage.usage.inputTokens === 3);
    }
  });

  for (const [row, code] of outcomes) {
    it(`${JSON.stringify(row)} is ${code}`, async () => {
      await failureOf(() => batches.decodeRow(row, headOf()), code as "aborted");
    });
  }
});

describe("a row", () => {
  it("is refused where there are no batches of its kind", async () => {
    await failureOf(() => batches.row({ customId: "r", ctx: embedding("one", "two") }), "unsupported");
    await failureOf(() => batches.row({ customId: "r", ctx: embedding() }), "invalid-request");
    const picture = fakeAttempting({
      call: { modality: "image", prompt: "a cat" },
      target: { modality: "image" },
    });
    await failureOf(() => batches.row({ customId: "r", ctx: picture }), "unsupported");
  });

  it("has no place on Vertex", () => assert.equal(vertexCodec.batches, undefined));
});
