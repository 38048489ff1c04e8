/** xAI's batches: what is sent, how far one is by its counts, and pages of results. Shapes: xai-proto `batch.proto`, docs.x.ai. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchState } from "../../../../src/contract/batch.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { codecOf, headOf } from "./support.ts";

const target = { upstreamModel: "grok-4" };
const ctx = fakeAttempting({ target });
const head = headOf({ target });
const { batches } = codecOf("xai");
assert.ok(batches?.list !== undefined);
const { list } = batches;

const counts = (num_requests: number, num_pending: number, rest: JsonObject = {}): JsonObject => ({
  num_requests,
  num_pending,
  num_success: 0,
  num_error: 0,
  num_cancelled: 0,
  ...rest,
});
const batch = (state: JsonObject, change: JsonObject = {}): Json => ({
  batch_id: "batch_1",
  name: "loom",
  create_time: "2026-11-01T10:00:00Z",
  expire_time: "2026-11-02T10:00:00Z",
  state,
  ...change,
});
const fresh = batch(counts(0, 0));

describe("xAI's batches", () => {
  for (
    const [label, fileName, name] of [[undefined, "batch.jsonl", "loom"], [
      "try-1",
      "try-1.jsonl",
      "try-1",
    ]] as const
  ) {
    it(`are a file, and a batch of its calls, named ${name}`, () => {
      const row = batches.row({ customId: "row-0", ctx });
      const { value, requests: [upload, create] } = walk(batches.submit([row], ctx, label), head, {
        id: "file-1",
      }, fresh);
      assert.deepEqual([upload?.method, upload?.path, upload?.once], ["POST", "/files", undefined]);
      const form = new TextDecoder().decode(upload?.body as Uint8Array);
      assert.ok(form.includes(`name="file"; filename="${fileName}"`), form);
      assert.ok(!form.includes("purpose"), "the form has the file alone");
      const { custom_id, method, url, body } = JSON.parse(row) as JsonObject;
      assert.deepEqual([custom_id, method, url], ["row-0", "POST", "/v1/chat/completions"]);
      assert.equal((body as JsonObject)["model"], "grok-4");
      assert.deepEqual([create?.path, create?.once], ["/batches", true]);
      assert.deepEqual(JSON.parse(create?.body as string), { name, input_file_id: "file-1" });
      assert.deepEqual([value.id, value.status], ["batch_1", "validating"]);
    });
  }

  it("are found by their name", () => {
    const page: Json = {
      batches: [fresh, batch(counts(2, 2), { batch_id: "b2", name: "try-1" })],
      pagination_token: "t=",
    };
    const { value, requests } = walk(list(ctx, "try-1"), head, page);
    assert.equal(requests[0]?.path, "/batches?limit=100");
    assert.deepEqual(value.batches.map(({ state, carries }) => [state.id, carries]), [["batch_1", false], [
      "b2",
      true,
    ]]);
    assert.equal(value.next?.request.path, "/batches?limit=100&pagination_token=t%3D");
    assert.deepEqual(value.next?.decode({ batches: [], pagination_token: "" }, head), { batches: [] });
  });

  it("are looked at and cancelled", () => {
    const { request } = batches.cancel(ctx, "b/1");
    assert.deepEqual([request.method, request.path, request.body], ["POST", "/batches/b%2F1:cancel", "{}"]);
    assert.equal(batches.status(ctx, "b/1").request.path, "/batches/b%2F1");
  });

  const states: readonly (readonly [what: string, body: Json, state: Partial<BatchState>])[] = [
    ["fresh", fresh, { status: "validating", vendorStatus: "0 of 0 pending", hasResults: false }],
    ["without a state", { batch_id: "batch_1" }, { status: "validating", hasResults: false }],
    ["working", batch(counts(3, 1, { num_success: 2 })), {
      status: "in_progress",
      vendorStatus: "1 of 3 pending",
      counts: { total: 3, succeeded: 2, failed: 0 },
      createdAtMs: Date.parse("2026-11-01T10:00:00Z"),
      expiresAtMs: Date.parse("2026-11-02T10:00:00Z"),
      hasResults: false,
    }],
    ["done", batch(counts(3, 0, { num_success: 2, num_error: 1 })), {
      status: "completed",
      counts: { total: 3, succeeded: 2, failed: 1 },
      hasResults: true,
    }],
    [
      "being cancelled",
      batch(counts(3, 1, { num_success: 1, num_cancelled: 1 }), { cancel_time: "2026-11-01T11:00:00Z" }),
      {
        status: "in_progress",
        hasResults: false,
      },
    ],
    [
      "cancelled after some",
      batch(counts(3, 0, { num_success: 1, num_cancelled: 2 }), { cancel_time: "2026-11-01T11:00:00Z" }),
      {
        status: "cancelled",
        counts: { total: 3, succeeded: 1, failed: 2 },
        hasResults: true,
      },
    ],
    ["cancelled before any", batch(counts(2, 0, { num_cancelled: 2 })), {
      status: "cancelled",
      hasResults: false,
    }],
    ["cancelled before its file was read", batch(counts(0, 0), { cancel_time: "2026-11-01T11:00:00Z" }), {
      status: "cancelled",
      hasResults: false,
    }],
    ["refused", batch(counts(0, 0), { cancel_by_xai_message: "line 1: no such model" }), {
      status: "failed",
      problem: "line 1: no such model",
      hasResults: false,
    }],
  ];
  for (const [what, body, state] of states) {
    it(`are ${state.status}: ${what}`, () => {
      const found = batches.status(ctx, "batch_1").decode(body, head);
      assert.partialDeepStrictEqual(found, state);
      assert.equal(found.id, "batch_1");
    });
  }

  it("are none without an id", async () => {
    await failureOf(() => batches.status(ctx, "b").decode({ state: {} }, head), "invalid-reply");
    await failureOf(() => list(ctx, "x").decode([], head), "invalid-reply");
  });
});

const answer = {
  id: "c1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const good: Json = { batch_request_id: "row-0", batch_result: { response: { chat_get_completion: answer } } };

describe("xAI's results", () => {
  it("come in pages", () => {
    const bad: Json = { batch_request_id: "row-1", batch_result: { error: { code: 3, message: "no" } } };
    const { rows, paths } = walkResults(
      batches.results(ctx, "b"),
      head,
      { results: [good], pagination_token: "t" },
      { results: [bad], pagination_token: null },
    );
    assert.deepEqual(paths, [
      "/batches/b/results?limit=100",
      "/batches/b/results?limit=100&pagination_token=t",
    ]);
    assert.deepEqual(rows.map((row) => batches.customIdOf(row)), ["row-0", "row-1"]);
  });

  it("end where a page names itself as the next", () => {
    const page: Json = { results: [], pagination_token: "t" };
    assert.deepEqual(walkResults(batches.results(ctx, "b"), head, page, page).rows, []);
  });

  it("are answers", () => {
    const parts = batches.decodeRow(good, head);
    assert.ok(parts.some((part) => part.type === "text" && part.text === "Hi."));
    assert.ok(parts.some((part) => part.type === "usage" && part.usage.inputTokens === 3));
  });

  const failures = [
    [{ batch_result: { error: { code: 3, message: "bad" } } }, "invalid-request"],
    [{ batch_result: { error: { code: 8, message: "slow down" } } }, "rate-limited"],
    [{ batch_result: { error: { code: 16, message: "who?" } } }, "auth-rejected"],
    [{ batch_result: { error: { code: 13, message: "oh" } } }, "provider-failed"],
    [{ error: { message: "oh" } }, "provider-failed"],
    [{ error_message: "oh" }, "provider-failed"],
    [{ batch_result: {} }, "invalid-reply"],
    [{}, "invalid-reply"],
    [null, "invalid-reply"],
  ] as const;
  for (const [row, code] of failures) {
    it(`are ${code}: ${JSON.stringify(row)}`, async () => {
      await failureOf(() => batches.decodeRow(row, head), code);
    });
  }

  it("without an id are nobody's", async () => {
    await failureOf(() => batches.customIdOf({ custom_id: "row-0" }), "invalid-reply");
  });
});
