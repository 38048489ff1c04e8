/** How far a batch of Gemini is, out of everything that its operation may say. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchState } from "../../../../src/contract/batch.ts";
import type { BatchCodec, Operation } from "../../../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { failureOf } from "../../../support/failure.ts";
import { codec, headOf } from "./support.ts";

const batches = codec.batches as BatchCodec;
const ctx = fakeAttempting({ target: { upstreamModel: "gemini-2.5-flash" } });

const stats = (requestCount: string, rest: JsonObject = {}): JsonObject => ({
  batchStats: { requestCount, ...rest },
});
const inlined = (...rows: Json[]): JsonObject => ({ inlinedResponses: { inlinedResponses: rows } });
const file: JsonObject = { responsesFile: "files/batch-abc" };
const answered: Json = {
  response: { candidates: [{ content: { role: "model", parts: [{ text: "Hi." }] }, finishReason: "STOP" }] },
  metadata: { key: "row-0" },
};

/**
 * What an operation says, and the state that it means. Shapes: https://ai.google.dev/api/batch-api, recorded operations in
 * public tests (langchain4j GeminiBatchProcessor, litellm, maximhq/bifrost `TestGeminiBatchOutput`), and the client's converters.
 */
const states: readonly [string, JsonObject, Partial<BatchState>][] = [
  ["waits", { metadata: { state: "BATCH_STATE_PENDING", ...stats("2", { pendingRequestCount: "2" }) } }, {
    status: "validating",
    vendorStatus: "BATCH_STATE_PENDING",
    counts: { total: 2, succeeded: 0, failed: 0 },
    hasResults: false,
  }],
  ["runs", { metadata: { state: "BATCH_STATE_RUNNING" } }, { status: "in_progress", hasResults: false }],
  ["runs, in the client's words", { metadata: { state: "JOB_STATE_RUNNING" } }, { status: "in_progress" }],
  ["is done, inline", {
    metadata: {
      state: "BATCH_STATE_SUCCEEDED",
      ...stats("2", { successfulRequestCount: "1", failedRequestCount: "1" }),
    },
    done: true,
    response: inlined(answered),
  }, { status: "completed", counts: { total: 2, succeeded: 1, failed: 1 }, hasResults: true }],
  ["is done, in a file", {
    metadata: { state: "BATCH_STATE_SUCCEEDED", output: file },
    done: true,
    response: file,
  }, {
    status: "completed",
    hasResults: true,
  }],
  ["is done without a word", { metadata: {}, done: true, response: inlined(answered) }, {
    status: "completed",
  }],
  ["is flat", { state: "JOB_STATE_SUCCEEDED", dest: { fileName: "files/x" } }, {
    status: "completed",
    hasResults: true,
  }],
  ["failed", {
    metadata: { state: "BATCH_STATE_FAILED" },
    done: true,
    error: { code: 13, message: "internal" },
  }, {
    status: "failed",
    problem: "internal",
    hasResults: false,
  }],
  ["failed without a word", { done: true, error: { code: 3, message: "bad" } }, {
    status: "failed",
    problem: "bad",
  }],
  ["was cancelled before it began", {
    metadata: { state: "BATCH_STATE_CANCELLED", ...stats("1", { pendingRequestCount: "1" }) },
    done: true,
    error: { code: 13, message: "Batch was cancelled." },
  }, { status: "cancelled", hasResults: false }],
  ["was cancelled without a word", { done: true, error: { code: 1 } }, { status: "cancelled" }],
  ["was cancelled with rows done", {
    metadata: { state: "BATCH_STATE_CANCELLED", output: inlined(answered) },
  }, {
    status: "cancelled",
    hasResults: true,
  }],
  ["was cancelled once it had begun", {
    metadata: { state: "BATCH_STATE_SUCCEEDED" },
    done: true,
    response: inlined({ error: { code: 1 }, metadata: { key: "row-0" } }),
  }, { status: "cancelled", hasResults: true }],
  ["expired", { metadata: { state: "BATCH_STATE_EXPIRED" } }, { status: "expired", hasResults: false }],
  ["says something new", { metadata: { state: "BATCH_STATE_HIBERNATING" } }, { status: "unknown" }],
];

describe("an operation that", () => {
  for (const [what, operation, expected] of states) {
    it(`${what} is ${expected.status}`, () => {
      const body: JsonObject = { name: "batches/abc", ...operation };
      const state = batches.status(ctx, "batches/abc").decode(body, headOf());
      assert.partialDeepStrictEqual(state, expected);
      assert.equal(state.id, "batches/abc");
      assert.equal(state.createdAtMs, undefined);
    });
  }

  it("says when it began keeps it", () => {
    const body = { name: "batches/abc", metadata: { createTime: "2026-08-20T20:08:31.015405218Z" } };
    const state = batches.submit([], ctx).decode(body, headOf()) as BatchState;
    assert.equal(state.createdAtMs, Date.parse("2026-08-20T20:08:31.015Z"));
  });

  it("is an error, or none, is refused", async () => {
    const { decode } = batches.status(ctx, "b") as Operation<BatchState>;
    const error = { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Resource exhausted." } };
    await failureOf(() => decode(error, headOf()), "rate-limited");
    await failureOf(() => decode({}, headOf()), "invalid-reply");
    await failureOf(() => decode(null, headOf()), "invalid-reply");
  });

  it("is cancelled is asked for its state, as the answer is empty", () => {
    const next = batches.cancel(ctx, "batches/abc").decode({}, headOf()) as {
      readonly then: Operation<BatchState>;
    };
    assert.deepEqual(next.then.request, batches.status(ctx, "batches/abc").request);
  });
});
