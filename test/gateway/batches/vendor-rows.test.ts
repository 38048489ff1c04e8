/** Batches whose rows go to batches of their vendors: grouped, split, waited for, refused, cancelled. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeClock, fakeClock } from "../../../src/testing/fake-clock.ts";
import { folderOf } from "../../support/folder.ts";
import { until } from "../../support/server.ts";
import { type FakeVendor, fakeVendor } from "./fake-vendor.ts";
import { answersIn, order, reached, row, textsIn } from "./rows.ts";
import { clientFor, openScene, type Scene, type SceneOptions } from "./setup.ts";

const chat = "openai/gpt-4o-mini";

async function before({ url }: FakeVendor, more: SceneOptions = {}): Promise<Scene> {
  const providers = { openai: { baseUrl: url, apiKey: "sk-1" } };
  return await openScene({ ...more, loom: { providers, retry: false, ...more.loom } });
}

const rows = (names: string, model = chat) => [...names].map((name) => row(name, model, name));
const handedIn = (vendor: FakeVendor, count = 1) =>
  until(`${count} are handed in`, () => vendor.batches.length === count);

describe("a batch of rows for vendors' batches", () => {
  it("is handed in, waited for and completed, and its rows are counted", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const { id } = await order(scene.red, rows("abc"));
    await handedIn(vendor);
    assert.equal((await scene.red.batches.retrieve(id)).status, "in_progress");
    const [theirs] = vendor.batches;
    assert.ok(theirs);
    assert.deepEqual(theirs.rows.map(({ custom_id, body }) => [custom_id, body.model]), [
      ["row-0", "gpt-4o-mini"],
      ["row-1", "gpt-4o-mini"],
      ["row-2", "gpt-4o-mini"],
    ]);
    theirs.status = "completed";
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 });
    assert.deepEqual(await textsIn(scene.red, batch), { a: "batch: a", b: "batch: b", c: "batch: c" });
    assert.deepEqual(vendor.live, []);
    assert.deepEqual(
      scene.records.map((
        { via, usage, provider, status },
      ) => [via?.keyId, usage?.totalTokens, provider, status]),
      Array(3).fill(["red", 15, "openai", "ok"]),
    );
    // 10 tokens in and 5 out, at 0.15 and 0.60 USD per million, halved.
    assert.equal(scene.records[0]?.costUsd, 2.25e-6);
    assert.equal(new Set(scene.records.map(({ callId }) => callId)).size, 3);
  });

  it("goes through the chain where guards stand in it", async () => {
    await using vendor = await fakeVendor();
    const guard = {
      input: ({ text }: { readonly text: string }) =>
        text === "b" ? [{ start: 0, end: 1, kind: "B", score: 1 }] : [],
    };
    await using scene = await before(vendor, { loom: { guards: [{ guard, action: "block" }] } });
    const { id } = await order(scene.red, rows("abc"));
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
    assert.equal((await answersIn(scene.red, batch.error_file_id))["b"]?.response?.status_code, 400);
    assert.deepEqual(vendor.batches, []);
    assert.deepEqual([...vendor.live].sort(), ["a", "c"]);
  });

  it("makes a batch for each model, and asks the others live", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const { id } = await order(scene.red, [
      ...rows("ab"),
      ...rows("cd", "openai/gpt-4o"),
      ...rows("e", "sandbox/sandbox-small"),
    ]);
    await handedIn(vendor, 2);
    const live = await reached(
      scene.red,
      id,
      scene.clock,
      ({ request_counts }) => request_counts?.completed === 1,
    );
    assert.equal(live.status, "in_progress");
    assert.deepEqual(vendor.batches.map(({ rows }) => rows.length), [2, 2]);
    for (const theirs of vendor.batches) theirs.status = "completed";
    const batch = await reached(scene.red, id, scene.clock);
    const { e, ...others } = await textsIn(scene.red, batch);
    assert.deepEqual(others, { a: "batch: a", b: "batch: b", c: "batch: c", d: "batch: d" });
    assert.ok(e);
  });

  it("splits what is more than the vendor takes at once", async () => {
    await using vendor = await fakeVendor();
    await using folder = await folderOf();
    const manifest = await folder.write(
      "acme.yaml",
      `label: Acme\ndialect: openai-chat\nbaseUrl: ${vendor.url}\nauth: { type: none }\nmodels: open\nsources: []\n` +
        "batch: { maxRows: 2, maxBytes: 100000, create: { completion_window: 24h } }\n",
    );
    await using scene = await openScene({ loom: { plugins: [manifest] } });
    const { id } = await order(scene.red, rows("abcde", "acme/m"));
    await handedIn(vendor, 3);
    assert.deepEqual(vendor.batches.map(({ rows }) => rows.length), [2, 2, 1]);
    for (const theirs of vendor.batches) theirs.status = "completed";
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(Object.keys(await textsIn(scene.red, batch)).sort().join(""), "abcde");
  });

  it("tells of rows that the vendor refuses", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const { id } = await order(scene.red, [...rows("a"), row("b", chat, "bad")]);
    await handedIn(vendor);
    if (vendor.batches[0]) vendor.batches[0].status = "completed";
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(batch.request_counts, { total: 2, completed: 1, failed: 1 });
    const bad = await answersIn(scene.red, batch.error_file_id);
    assert.equal(bad["b"]?.response?.status_code, 400);
    assert.match(bad["b"]?.response?.body.error?.message ?? "", /bad row/);
    assert.deepEqual(scene.records.map(({ status }) => status).sort(), ["failed", "ok"]);
  });

  it("answers another format than the vendor's", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const body = { model: chat, max_tokens: 9, messages: [{ role: "user", content: "hi" }] };
    const asked = { custom_id: "a", method: "POST", url: "/v1/messages", body };
    const { id } = await order(scene.red, [asked], { endpoint: "/v1/messages" as "/v1/responses" });
    await handedIn(vendor);
    if (vendor.batches[0]) vendor.batches[0].status = "completed";
    const batch = await reached(scene.red, id, scene.clock);
    const { a } = await answersIn(scene.red, batch.output_file_id);
    assert.equal(a?.response?.body["type"], "message");
    assert.deepEqual(a?.response?.body["content"], [{ type: "text", text: "batch: hi" }]);
  });

  it("is asked more and more seldom", async () => {
    await using vendor = await fakeVendor();
    const fake = fakeClock();
    const waits: number[] = [];
    const clock: FakeClock = {
      ...fake,
      get pending() {
        return fake.pending;
      },
      after(delayMs, callback, options) {
        if (options?.background === true && delayMs % 5_000 === 0) waits.push(delayMs);
        return fake.after(delayMs, callback, options);
      },
    };
    await using scene = await before(vendor, { clock });
    await order(scene.red, rows("a"));
    const polls = () => waits.filter((waitMs) => waitMs !== 15_000 && waitMs !== 86_400_000);
    const expected = [5_000, 10_000, 20_000, 40_000, 60_000, 60_000];
    for (const [index, waitMs] of expected.entries()) {
      await until(`it was asked for ${index + 1} times`, () => polls().length === index + 1);
      await clock.advance(waitMs);
    }
    assert.deepEqual(polls().slice(0, expected.length), expected);
  });

  for (const [what, taking] of [["refuses it", 400], ["has no batches after all", 404]] as const) {
    it(`asks one by one, where the vendor ${what}`, async () => {
      await using vendor = await fakeVendor();
      vendor.taking = taking;
      await using scene = await before(vendor);
      const { id } = await order(scene.red, rows("ab"));
      const batch = await reached(scene.red, id, scene.clock);
      assert.deepEqual(await textsIn(scene.red, batch), { a: "live: a", b: "live: b" });
    });
  }

  it("asks one by one, where the vendor gives up on the whole of it", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const { id } = await order(scene.red, rows("ab"));
    await handedIn(vendor);
    if (vendor.batches[0]) vendor.batches[0].status = "failed";
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(await textsIn(scene.red, batch), { a: "live: a", b: "live: b" });
  });

  it("does not hand in again what the vendor may have taken", async () => {
    await using vendor = await fakeVendor();
    vendor.taking = "cut";
    await using scene = await before(vendor, { loom: { retry: { maxAttempts: 3, baseDelayMs: 1 } } });
    const { id } = await order(scene.red, rows("ab"));
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(await textsIn(scene.red, batch), { a: "submission_unknown", b: "submission_unknown" });
    assert.deepEqual(vendor.live, []);
    const tries = vendor.server.requests.filter(({ url }) => url === "/v1/batches").length;
    assert.equal(tries, 1);
  });

  it("asks one by one for keys with a budget, which only the chain holds", async () => {
    await using vendor = await fakeVendor();
    const key = "poor-key-0123456789abcdef";
    await using scene = await before(vendor, {
      gateway: { keys: { list: [{ id: "poor", key, budgets: [{ limitUsd: 5, per: "day" }] }] } },
    });
    const poor = clientFor(scene.url, key);
    const { id } = await order(poor, rows("ab"));
    const batch = await reached(poor, id, scene.clock);
    assert.deepEqual(await textsIn(poor, batch), { a: "live: a", b: "live: b" });
    assert.equal(vendor.batches.length, 0);
  });

  it("is cancelled at the vendor too", async () => {
    await using vendor = await fakeVendor();
    await using scene = await before(vendor);
    const { id } = await order(scene.red, [...rows("ab"), ...rows("c", "sandbox/sandbox-small")]);
    await handedIn(vendor);
    await reached(scene.red, id, scene.clock, ({ request_counts }) => request_counts?.completed === 1, 0);
    await scene.red.batches.cancel(id);
    const batch = await reached(scene.red, id, scene.clock);
    assert.equal(vendor.batches[0]?.status, "cancelled");
    assert.equal(batch.status, "cancelled");
    const { c, ...others } = await textsIn(scene.red, batch);
    assert.deepEqual(others, { a: "batch_cancelled", b: "batch_cancelled" });
    assert.ok(c);
  });
});
