/** Batches of messages: what is sent, as Anthropic's own client sends it, and what is read out of the answers. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import type { BatchState } from "../../../../src/contract/batch.ts";
import type {
  BatchCodec,
  BatchPage,
  Chained,
  Operation,
  WireRequest,
} from "../../../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";
import { codec, headOf } from "./support.ts";

const batches = codec().batches as BatchCodec;
const model = "claude-haiku-4-5";
const ask = (prompt: string, params: JsonObject = {}, stream = false) =>
  fakeAttempting({
    call: { messages: [{ role: "user", content: prompt }], stream },
    target: { upstreamModel: model, params: { max_tokens: 5, ...params } },
  });
const ctx = ask("Hi");

// https://platform.claude.com/docs/en/api/messages/batches/retrieve
const example = {
  id: "msgbatch_013Zva2CMHLNnXjNJJKqJ2EF",
  archived_at: null,
  cancel_initiated_at: null,
  created_at: "2024-08-20T18:37:24.100435Z",
  ended_at: null,
  expires_at: "2024-08-21T18:37:24.100435Z",
  processing_status: "in_progress",
  request_counts: { canceled: 0, errored: 0, expired: 0, processing: 2, succeeded: 0 },
  results_url: null,
  type: "message_batch",
};
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model,
  content: [{ type: "text", text: "Hello!" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 11, output_tokens: 4, service_tier: "batch" },
};

let server: TestServer;
let client: Anthropic;
let results = "";

before(async () => {
  server = await serve(({ url, response }) => {
    const lines = url.endsWith("/results");
    response.writeHead(200, { "content-type": lines ? "application/x-jsonl" : "application/json" });
    response.end(
      lines ? results : JSON.stringify({
        ...example,
        processing_status: "ended",
        results_url: `${server.url}/v1/messages/batches/${example.id}/results`,
      }),
    );
  });
  client = new Anthropic({ apiKey: "sk-ant-test", baseURL: server.url, maxRetries: 0 });
});
after(() => server.close());

/** Method, path, betas and body of what the client sent last are those of ours. */
function same({ method, url, headers, body }: Arrived, sent: WireRequest): void {
  const theirs = {
    method,
    url,
    betas: headers["anthropic-beta"],
    body: body === "" ? undefined : JSON.parse(body),
  };
  const betas = sent.headers?.["anthropic-beta"];
  const ours = {
    method: sent.method,
    url: sent.path,
    betas,
    body: sent.body === undefined ? undefined : jsonOf(sent),
  };
  assert.deepEqual(ours, theirs);
}

const last = (): Arrived => server.requests.at(-1) as Arrived;

describe("the official client sends the same for", () => {
  it("a batch, with the betas of all its rows in the head", async () => {
    const params = (content: string) => ({
      model,
      max_tokens: 5,
      messages: [{ role: "user" as const, content }],
    });
    await client.beta.messages.batches.create({
      requests: [{ custom_id: "row-0", params: params("Hi") }, { custom_id: "row-1", params: params("Ho") }],
      betas: ["context-1m-2025-08-07", "files-api-2025-04-14"],
    });
    const rows = [
      batches.row({ customId: "row-0", ctx: ask("Hi", { anthropic_beta: "context-1m-2025-08-07" }, true) }),
      batches.row({
        customId: "row-1",
        ctx: ask("Ho", { anthropic_beta: ["context-1m-2025-08-07", "files-api-2025-04-14"] }),
      }),
    ];
    for (const row of rows) assert.ok(!row.includes("\n") && !row.includes('"stream"'), row);
    const { request } = batches.submit(rows, ctx);
    assert.equal(request.once, true);
    // The client adds what the API no longer asks for, and a mark of its own.
    const { headers: { "anthropic-beta": betas = "", ...headers }, url, ...rest } = last();
    const wanted = String(betas).split(",").filter((name) => !name.startsWith("message-batches-")).join(",");
    same(
      { ...rest, url: url.replace("?beta=true", ""), headers: { ...headers, "anthropic-beta": wanted } },
      request,
    );
  });

  it("a batch without betas", async () => {
    const params = { model, max_tokens: 5, messages: [{ role: "user" as const, content: 'Say "betas".' }] };
    await client.messages.batches.create({ requests: [{ custom_id: "row-0", params }] });
    same(last(), batches.submit([batches.row({ customId: "row-0", ctx: ask('Say "betas".') })], ctx).request);
  });

  it("its state, its end before its time, and its results", async () => {
    await client.messages.batches.retrieve(example.id);
    same(last(), batches.status(ctx, example.id).request);
    await client.messages.batches.cancel(example.id);
    same(last(), batches.cancel(ctx, example.id).request);
    results = "";
    await client.messages.batches.results(example.id);
    const { files: [file] } = walkResults(batches.results(ctx, example.id), headOf());
    assert.ok(file !== undefined);
    same(last(), file);
    await client.messages.batches.list({ limit: 100 });
    same(last(), listing("label").request);
  });

  it("an id that is none", async () => {
    await client.messages.batches.retrieve("a/b c");
    same(last(), batches.status(ctx, "a/b c").request);
  });
});

function listing(label: string): Chained<BatchPage> {
  assert.ok(batches.list !== undefined);
  return batches.list(ctx, label);
}

type Counts = Partial<Record<"processing" | "succeeded" | "errored" | "canceled" | "expired", number>>;

/** Word, counts, other fields, and the state that they mean. */
const states: readonly [string, Counts, JsonObject, Partial<BatchState>][] = [
  ["in_progress", { processing: 2 }, {}, {
    status: "in_progress",
    counts: { total: 2, succeeded: 0, failed: 0 },
  }],
  ["canceling", { processing: 2 }, {}, { status: "in_progress", hasResults: false }],
  ["ended", { succeeded: 2, errored: 1, canceled: 1, expired: 1 }, {}, {
    status: "completed",
    counts: { total: 5, succeeded: 2, failed: 3 },
    hasResults: true,
  }],
  ["ended", { errored: 2 }, {}, { status: "completed", counts: { total: 2, succeeded: 0, failed: 2 } }],
  ["ended", { canceled: 3 }, {}, { status: "cancelled", hasResults: true }],
  ["ended", { expired: 3 }, {}, { status: "expired", hasResults: true }],
  ["ended", { succeeded: 1 }, { archived_at: "2024-09-20T18:37:24Z" }, {
    status: "completed",
    hasResults: false,
  }],
  ["paused", {}, {}, { status: "unknown", vendorStatus: "paused", hasResults: false }],
];

describe("a state", () => {
  for (const [word, counts, change, expected] of states) {
    it(`${word} ${JSON.stringify({ ...counts, ...change })} is ${expected.status}`, () => {
      const body: Json = {
        ...example,
        processing_status: word,
        request_counts: counts as JsonObject,
        ...change,
      };
      const state = batches.status(ctx, example.id).decode(body, headOf());
      assert.partialDeepStrictEqual(state, expected);
      assert.equal(state.id, example.id);
      assert.equal(state.createdAtMs, Date.parse("2024-08-20T18:37:24.100Z"));
      assert.equal(state.expiresAtMs, Date.parse("2024-08-21T18:37:24.100Z"));
    });
  }

  it("may be told without counts and times", () => {
    const state = batches.submit([], ctx).decode({ id: "b", processing_status: "in_progress" }, headOf());
    assert.deepEqual(state, {
      id: "b",
      status: "in_progress",
      vendorStatus: "in_progress",
      hasResults: false,
    });
  });

  it("is not read out of errors and other things", async () => {
    const { decode } = batches.status(ctx, "b") as Operation<BatchState>;
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    await failureOf(() => decode(error, headOf()), "overloaded");
    await failureOf(() => decode({}, headOf()), "invalid-reply");
    await failureOf(() => decode(null, headOf()), "invalid-reply");
  });
});

const errored = (error: Json): Json => ({ type: "errored", error });
const enveloped = (type: string, words: string): Json =>
  errored({ type: "error", error: { type, message: words, details: null }, request_id: "req_1" });

// The shapes: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
const outcomes: readonly [Json | undefined, string][] = [
  [enveloped("invalid_request_error", "max_tokens: 100000 > 64000, which is the maximum"), "invalid-request"],
  [
    enveloped("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
    "context-too-long",
  ],
  [enveloped("rate_limit_error", "Number of request tokens has exceeded your rate limit"), "rate-limited"],
  [enveloped("overloaded_error", "Overloaded"), "overloaded"],
  [enveloped("api_error", "Internal server error"), "provider-failed"],
  [errored({ type: "invalid_request_error", message: "bad" }), "invalid-request"],
  [errored({ type: "error" }), "provider-failed"],
  [{ type: "canceled" }, "aborted"],
  [{ type: "expired" }, "timed-out"],
  [{ type: "succeeded" }, "invalid-reply"],
  [{ type: "paused" }, "invalid-reply"],
  [undefined, "invalid-reply"],
];

describe("a result", () => {
  it("is an answer, as the client reads it", async () => {
    results = [
      JSON.stringify({ custom_id: "row-1", result: { type: "expired" } }),
      JSON.stringify({ custom_id: "row-0", result: { type: "succeeded", message } }),
    ].join("\r\n");
    const theirs = [];
    for await (const row of await client.messages.batches.results(example.id)) theirs.push(row);
    const ours = results.split("\r\n").map((line) => JSON.parse(line) as Json);
    assert.deepEqual(ours, theirs);
    assert.deepEqual(ours.map((row) => batches.customIdOf(row)), ["row-1", "row-0"]);
    const parts = batches.decodeRow(ours[1] as Json, headOf());
    assert.deepEqual(parts, codec().decode(message, headOf()));
    const usage = parts.find(({ type }) => type === "usage");
    assert.ok(usage?.type === "usage" && usage.usage.serviceTier === "batch");
  });

  for (const [result, code] of outcomes) {
    it(`${JSON.stringify(result)} is ${code}`, async () => {
      const row: Json = result === undefined ? { custom_id: "r" } : { custom_id: "r", result };
      const error = await failureOf(() => batches.decodeRow(row, headOf()), code as "aborted");
      assert.equal(error.provider, headOf().ctx.target.provider);
      if (JSON.stringify(result ?? "").includes("req_1")) assert.equal(error.requestId, "req_1");
    });
  }

  it("that does not say whose it is is refused", async () => {
    await failureOf(() => batches.customIdOf({ result: { type: "canceled" } }), "invalid-reply");
    await failureOf(() => batches.customIdOf(null), "invalid-reply");
  });
});

describe("a label", () => {
  it("stands in front of the ids of rows, and is taken off again", () => {
    const written = JSON.parse(batches.row({ customId: "row-0", ctx }, "one")) as { custom_id: string };
    assert.match(written.custom_id, /^[\w-]{1,64}$/);
    assert.ok(written.custom_id.endsWith("row-0"));
    assert.equal(batches.customIdOf(written), "row-0");
    assert.equal(batches.customIdOf({ custom_id: "row-0" }), "row-0");
    assert.deepEqual(["one", "two"].map((label) => batches.isOf?.(written, label)), [true, false]);
    assert.equal(batches.isOf?.({ custom_id: "row-0" }, "one"), false);
  });

  it("is not said by the batches themselves, which are listed in pages", async () => {
    const page = (has_more: boolean): Json => ({ data: [example], has_more, last_id: "b_9" });
    const { value, requests } = walk(listing("one"), headOf(), page(true));
    assert.deepEqual(requests[0]?.path, "/v1/messages/batches?limit=100");
    assert.deepEqual(value.batches.map(({ state, carries }) => [state.id, carries]), [[
      example.id,
      undefined,
    ]]);
    assert.equal(value.next?.request.path, "/v1/messages/batches?limit=100&after_id=b_9");
    assert.equal(value.next?.decode(page(false), headOf()).next, undefined);
    await failureOf(() => listing("one").decode({}, headOf()), "invalid-reply");
  });
});

describe("a row", () => {
  it("is refused as its call would be", async () => {
    const empty = fakeAttempting({ call: { messages: [] } });
    await failureOf(() => batches.row({ customId: "r", ctx: empty }), "invalid-request");
    const picture = fakeAttempting({ target: { modality: "image" } });
    await failureOf(() => batches.row({ customId: "r", ctx: picture }), "unsupported");
  });

  it("may say anything about betas", () => {
    const row = batches.row({ customId: "r", ctx: ask("Hi", { anthropic_beta: 'a"b\\' }) });
    const { request } = batches.submit([row], ctx);
    assert.equal(request.headers?.["anthropic-beta"], 'a"b\\');
    assert.deepEqual(Object.keys((jsonOf(request)["requests"] as JsonObject[])[0] ?? {}), [
      "custom_id",
      "params",
    ]);
  });

  it("counts towards limits that the vendor names", () => {
    assert.deepEqual(batches.limits, { maxRows: 100_000, maxBytes: 256_000_000 });
  });
});
