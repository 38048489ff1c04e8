/** Keys of idempotency: what is handed in again is found again, whatever happened to the process or the connection. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CLOCK } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { failureOf } from "../support/failure.ts";
import { type BatchVendor, type Fate, startBatchVendor } from "./batch-vendor.ts";

let vendor: BatchVendor;
beforeEach(async () => {
  vendor = await startBatchVendor();
});
afterEach(() => vendor.close());

const ask = (provider: string, prompt: string) => ({ provider, model: "m", prompt });
const requests = ["0", "1", "2", "3"].map((prompt) => ask("acme", prompt));
const short = requests.slice(0, 3);
const texts = (prompts: readonly string[]) => prompts.map((prompt) => `m says ${prompt}`);

/** Before the vendor is asked what has arrived. */
const settlingMs = [2_000, 8_000, 20_000, 30_000];
/** A Loom for which those waits pass at once. */
const hurried = () => {
  const after: typeof systemClock.after = (delayMs, callback, options) =>
    systemClock.after(settlingMs.includes(delayMs) ? 1 : delayMs, callback, options);
  return vendor.loom({ provide: [[CLOCK, { ...systemClock, after }]] });
};
const lists = () =>
  vendor.server.requests.filter(({ method, url }) => method === "GET" && /\/batches\?/.test(url)).length;

describe("handing in again with the same key", () => {
  it("gives the batch that is there", async () => {
    const first = vendor.loom();
    const { id } = await first.submitBatch(short, { idempotencyKey: "nightly-7" });
    await first.close();
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(short, { idempotencyKey: "nightly-7" });
    assert.equal(handle.id, id);
    assert.deepEqual(vendor.jobs.map(({ label }) => label), ["nightly-7"]);
    assert.deepEqual((await handle.results()).map(({ result }) => result?.text), texts(["0", "1", "2"]));
    await loom.submitBatch(short, { idempotencyKey: "nightly-8" });
    assert.equal(vendor.jobs.length, 2, "another key is another batch");
  });

  it("hands in what is missing, after the first try broke off", async () => {
    const list = [...requests, ask("zeta", "4")];
    const first = vendor.loom();
    vendor.fates = ["fine", "refused"];
    const error = await failureOf(first.submitBatch(list, { idempotencyKey: "k" }), "invalid-request");
    assert.match(error.message, /the same idempotencyKey hands in the rest/);
    await first.close();
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(list, { idempotencyKey: "k" });
    assert.deepEqual(vendor.jobs.map(({ vendor, label }) => [vendor, label]), [
      ["acme", "k--1"],
      ["acme", "k--2"],
      ["zeta", "k--3"],
    ]);
    assert.deepEqual(
      (await handle.results()).map(({ result }) => result?.text),
      texts(["0", "1", "2", "3", "4"]),
    );
  });

  it("hands in what a process uploaded that died before it handed it in", async () => {
    const dying = vendor.loom();
    vendor.fates = ["silent"];
    const failing = failureOf(dying.submitBatch(short, { idempotencyKey: "k" }), "closed");
    await vendor.server.request(2);
    await dying.close();
    await failing;
    assert.equal(vendor.jobs.length, 0);
    await using loom = vendor.loom();
    await loom.submitBatch(short, { idempotencyKey: "k" });
    await loom.submitBatch(short, { idempotencyKey: "k" });
    assert.equal(vendor.jobs.length, 1);
  });

  it("takes keys that no vendor could keep", async () => {
    await using loom = vendor.loom();
    const idempotencyKey = "Ausgaben, März: a--b";
    const { id } = await loom.submitBatch(short, { idempotencyKey });
    assert.match(vendor.jobs[0]?.label ?? "", /^k-[0-9a-f]{38}$/);
    assert.equal((await loom.submitBatch(short, { idempotencyKey })).id, id);
  });

  it("looks at all accounts, since nobody knows which one was used", async () => {
    const accounts = [{ name: "a", apiKey: "sk-1" }, { name: "b", apiKey: "sk-2" }];
    await using loom = vendor.loom({ providers: { acme: { accounts, accountStrategy: "round-robin" } } });
    const handles = [];
    for (let round = 0; round < 3; round++) {
      handles.push(await loom.submitBatch(short, { idempotencyKey: "k" }));
    }
    assert.deepEqual(vendor.jobs.map(({ key }) => key), ["sk-1"]);
    assert.deepEqual(handles.map(({ parts }) => parts[0]?.account), ["a", "a", "a"]);
  });

  it("refuses a key that was another list's", async () => {
    await using loom = vendor.loom();
    await loom.submitBatch(short, { idempotencyKey: "k" });
    const error = await failureOf(
      loom.submitBatch(short.slice(1), { idempotencyKey: "k" }),
      "invalid-request",
    );
    assert.match(error.message, /was used for 3 rows before \(b-1\), and this list makes 2/);
  });

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ["no text", { idempotencyKey: "" }, /idempotencyKey must be a text/],
    ["a live batch", { idempotencyKey: "k", mode: "live" }, /idempotencyKey cannot be kept in mode: "live"/],
    ["a search for nothing", { search: { createdAfterMs: 1 } }, /search is about an idempotencyKey/],
    ["workers of a vendor", { workers: 2 }, /workers is about mode: "live"/],
    ["a mode that there is not", { mode: "fast" }, /mode must be "batch" or "live"/],
  ];
  for (const [what, options, message] of wrong) {
    it(`refuses ${what}`, async () => {
      await using loom = vendor.loom();
      assert.match((await failureOf(loom.submitBatch(short, options), "invalid-request")).message, message);
      assert.equal(vendor.server.requests.length, 0);
    });
  }
});

describe("a connection that breaks while a batch is handed in", () => {
  it("is an error without a key, since nobody can tell whether it arrived", async () => {
    await using loom = hurried();
    vendor.fates = ["deaf"];
    const error = await failureOf(loom.submitBatch(short), "connection-failed");
    assert.equal(error.recovery, "never");
    assert.equal(vendor.jobs.length, 1);
  });

  const cases: readonly (readonly [string, readonly Fate[], number, number])[] = [
    ["finds what has arrived", ["deaf"], 1, 2],
    ["hands in again what has not arrived, when that is certain", ["lost"], 1, 5],
    ["finds the second try, when that broke off, too", ["lost", "deaf"], 1, 6],
  ];
  for (const [what, fates, jobs, asked] of cases) {
    it(`${what}, with a key`, async () => {
      await using loom = hurried();
      vendor.fates = [...fates];
      const handle = await loom.submitBatch(short, { idempotencyKey: "k" });
      assert.equal(handle.parts[0]?.id, "b-1");
      assert.deepEqual([vendor.jobs.length, lists()], [jobs, asked]);
    });
  }

  it("is an error after two tries", async () => {
    await using loom = hurried();
    vendor.fates = ["lost", "lost", "fine"];
    await failureOf(loom.submitBatch(short, { idempotencyKey: "k" }), "connection-failed");
    assert.equal(vendor.jobs.length, 0);
    assert.equal(vendor.fates.length, 1);
  });

  it("is an error, when the vendor cannot be asked either; the key finds it later", async () => {
    const first = hurried();
    vendor.fates = ["deaf"];
    const failing = failureOf(first.submitBatch(short, { idempotencyKey: "k" }), "connection-failed");
    await vendor.server.request(2);
    vendor.listFails = true;
    const error = await failing;
    assert.match(error.message, /whether it arrived could not be asked .*same idempotencyKey/);
    assert.equal(error.recovery, "never");
    await first.close();
    vendor.listFails = false;
    await using loom = vendor.loom();
    await loom.submitBatch(short, { idempotencyKey: "k" });
    assert.equal(vendor.jobs.length, 1);
  });
});
