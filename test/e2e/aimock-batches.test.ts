/** Batches against a mock of OpenAI's files and batches that this project did not write. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Loom } from "../../src/index.ts";
import { failureOf } from "../support/failure.ts";
import { goodKey, type MockVendor, startMockVendor } from "./mock-vendor.ts";

const chat = { provider: "openai", model: "gpt-4o-mini" };
const requests = ["one", "two", "three"].map((prompt) => ({ ...chat, prompt }));

let vendor: MockVendor;
let loom: Loom;

before(async () => {
  vendor = await startMockVendor();
  loom = vendor.loom();
});
after(async () => {
  await loom.close();
  await vendor.close();
});

/** A Loom for whose batches the mock has this end in mind. */
function endingIn(outcome: string): Loom {
  const { baseUrl } = vendor;
  const openai = {
    baseUrl: baseUrl("openai"),
    apiKey: goodKey,
    headers: { "X-AIMock-Batch-Outcome": outcome },
  };
  return vendor.loom({ providers: { openai } });
}

describe("batches", () => {
  it("are handed in, waited for and read, at half the price", async () => {
    const handle = await loom.submitBatch(requests);
    assert.equal((await handle.status()).status, "in_progress");
    const report = await handle.wait({ pollIntervalMs: 1 });
    assert.deepEqual([report.status, report.counts], ["completed", { total: 3, succeeded: 3, failed: 0 }]);
    const outcomes = await handle.results();
    assert.deepEqual(outcomes.map(({ result }) => result?.text), Array(3).fill("Mock batch completion"));
    // One token in and one out, of 0.15 and 0.60 USD per million, halved.
    assert.equal(outcomes[0]?.result?.cost.usd, 3.75e-7);
  });

  it("are picked up by another Loom", async () => {
    const { id } = await loom.submitBatch(requests);
    await using other = vendor.loom();
    const handle = await other.batch(id);
    await handle.wait({ pollIntervalMs: 1 });
    const [outcome] = await handle.results();
    assert.equal(outcome?.result?.kind === "text" && outcome.result.text, "Mock batch completion");
  });

  it("are handed in once for one key, by whichever process", async () => {
    const first = await loom.submitBatch(requests, { idempotencyKey: "try-1" });
    await using other = vendor.loom();
    const second = await other.submitBatch(requests, { idempotencyKey: "try-1" });
    const third = await other.submitBatch(requests, { idempotencyKey: "try-2" });
    const ids = [first, second, third].map(({ parts }) => parts[0]?.id);
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
  });

  it("of embeddings give vectors", async () => {
    const request = {
      provider: "openai",
      modality: "embedding",
      model: "text-embedding-3-small",
      input: ["a"],
    } as const;
    const [outcome] = await loom.runBatch([request], { pollIntervalMs: 1 });
    assert.deepEqual(outcome?.result?.embeddings, [[0, 0, 0]]);
  });

  it("that are cancelled end so", async () => {
    const handle = await loom.submitBatch(requests);
    assert.equal((await handle.cancel()).done, false);
    assert.equal((await handle.wait({ pollIntervalMs: 1 })).status, "cancelled");
    assert.equal((await handle.cancel()).status, "cancelled");
    assert.equal((await handle.results()).every(({ error }) => error?.code === "aborted"), true);
  });

  it("that expire give an error for each row", async () => {
    await using own = endingIn("expired");
    const outcomes = await own.runBatch(requests, { pollIntervalMs: 1 });
    assert.deepEqual(outcomes.map(({ error }) => error?.code), Array(3).fill("provider-failed"));
  });

  it("that fail do so as a whole, or row by row", async () => {
    await using own = endingIn("failed");
    const handle = await own.submitBatch(requests);
    const report = await handle.wait({ pollIntervalMs: 1 });
    assert.equal(report.status, "failed");
    assert.notEqual(report.problem, undefined);
    if (report.hasResults) {
      assert.equal((await handle.results()).every(({ error }) => error !== undefined), true);
    } else await failureOf(handle.results(), "provider-failed");
  });

  it("that nobody knows are not found", async () => {
    const { id } = await loom.submitBatch(requests);
    const place = JSON.parse(Buffer.from(id.slice("loom_batch_".length), "base64url").toString()) as object;
    const other = `loom_batch_${
      Buffer.from(JSON.stringify({ ...place, id: "batch_0" })).toString("base64url")
    }`;
    const error = await failureOf((await loom.batch(other)).status(), "model-not-found");
    assert.equal(error.status, 404);
  });
});
