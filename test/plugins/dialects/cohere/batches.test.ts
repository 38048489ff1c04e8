/** Batches of Cohere: asked for as by its own client, and read out of Avro. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CohereClientV2 } from "cohere-ai";
import type { BatchState } from "../../../../src/contract/batch.ts";
import type { BatchCodec, WireRequest } from "../../../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { avroFile } from "./avro-file.ts";
import { codec, headOf } from "./support.ts";

const target = { upstreamModel: "command-r" };
const ctx = fakeAttempting({ target });
const head = headOf({ target });
const batches = codec.batches as BatchCodec;
assert.ok(batches.list !== undefined);
const { list } = batches;

const batch = (word: string, change: JsonObject = {}): JsonObject => ({
  id: "b",
  name: "loom",
  status: `BATCH_STATUS_${word}`,
  created_at: "2026-11-01T10:00:00Z",
  input_dataset_id: "in",
  model: "command-r",
  ...change,
});
const dataset = (validation_status: string, change: JsonObject = {}): Json => ({
  dataset: { id: "in", name: "loom", dataset_type: "batch-chat-v2-input", validation_status, ...change },
});

describe("Cohere's client asks as Loom does for", () => {
  let server: TestServer;
  let client: CohereClientV2;
  const at = "2026-11-01T10:00:00Z";
  const answers: Readonly<Record<string, Json>> = {
    "POST /v1/datasets": { id: "in" },
    "GET /v1/datasets/in": dataset("validated", { created_at: at, updated_at: at }),
    "GET /v2/batches": { batches: [] },
    "POST /v2/batches/b:cancel": {},
  };
  before(async () => {
    server = await serve(({ method, url, response }) => {
      const body = answers[`${method} ${url.replace(/\?.*/, "")}`] ?? { batch: batch("QUEUED") };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    client = new CohereClientV2({ token: "test-key", environment: server.url, maxRetries: 0 });
  });
  after(() => server.close());

  /** Method, address and body of what the client sent last. */
  function same(sent: WireRequest | undefined): void {
    const { method, url, body } = server.requests.at(-1) as Arrived;
    assert.deepEqual([
      sent?.method,
      sent?.path,
      sent?.body === undefined ? "" : JSON.parse(String(sent.body)),
    ], [
      method,
      url,
      body === "" ? "" : JSON.parse(body),
    ]);
  }

  it("a batch handed in", async () => {
    const row = batches.row({ customId: "row-0", ctx });
    const steps = batches.submit([row], ctx, "try-1");
    const { requests: [upload, look, create] } = walk(steps, head, { id: "in" }, dataset("validated"), {
      batch: batch("QUEUED"),
    });

    await client.datasets.create(new File([`${row}\n`], "try-1.jsonl"), undefined, {
      name: "try-1",
      type: "batch-chat-v2-input",
    });
    const theirs = server.requests.at(-1) as Arrived;
    const fields = async (type: string | undefined, body: string) => {
      const form = await new Response(body, { headers: { "content-type": type ?? "" } }).formData();
      const [name, file, ...more] = [...form].flat();
      assert.ok(file instanceof File && more.length === 0);
      return [name, file.name, await file.text()];
    };
    assert.deepEqual([upload?.method, upload?.path], [theirs.method, theirs.url]);
    assert.deepEqual(
      await fields(upload?.headers?.["content-type"], new TextDecoder().decode(upload?.body as Uint8Array)),
      await fields(theirs.headers["content-type"], theirs.body),
    );

    await client.datasets.get("in");
    same(look);
    await client.batches.create({ name: "try-1", inputDatasetId: "in", model: "command-r" });
    same(create);
    assert.equal(create?.once, true);
  });

  it("its state, its end before its time, and the list of all", async () => {
    await client.batches.retrieve("b");
    same(batches.status(ctx, "b").request);
    await client.batches.cancel("b");
    const { requests, value } = walk(batches.cancel(ctx, "b"), head, {}, { batch: batch("CANCELING") });
    same(requests[0]);
    assert.equal(value.status, "in_progress");
    await client.batches.list({ pageSize: 1000 });
    same(list(ctx, "try-1").request);
    await client.batches.list({ pageSize: 1000, pageToken: "t" });
    const { value: page } = walk(list(ctx, "try-1"), head, {
      batches: [batch("QUEUED", { name: "try-1" }), batch("QUEUED")],
      next_page_token: "t",
    });
    same(page.next?.request);
    assert.deepEqual(page.batches.map(({ carries }) => carries), [true, false]);
  });
});

describe("a dataset", () => {
  it("is waited for until it is valid", () => {
    const { requests, waits } = walk(
      batches.submit(["{}"], ctx),
      head,
      { id: "in" },
      dataset("queued"),
      dataset("processing"),
      dataset("validated"),
      { batch: batch("QUEUED") },
    );
    assert.deepEqual(requests.map(({ path }) => path), [
      "/v1/datasets?name=loom&type=batch-chat-v2-input",
      ...Array.from({ length: 3 }, () => "/v1/datasets/in"),
      "/v2/batches",
    ]);
    assert.deepEqual(waits, [[2, "dataset in"], [3, "dataset in"]]);
  });

  it("that is refused says why", async () => {
    const failed = dataset("failed", { validation_error: "row 3: no messages" });
    const error = await failureOf(
      () => walk(batches.submit(["{}"], ctx), head, { id: "in" }, failed),
      "invalid-request",
    );
    assert.match(error.message, /Cohere refused the batch's rows: row 3: no messages/);
  });
});

describe("a state", () => {
  const counted = { num_records: 3, num_successful_records: 2, num_failed_records: 1 };
  const states: readonly (readonly [word: string, change: JsonObject, state: Partial<BatchState>])[] = [
    ["UNSPECIFIED", {}, { status: "unknown", hasResults: false }],
    ["QUEUED", {}, { status: "validating", hasResults: false }],
    ["IN_PROGRESS", counted, {
      status: "in_progress",
      counts: { total: 3, succeeded: 2, failed: 1 },
      hasResults: false,
    }],
    ["CANCELING", {}, { status: "in_progress", hasResults: false }],
    ["COMPLETED", { ...counted, output_dataset_id: "out" }, { status: "completed", hasResults: true }],
    ["FAILED", { status_reason: "no such model" }, {
      status: "failed",
      problem: "no such model",
      hasResults: false,
    }],
    ["CANCELED", {}, { status: "cancelled", hasResults: false }],
    ["CANCELED", { ...counted, output_dataset_id: "out" }, { status: "cancelled", hasResults: true }],
    ["RESTING", {}, { status: "unknown", hasResults: false }],
  ];
  for (const [word, change, state] of states) {
    it(`${word} ${JSON.stringify(change)} is ${state.status}`, () => {
      const found = batches.status(ctx, "b").decode({ batch: batch(word, change) }, head);
      assert.partialDeepStrictEqual(found, state);
      assert.deepEqual([found.vendorStatus, found.createdAtMs], [
        `BATCH_STATUS_${word}`,
        Date.parse("2026-11-01T10:00:00Z"),
      ]);
    });
  }

  it("is none without an id, and an error where there is one", async () => {
    await failureOf(() => batches.status(ctx, "b").decode({ batch: {} }, head), "invalid-reply");
    await failureOf(
      () => batches.status(ctx, "b").decode({ message: "no such batch" }, head),
      "provider-failed",
    );
  });
});

describe("a row", () => {
  const rowOf = (call: object, params: JsonObject = {}) =>
    JSON.parse(
      batches.row({ customId: "row-0", ctx: fakeAttempting({ call, target: { ...target, params } }) }),
    ) as { readonly custom_id: string; readonly body: JsonObject };

  it("says the same as a live call, in the words of datasets", () => {
    const tools = [{ name: "now", description: "The time.", parameters: { type: "object", properties: {} } }];
    const { custom_id, body } = rowOf({
      stream: true,
      tools,
      messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hi" }],
    }, { temperature: 0, max_tokens: 5 });
    assert.equal(custom_id, "row-0");
    const { tools: written, ...rest } = body;
    const [tool] = written as JsonObject[];
    assert.equal(typeof (tool?.["function"] as JsonObject)["parameters"], "string");
    assert.deepEqual(rest, {
      messages: [
        { role: "system", content: [{ type: "text", text: "Be brief." }] },
        { role: "user", content: [{ type: "text", text: "Hi" }] },
      ],
      temperature: 0,
      max_tokens: 5,
    });
  });

  it("says whether the model is to think", () => {
    const { body } = rowOf({}, { thinking: { type: "enabled", token_budget: 100 } });
    assert.deepEqual([body["reasoning"], body["reasoning_budget"], body["thinking_budget"]], [
      true,
      undefined,
      100,
    ]);
  });

  const refused: readonly (readonly [string, object, JsonObject, RegExp])[] = [
    ["stop sequences", {}, { stop: "\n" }, /`stop_sequences` in batches/],
    [
      "schemas",
      { output: { name: "out", schema: { type: "object", properties: {} } } },
      {},
      /`response_format` in batches/,
    ],
  ];
  for (const [what, call, params, message] of refused) {
    it(`cannot ask for ${what}`, async () => {
      assert.match((await failureOf(() => rowOf(call, params), "unsupported")).message, message);
    });
  }

  it("may embed, and not rank", async () => {
    const embed = { modality: "embedding", messages: [], input: ["a"] } as const;
    const { body } = rowOf(embed);
    assert.deepEqual(body["texts"], ["a"]);
    const rank = fakeAttempting({
      call: { modality: "rerank", messages: [], input: ["a"] },
      target: { modality: "rerank" },
    });
    await failureOf(() => batches.row({ customId: "r", ctx: rank }), "unsupported");
  });
});

const schema = {
  type: "record",
  name: "result",
  fields: [
    { name: "custom_id", type: "string" },
    { name: "error", type: ["null", "string"] },
    {
      name: "body",
      type: ["null", {
        type: "record",
        name: "chat",
        fields: [
          { name: "id", type: "string" },
          {
            name: "finish_reason",
            type: { type: "enum", name: "reason", symbols: ["COMPLETE", "MAX_TOKENS"] },
          },
          {
            name: "message",
            type: {
              type: "record",
              name: "message",
              fields: [
                { name: "role", type: "string" },
                { name: "tool_plan", type: ["null", "string"] },
                {
                  name: "content",
                  type: {
                    type: "array",
                    items: {
                      type: "record",
                      name: "block",
                      fields: [{ name: "type", type: "string" }, { name: "text", type: ["null", "string"] }],
                    },
                  },
                },
              ],
            },
          },
        ],
      }],
    },
  ],
} as const;
const said = (text: string): Json => ({
  id: "c1",
  finish_reason: "COMPLETE",
  message: { role: "assistant", tool_plan: null, content: [{ type: "text", text }] },
});

describe("results", () => {
  const parts = (...urls: string[]): Json =>
    dataset("validated", { dataset_parts: urls.map((url, index) => ({ id: `p${index}`, url })) });

  it("are the records of a dataset's files, once it is ready", async () => {
    const first = avroFile(schema, [{ custom_id: "row-1", error: "it went wrong", body: null }], "deflate");
    const second = avroFile(schema, [{ custom_id: "row-0", error: null, body: said("Hi.") }], "null");
    const done = { batch: batch("COMPLETED", { output_dataset_id: "out" }) };
    const urls = ["https://storage.example/1", "https://storage.example/2"];
    const { rows, paths } = walkResults(
      batches.results(ctx, "b"),
      head,
      done,
      dataset("processing"),
      parts(...urls),
      first,
      second,
    );
    assert.deepEqual(paths, ["/v2/batches/b", "/v1/datasets/out", "/v1/datasets/out", ...urls]);
    assert.deepEqual(rows.map((row) => batches.customIdOf(row)), ["row-1", "row-0"]);
    await failureOf(() => batches.decodeRow(rows[0] as Json, head), "provider-failed");
    const decoded = batches.decodeRow(rows[1] as Json, head);
    assert.ok(decoded.some((part) => part.type === "text" && part.text === "Hi."));
    assert.ok(!decoded.some((part) => part.type === "reasoning"), "what is null says nothing");
  });

  it("are none without a dataset, and without files", () => {
    assert.deepEqual(walkResults(batches.results(ctx, "b"), head, { batch: batch("COMPLETED") }).rows, []);
    const done = { batch: batch("COMPLETED", { output_dataset_id: "out" }) };
    assert.deepEqual(walkResults(batches.results(ctx, "b"), head, done, parts()).rows, []);
  });

  it("that cannot be read are an error", async () => {
    const done = { batch: batch("COMPLETED", { output_dataset_id: "out" }) };
    const broken = new TextEncoder().encode('{"custom_id":"row-0"}');
    const read = () =>
      walkResults(batches.results(ctx, "b"), head, done, parts("https://storage.example/1"), broken);
    assert.match((await failureOf(read, "invalid-reply")).message, /it is no Avro file/);
  });

  it("belong to a row, and say something of it", async () => {
    await failureOf(() => batches.customIdOf({ body: {} }), "invalid-reply");
    await failureOf(
      () => batches.decodeRow({ custom_id: "r", error: "oh", body: null }, head),
      "provider-failed",
    );
    await failureOf(() => batches.decodeRow({ custom_id: "r" }, head), "invalid-reply");
  });
});
