/** Batches whose rows are asked one by one, through OpenAI's own client: every endpoint, every end. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import OpenAI from "openai";
import { until } from "../../support/server.ts";
import { fakeVendor } from "./fake-vendor.ts";
import { answersIn, order, reached, row, textsIn } from "./rows.ts";
import { openScene, type SceneOptions } from "./setup.ts";

const sandbox = "sandbox/sandbox-small";

/** A gateway before a vendor of chat without batches. */
async function before(vendor: { readonly url: string }, more: SceneOptions = {}) {
  const providers = { deepseek: { baseUrl: vendor.url, apiKey: "sk-1" } };
  return await openScene({ ...more, loom: { providers, retry: false, ...more.loom } });
}

describe("a batch of rows that are asked one by one", () => {
  it("is completed, with an answer for each row", async () => {
    await using scene = await openScene();
    const { red, clock } = scene;
    const rows = ["a", "b", "c"].map((id) => row(id, sandbox, `prompt ${id}`));
    const made = await order(red, rows, { metadata: { job: "nightly" } });
    assert.equal(made.object, "batch");
    assert.match(made.id, /^batch_[0-9a-f]{32}$/);
    assert.deepEqual(made.metadata, { job: "nightly" });
    const batch = await reached(red, made.id, clock);
    assert.equal(batch.status, "completed");
    assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 });
    assert.equal(batch.error_file_id, null);
    assert.ok(batch.in_progress_at && batch.finalizing_at && batch.completed_at);
    assert.equal((batch.expires_at ?? 0) - batch.created_at, 86_400);
    const answers = await answersIn(red, batch.output_file_id);
    assert.deepEqual(Object.keys(answers).sort(), ["a", "b", "c"]);
    const { response, error, id } = answers["a"] ?? {};
    assert.equal(error, null);
    assert.match(id ?? "", /^batch_req_/);
    assert.equal(response?.status_code, 200);
    assert.equal(response?.body["object"], "chat.completion");
    const output = await red.files.retrieve(batch.output_file_id ?? "");
    assert.equal(output.purpose, "batch_output");
    assert.equal(scene.records.length, 3);
    assert.deepEqual(scene.records[0]?.via, { keyId: "red", format: "openai-chat" });
  });

  const endpoints = [
    ["/v1/responses", "response"],
    ["/v1/embeddings", "list"],
    ["/v1/completions", "text_completion"],
    ["/v1/messages", undefined],
  ] as const;
  for (const [endpoint, object] of endpoints) {
    it(`goes to ${endpoint}`, async () => {
      await using scene = await openScene();
      const rows = [row("a", sandbox, "one", endpoint), row("b", sandbox, "two", endpoint)];
      const { id } = await order(scene.red, rows, { endpoint: endpoint as "/v1/responses" });
      const batch = await reached(scene.red, id, scene.clock);
      const answers = await answersIn(scene.red, batch.output_file_id);
      assert.deepEqual(Object.keys(answers).sort(), ["a", "b"]);
      assert.equal(answers["a"]?.response?.body["object"], object);
    });
  }

  it("mixes models, and tells of bad rows what their endpoint would", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const rows = [
      row("good", "deepseek/deepseek-chat", "hi"),
      row("other", sandbox, "hi"),
      row("unknown", "sandbox2/none", "hi"),
      { ...row("modelless", sandbox, "hi"), body: { messages: [] } },
      { ...row("streamed", sandbox, "hi"), body: { ...row("", sandbox, "hi").body, stream: true } },
    ];
    const { id } = await order(scene.red, rows);
    const batch = await reached(scene.red, id, scene.clock);
    assert.equal(batch.status, "completed");
    assert.deepEqual(batch.request_counts, { total: 5, completed: 2, failed: 3 });
    const good = await answersIn(scene.red, batch.output_file_id);
    assert.equal(good["good"]?.response?.body.choices?.[0]?.message.content, "live: hi");
    const bad = await answersIn(scene.red, batch.error_file_id);
    const statuses = Object.entries(bad).map(([name, { response }]) => [name, response?.status_code]);
    assert.deepEqual(statuses.sort(), [["modelless", 400], ["streamed", 400], ["unknown", 404]]);
    assert.match(bad["modelless"]?.response?.body.error?.message ?? "", /model/);
  });

  it("holds keys to their models", async () => {
    await using scene = await openScene({
      gateway: {
        keys: { list: [{ id: "small", key: "small-key-0123456789ab", models: ["sandbox/sandbox-small"] }] },
      },
    });
    const small = new OpenAI({ baseURL: `${scene.url}/v1`, apiKey: "small-key-0123456789ab", maxRetries: 0 });
    const { id } = await order(small, [row("a", sandbox, "hi"), row("b", "sandbox/sandbox-large", "hi")]);
    const batch = await reached(small, id, scene.clock);
    assert.deepEqual(batch.request_counts, { total: 2, completed: 1, failed: 1 });
    assert.equal((await answersIn(small, batch.error_file_id))["b"]?.response?.status_code, 403);
  });

  it("waits where a limit is reached, and goes on when it frees", async () => {
    await using scene = await openScene({
      gateway: { keys: { list: [{ id: "slow", key: "slow-key-0123456789abc", requestsPerMinute: 2 }] } },
    });
    const slow = new OpenAI({ baseURL: `${scene.url}/v1`, apiKey: "slow-key-0123456789abc", maxRetries: 0 });
    const rows = ["a", "b", "c", "d", "e"].map((id) => row(id, sandbox, id));
    const { id } = await order(slow, rows);
    const startedMs = scene.clock.monotonic();
    const batch = await reached(slow, id, scene.clock, undefined, 5_000);
    assert.deepEqual(batch.request_counts, { total: 5, completed: 5, failed: 0 });
    assert.ok(scene.clock.monotonic() - startedMs >= 60_000, "they took more than one minute's worth");
  });

  it("runs so many rows at once and no more", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor, { gateway: { batches: { concurrency: 3 } } });
    const prompts = Array.from({ length: 7 }, (_, index) => `p${index}`);
    for (const prompt of prompts) vendor.held.add(prompt);
    const { id } = await order(
      scene.red,
      prompts.map((prompt) => row(prompt, "deepseek/deepseek-chat", prompt)),
    );
    await until("three are asked", () => vendor.live.length === 3);
    assert.equal((await scene.red.batches.retrieve(id)).status, "in_progress");
    await scene.clock.advance(1000);
    assert.equal(vendor.live.length, 3);
    vendor.release();
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual([batch.request_counts?.completed, vendor.live.length], [7, 7]);
  });

  it("is cancelled: what runs is given up, what was answered is kept", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor, { gateway: { batches: { concurrency: 2 } } });
    vendor.held.add("b").add("c").add("d");
    const rows = ["a", "b", "c", "d"].map((id) => row(id, "deepseek/deepseek-chat", id));
    const { id } = await order(scene.red, rows);
    await until("a is answered, b and c are asked", () => vendor.live.length === 3);
    const cancelled = await scene.red.batches.cancel(id);
    assert.ok(["cancelling", "cancelled"].includes(cancelled.status), cancelled.status);
    assert.equal(
      await (await vendor.server.request(1)).left,
      true,
      "the vendor sees that nobody waits any more",
    );
    const batch = await reached(scene.red, id, scene.clock);
    assert.equal(batch.status, "cancelled");
    assert.ok(batch.cancelled_at && batch.cancelling_at);
    assert.deepEqual(await textsIn(scene.red, batch), {
      a: "live: a",
      b: "batch_cancelled",
      c: "batch_cancelled",
      d: "batch_cancelled",
    });
    assert.equal((await scene.red.batches.cancel(id)).status, "cancelled", "a second time changes nothing");
  });

  it("expires after its window, with what was answered by then", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    vendor.held.add("b");
    const rows = ["a", "b"].map((id) => row(id, "deepseek/deepseek-chat", id));
    const { id } = await order(scene.red, rows);
    await reached(scene.red, id, scene.clock, ({ request_counts }) => request_counts?.completed === 1, 1);
    await until("b is asked", () => vendor.live.length === 2);
    const batch = await reached(scene.red, id, scene.clock, undefined, 3_600_000);
    assert.equal(batch.status, "expired");
    assert.ok((batch.expired_at ?? 0) >= (batch.expires_at ?? Infinity));
    assert.deepEqual(await textsIn(scene.red, batch), { a: "live: a", b: "batch_expired" });
  });
});
