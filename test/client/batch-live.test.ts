/** Batches of mode live: the handle of a batch, and rows that are asked at once through the chain. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CLOCK } from "../../src/plugin.ts";
import { fakeClock } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { until } from "../support/server.ts";
import { type BatchVendor, startBatchVendor } from "./batch-vendor.ts";

let vendor: BatchVendor;
beforeEach(async () => {
  vendor = await startBatchVendor();
});
afterEach(() => vendor.close());

const requests = ["0", "1", "2", "3", "4"].map((prompt) => ({ provider: "plain", model: "p", prompt }));
const live = { mode: "live" } as const;

/** Keeps live calls from being answered until it is called. */
function shut(holds: (prompt: string) => boolean = () => true): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  vendor.gate = (prompt) => holds(prompt) ? promise : undefined;
  return resolve;
}

describe("mode live", () => {
  it("asks vendors without batches, with the same results", async () => {
    await using loom = vendor.loom();
    vendor.bad.add("3");
    const outcomes = await loom.runBatch([...requests, { provider: "acme", model: "a", prompt: "5" }], live);
    assert.deepEqual(outcomes.map(({ result, error }) => result?.text ?? error?.code), [
      "p says 0",
      "p says 1",
      "p says 2",
      "invalid-request",
      "p says 4",
      "a says 5",
    ]);
    assert.equal(vendor.jobs.length, 0);
  });

  it("asks so many rows at once, and tells how far it is", async () => {
    await using loom = vendor.loom();
    const open = shut();
    const handle = await loom.submitBatch(requests, { ...live, workers: 2 });
    await until("two rows have come in", () => vendor.live.length === 2);
    const report = await handle.status();
    assert.deepEqual([report.status, report.done, report.counts], ["in_progress", false, {
      total: 5,
      succeeded: 0,
      failed: 0,
    }]);
    await failureOf(handle.results(), "invalid-request");
    open();
    const end = await handle.wait();
    assert.deepEqual([end.status, end.done, end.counts?.succeeded], ["completed", true, 5]);
    const indexes: number[] = [];
    for await (const { index } of handle.outcomes()) indexes.push(index);
    assert.deepEqual(indexes, [0, 1, 2, 3, 4]);
  });

  it("charges live prices", async () => {
    await using loom = vendor.loom();
    const price = { inputCostPer1m: 100, outputCostPer1m: 200 };
    loom.catalog.registerModel({ provider: "acme", modelId: "priced", ...price });
    const [outcome] = await loom.runBatch([{ provider: "acme", model: "priced", prompt: "x" }], live);
    assert.equal(outcome?.result?.cost.usd, 0.002);
  });

  it("is cancelled: what is under way ends, the rest is not asked, and what was done is kept", async () => {
    await using loom = vendor.loom();
    shut((prompt) => prompt === "2");
    const handle = await loom.submitBatch(requests, { ...live, workers: 1 });
    await until("the third row has come in", () => vendor.live.length === 3);
    const report = await handle.cancel();
    assert.deepEqual([report.status, report.done, report.hasResults], ["cancelled", true, true]);
    const outcomes = await handle.results();
    const codes = outcomes.map(({ result, error }) => result?.text ?? error?.code);
    assert.deepEqual(codes, ["p says 0", "p says 1", "aborted", "aborted", "aborted"]);
    assert.match(outcomes[4]?.error?.message ?? "", /was not asked/);
    assert.equal(vendor.live.length, 3);
    assert.equal((await handle.cancel()).status, "cancelled");
  });

  it("stops with its deadline, and gives what was done by then", async () => {
    const clock = fakeClock();
    await using loom = vendor.loom({ provide: [[CLOCK, clock]] });
    shut();
    const running = loom.runBatch(requests, { ...live, timeoutMs: 5_000 });
    await until("rows have come in", () => vendor.live.length === 5);
    await clock.advance(5_000);
    assert.deepEqual((await running).map(({ error }) => error?.code), Array(5).fill("timed-out"));
    assert.equal(clock.pending, 0);
  });

  it("stops with its signal, and with its Loom", async () => {
    const loom = vendor.loom();
    shut();
    const controller = new AbortController();
    const stopped = await loom.submitBatch(requests, { ...live, signal: controller.signal });
    const others = requests.map((request) => ({ ...request, prompt: `other ${request.prompt}` }));
    const closed = await loom.submitBatch(others, { ...live, workers: 2 });
    await until("rows have come in", () => vendor.live.length === 7);
    controller.abort();
    assert.equal((await stopped.wait()).status, "cancelled");
    await loom.close();
    assert.equal((await closed.wait()).status, "cancelled");
    assert.deepEqual((await closed.results()).map(({ error }) => error?.code), Array(5).fill("closed"));
    assert.equal(vendor.live.length, 7, "nothing was asked after that");
  });

  it("is waited for no longer than the one who waits likes, and goes on", async () => {
    const clock = fakeClock();
    await using loom = vendor.loom({ provide: [[CLOCK, clock]] });
    const open = shut();
    const handle = await loom.submitBatch(requests, live);
    const failing = failureOf(handle.wait({ timeoutMs: 10 }), "timed-out");
    await clock.advance(10);
    await failing;
    open();
    assert.equal((await handle.wait()).status, "completed");
  });

  it("cannot be picked up, and says so", async () => {
    await using loom = vendor.loom();
    const { id } = await loom.submitBatch(requests.slice(0, 1), live);
    assert.match(
      (await failureOf(loom.batch(id), "unsupported")).message,
      /mode live cannot be picked up.*keep its handle/,
    );
  });

  const wrong: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      "no worker",
      () => vendor.loom().submitBatch(requests, { ...live, workers: 0 }),
      /workers must be a whole number/,
    ],
    ["an unknown model", async () => {
      const loom = vendor.loom();
      return await loom.submitBatch(
        [...requests, { provider: "openai", model: "gpt-none", prompt: "x" }],
        live,
      );
    }, /requests\[5\]: .*gpt-none/],
  ];
  for (const [what, submitting, message] of wrong) {
    it(`refuses ${what} before anything is asked`, async () => {
      await assert.rejects(submitting(), message);
      assert.equal(vendor.live.length, 0);
    });
  }
});
