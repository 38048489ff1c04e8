/** Batches in files: what is uploaded, how jobs are read, and what becomes of each line. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchStatus } from "../../../../src/contract/batch.ts";
import type { BatchCodec, Operation, WireRequest } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { codecOf, headOf } from "./support.ts";

const target = { upstreamModel: "m1" };
const ctx = fakeAttempting({ target });
const head = headOf({ target });

function batchesOf(id: string): BatchCodec {
  const { batches } = codecOf(id);
  assert.ok(batches !== undefined, `${id} has batches`);
  return batches;
}

function bodyOf({ body }: WireRequest): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** The step after this one, when it was answered with `body`. */
function next<T>(operation: Operation<T>, body: Json | Uint8Array): Operation<unknown> {
  const found = operation.decode(body, head) as { readonly then: Operation<unknown> };
  assert.ok("then" in found, "there is another step");
  return found.then;
}

const vendors: readonly (readonly [id: string, upload: string, row: object, job: string, body: object])[] = [
  [
    "openai",
    "/files",
    { custom_id: "row-0", method: "POST", url: "/v1/chat/completions" },
    "/batches",
    { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" },
  ],
  [
    "together",
    "/files/upload",
    { custom_id: "row-0" },
    "/batches",
    { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" },
  ],
  [
    "mistral",
    "/files",
    { custom_id: "row-0" },
    "/batch/jobs",
    { input_files: ["file-1"], endpoint: "/v1/chat/completions", model: "m1", timeout_hours: 24 },
  ],
];

describe("batches of chats", () => {
  for (const [id, upload, row, job, body] of vendors) {
    it(`are handed in as ${id} wants them`, () => {
      const batches = batchesOf(id);
      const text = batches.row({
        customId: "row-0",
        ctx: fakeAttempting({ target, call: { stream: true } }),
      });
      const { body: asked, ...rest } = JSON.parse(text) as { body: Record<string, unknown> };
      assert.deepEqual(rest, row);
      assert.equal(asked["stream"], undefined);
      assert.equal(asked["model"], id === "mistral" ? undefined : "m1");
      assert.ok(!text.includes("\n"));

      const first = batches.submit([text, text], ctx);
      assert.equal(first.request.path, upload);
      assert.equal(first.request.once, undefined, "an upload may be sent again");
      const second = next(first, { id: "file-1", object: "file" });
      assert.equal(second.request.path, job);
      assert.equal(second.request.once, true);
      assert.deepEqual(JSON.parse(bodyOf(second.request)), body);
    });
  }

  it("come as a form of lines that no text can break", () => {
    const batches = batchesOf("openai");
    const call = { messages: [{ role: "user" as const, content: "--loom\r\n\u2028--" }] };
    const text = batches.row({ customId: "row-0", ctx: fakeAttempting({ target, call }) });
    const { request } = batches.submit([text, text], ctx);
    const boundary = /boundary=(\S+)$/.exec(request.headers?.["content-type"] ?? "")?.[1] ?? "";
    const pieces = bodyOf(request).split(`--${boundary}`);
    assert.equal(pieces.length, 4);
    assert.equal(pieces[1]?.includes('name="purpose"\r\n\r\nbatch'), true);
    assert.equal(pieces[2]?.split("\r\n\r\n")[1], `${text}\n${text}\n\r\n`);
    assert.ok(text.includes("--loom\\r\\n\\u2028--"), "readers that split at it see one line");
    assert.equal(pieces[3], "--\r\n");
  });

  it("of embeddings go to their own endpoint, where the vendor takes them", () => {
    const embedding = fakeAttempting({ target, call: { modality: "embedding", input: ["a"], messages: [] } });
    const text = batchesOf("openai").row({ customId: "row-0", ctx: embedding });
    assert.equal((JSON.parse(text) as { url: string }).url, "/v1/embeddings");
  });

  it("of embeddings are refused elsewhere", async () => {
    const embedding = fakeAttempting({ target, call: { modality: "embedding", input: ["a"], messages: [] } });
    await failureOf(() => batchesOf("groq").row({ customId: "row-0", ctx: embedding }), "unsupported");
  });

  it("are refused for a file without an id", async () => {
    await failureOf(() => batchesOf("openai").submit(["{}"], ctx).decode({}, head), "invalid-reply");
  });
});

// Fields as in the `Batch` and `BatchJob` types of openai 6.49, @mistralai/mistralai and docs.together.ai/reference/batch-create.
const states: readonly (readonly [what: string, body: Json, state: object])[] = [
  ["validating", { id: "b", status: "validating", request_counts: null }, {
    id: "b",
    status: "validating",
    vendorStatus: "validating",
    hasResults: false,
  }],
  ["finalizing", {
    id: "b",
    status: "finalizing",
    request_counts: { total: 3, completed: 2, failed: 1 },
    created_at: 1_700_000_000,
    expires_at: 1_700_086_400,
  }, {
    id: "b",
    status: "in_progress",
    vendorStatus: "finalizing",
    counts: { total: 3, succeeded: 2, failed: 1 },
    createdAtMs: 1_700_000_000_000,
    expiresAtMs: 1_700_086_400_000,
    hasResults: false,
  }],
  ["cancelled with what was done", { id: "b", status: "cancelled", output_file_id: "o" }, {
    id: "b",
    status: "cancelled",
    vendorStatus: "cancelled",
    hasResults: true,
  }],
  ["expired with nothing", { id: "b", status: "expired", output_file_id: null }, {
    id: "b",
    status: "expired",
    vendorStatus: "expired",
    hasResults: false,
  }],
  ["failed", {
    id: "b",
    status: "failed",
    errors: { object: "list", data: [{ code: "x", message: "Duplicate id", line: 2, param: null }] },
  }, {
    id: "b",
    status: "failed",
    vendorStatus: "failed",
    problem: "Duplicate id (line 2)",
    hasResults: false,
  }],
  ["failed, with one text, as at Cerebras", { id: "b", status: "failed", errors: "no such model" }, {
    id: "b",
    status: "failed",
    vendorStatus: "failed",
    problem: "no such model",
    hasResults: false,
  }],
  ["a word of tomorrow", { id: "b", status: "resting" }, {
    id: "b",
    status: "unknown",
    vendorStatus: "resting",
    hasResults: false,
  }],
  ["Together's fresh job", { job: { id: "b", status: "IN_PROGRESS", created_at: "2024-01-15T14:30:00Z" } }, {
    id: "b",
    status: "in_progress",
    vendorStatus: "IN_PROGRESS",
    createdAtMs: 1_705_329_000_000,
    hasResults: false,
  }],
  ["Mistral's timeout", {
    id: "b",
    status: "TIMEOUT_EXCEEDED",
    total_requests: 5,
    succeeded_requests: 2,
    failed_requests: 1,
    errors: [{ message: "too slow", count: 2 }],
    output_file: "o",
  }, {
    id: "b",
    status: "expired",
    vendorStatus: "TIMEOUT_EXCEEDED",
    counts: { total: 5, succeeded: 2, failed: 1 },
    problem: "too slow",
    hasResults: true,
  }],
  ["Mistral's success", { id: "b", status: "SUCCESS", errors: [] }, {
    id: "b",
    status: "completed",
    vendorStatus: "SUCCESS",
    hasResults: true,
  }],
];

describe("the state of a batch", () => {
  for (const [what, body, state] of states) {
    it(`is read: ${what}`, () => {
      const { request, decode } = batchesOf("openai").status(ctx, "b/1");
      assert.deepEqual([request.method, request.path], ["GET", "/batches/b%2F1"]);
      assert.deepEqual(decode(body, head), state);
    });
  }

  it("comes from cancelling, too", () => {
    const { request } = batchesOf("mistral").cancel(ctx, "b");
    assert.deepEqual([request.method, request.path, request.body], [
      "POST",
      "/batch/jobs/b/cancel",
      undefined,
    ]);
  });

  it("is no state without an id", async () => {
    await failureOf(
      () => batchesOf("openai").status(ctx, "b").decode({ status: "failed" }, head),
      "invalid-reply",
    );
  });
});

/** All words that vendors have for a state, and what they mean. */
const words: Readonly<Record<string, Readonly<Record<string, BatchStatus>>>> = {
  openai: {
    validating: "validating",
    failed: "failed",
    in_progress: "in_progress",
    finalizing: "in_progress",
    completed: "completed",
    expired: "expired",
    cancelling: "in_progress",
    cancelled: "cancelled",
  },
  together: {
    VALIDATING: "validating",
    IN_PROGRESS: "in_progress",
    COMPLETED: "completed",
    FAILED: "failed",
    EXPIRED: "expired",
    CANCELLED: "cancelled",
  },
  mistral: {
    QUEUED: "validating",
    RUNNING: "in_progress",
    SUCCESS: "completed",
    FAILED: "failed",
    TIMEOUT_EXCEEDED: "expired",
    CANCELLATION_REQUESTED: "in_progress",
    CANCELLED: "cancelled",
  },
};

describe("a word for a state", () => {
  for (const [id, known] of Object.entries(words)) {
    for (const [word, status] of Object.entries(known)) {
      it(`of ${id}: ${word} is ${status}`, () => {
        const state = batchesOf(id).status(ctx, "b").decode({ id: "b", status: word }, head);
        assert.deepEqual([state.status, state.vendorStatus], [status, word]);
      });
    }
  }
});

describe("a list of batches", () => {
  const listOf = (id: string): NonNullable<BatchCodec["list"]> => {
    const { list } = batchesOf(id);
    assert.ok(list !== undefined);
    return list;
  };
  const job = (id: string, change: Record<string, Json> = {}): Json => ({
    id,
    status: "completed",
    ...change,
  });

  it("of Mistral is read page by page, until one is not full", () => {
    const full = Array.from({ length: 100 }, (_, at) => job(`b${at}`));
    const { value, requests } = walk(listOf("mistral")(ctx, "one"), head, { data: full });
    assert.equal(requests[0]?.path, "/batch/jobs?page=0&page_size=100&order_by=-created");
    assert.equal(value.next?.request.path, "/batch/jobs?page=1&page_size=100&order_by=-created");
    const last = value.next?.decode({ data: [job("b", { metadata: { loom: "one" } })] }, head);
    assert.deepEqual([last?.batches[0]?.carries, last?.next], [true, undefined]);
  });

  it("of Mistral may have nothing in it", () => {
    assert.deepEqual(walk(listOf("mistral")(ctx, "one"), head, { object: "list", total: 0 }).value, {
      batches: [],
    });
  });

  it("of Groq is read whole, and further where it is not", () => {
    const { value, requests } = walk(listOf("groq")(ctx, "one"), head, { data: [job("b1")], has_more: true });
    assert.deepEqual([requests[0]?.path, value.next?.request.path], ["/batches", "/batches?after=b1"]);
  });

  it("of Qwen says the label in the name of the task", () => {
    const jobs = [job("b1", { metadata: { ds_name: "one" } }), job("b2", { metadata: null }), job("b3")];
    const { value } = walk(listOf("qwen")(ctx, "one"), head, { data: jobs, has_more: false });
    assert.deepEqual(value.batches.map(({ carries }) => carries), [true, false, false]);
  });

  it("of Together is told by the files that carry the label, however often they were uploaded", () => {
    const files = {
      data: [{ id: "f1", filename: "one.jsonl" }, { id: "f2", filename: "one.jsonl" }, {
        id: "f3",
        filename: "two.jsonl",
      }],
    };
    const jobs = [job("b1", { input_file_id: "f3" }), job("b2", { input_file_id: "f2" })];
    const { value, requests } = walk(listOf("together")(ctx, "one"), head, files, jobs);
    assert.deepEqual(requests.map(({ path }) => path), ["/files", "/batches"]);
    assert.deepEqual(value.batches.map(({ carries }) => carries), [false, true]);
  });

  it("of Together is not asked for without such a file", () => {
    const { value, requests } = walk(listOf("together")(ctx, "one"), head, { data: [] });
    assert.deepEqual([value.batches, requests.length], [[], 1]);
  });

  it("is none when something else comes", async () => {
    await failureOf(
      () => listOf("openai")(ctx, "one").decode({ error: { message: "no" } }, head),
      "invalid-reply",
    );
    await failureOf(() => listOf("together")(ctx, "one").decode([], head), "invalid-reply");
  });
});

describe("the results of a batch", () => {
  const { results, customIdOf } = batchesOf("openai");

  it("are those of both files", () => {
    const job = { id: "b", output_file_id: "out", error_file_id: "err" };
    const { files, rows } = walkResults(results(ctx, "b"), head, job);
    assert.deepEqual(rows, []);
    assert.deepEqual(files.map(({ path, answer }) => [path, answer]), [
      ["/files/out/content", "bytes"],
      ["/files/err/content", "bytes"],
    ]);
  });

  it("are none where no file is", () => {
    const { files, rows } = walkResults(results(ctx, "b"), head, { id: "b", output_file_id: "" });
    assert.deepEqual([rows, files], [[], []]);
  });

  it("may stand in the job", () => {
    assert.deepEqual(walkResults(results(ctx, "b"), head, { id: "b", outputs: [{ custom_id: "a" }] }).rows, [
      { custom_id: "a" },
    ]);
  });

  it("belong to a row, or to nobody", async () => {
    await failureOf(() => customIdOf({ response: {} }), "invalid-reply");
  });
});

const chat = {
  id: "chatcmpl-1",
  model: "m1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

describe("a line", () => {
  const { decodeRow } = batchesOf("openai");
  const row = (response: Json, error: Json = null): Json => ({
    id: "r",
    custom_id: "row-0",
    response,
    error,
  });

  for (const body of [chat, JSON.stringify(chat)]) {
    it(`is an answer: ${typeof body}`, () => {
      const parts = decodeRow(row({ status_code: 200, request_id: "q", body }), head);
      assert.ok(parts.some((part) => part.type === "text" && part.text === "Hi."));
      assert.ok(parts.some((part) => part.type === "usage" && part.usage.inputTokens === 3));
    });
  }

  it("is vectors, for embeddings", () => {
    const body = { data: [{ index: 0, embedding: [1, 2] }], usage: { prompt_tokens: 1, total_tokens: 1 } };
    const asked = headOf({ target, call: { modality: "embedding", input: ["a"], messages: [] } });
    const parts = decodeRow(row({ status_code: 200, body }), asked);
    assert.deepEqual(parts.filter(({ type }) => type === "embedding"), [{
      type: "embedding",
      index: 0,
      vector: [1, 2],
    }]);
  });

  const failures = [
    [
      row({ status_code: 429, body: { error: { message: "slow down", code: "rate_limit_exceeded" } } }),
      "rate-limited",
    ],
    [
      row({ status_code: 404, body: { error: { message: "no such", code: "model_not_found" } } }),
      "model-not-found",
    ],
    [row({ status_code: 400, body: null }, { code: "x", message: "your prompt is bad" }), "invalid-request"],
    [row(null, { code: "batch_expired", message: "This request could not be executed" }), "provider-failed"],
    [row(null, { code: "batch_cancelled", message: "This batch was cancelled" }), "aborted"],
    [row(null, "it went wrong"), "provider-failed"],
    [row(null), "invalid-reply"],
    [row({ status_code: 200, body: { error: { message: "overloaded", code: 503 } } }), "overloaded"],
    ["nonsense", "invalid-reply"],
  ] as const;
  for (const [line, code] of failures) {
    it(`is ${code}: ${JSON.stringify(line).slice(0, 90)}`, async () => {
      await failureOf(() => decodeRow(line, head), code);
    });
  }

  it("carries the id of its request into its error", async () => {
    const line = row({ status_code: 500, request_id: "req-7", body: { error: { message: "oh" } } });
    assert.equal((await failureOf(() => decodeRow(line, head), "provider-failed")).requestId, "req-7");
  });
});
