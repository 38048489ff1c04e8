/** Lists that become several batches of vendors: split, handed in, asked, and joined again, over real sockets. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { BatchHandle, BatchOutcome, BatchStatus } from "../../src/index.ts";
import { failureOf } from "../support/failure.ts";
import { type BatchVendor, startBatchVendor } from "./batch-vendor.ts";

let vendor: BatchVendor;
beforeEach(async () => {
  vendor = await startBatchVendor();
});
afterEach(() => vendor.close());

const ask = (provider: string, model: string, prompt: string) => ({ provider, model, prompt });
/** Two models of one vendor and one of another, in turns; `acme/a` has one row too many for one batch. */
const mixed = [
  ask("acme", "a", "0"),
  ask("zeta", "z", "1"),
  ask("acme", "a", "2"),
  ask("acme", "b", "3"),
  ask("acme", "a", "4"),
  ask("zeta", "z", "5"),
  ask("acme", "a", "6"),
];

const told = (outcomes: readonly BatchOutcome[]) =>
  outcomes.map(({ result, error }) => result?.kind === "text" ? result.text : error?.code);
const allTold = mixed.map(({ model, prompt }) => `${model} says ${prompt}`);
const jobOf = (index: number) => {
  const job = vendor.jobs[index];
  assert.ok(job !== undefined);
  return job;
};

describe("a mixed list", () => {
  it("becomes one batch for each provider and model, and more where it is too long", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    assert.deepEqual(
      vendor.jobs.map(({ vendor, model, rows }) => [vendor, model, rows.map((row) => row.prompt)]),
      [
        ["acme", "a", ["0", "2", "4"]],
        ["zeta", "z", ["1", "5"]],
        ["acme", "b", ["3"]],
        ["acme", "a", ["6"]],
      ],
    );
    assert.deepEqual(handle.parts, [
      { provider: "acme", model: "a", modality: "text", id: "b-1", rows: 3 },
      { provider: "zeta", model: "z", modality: "text", id: "b-2", rows: 2 },
      { provider: "acme", model: "b", modality: "text", id: "b-3", rows: 1 },
      { provider: "acme", model: "a", modality: "text", id: "b-4", rows: 1 },
    ]);
    assert.deepEqual([handle.rows, handle.mode, handle.provider, handle.model], [7, "batch", "acme", "a"]);
  });

  it("has one list of results, in the order of the requests", async () => {
    await using loom = vendor.loom();
    vendor.bad.add("5");
    const outcomes = await loom.runBatch(mixed, { pollIntervalMs: 1 });
    assert.deepEqual(told(outcomes), allTold.with(5, "invalid-request"));
    assert.equal(outcomes[3]?.result?.usage.totalTokens, 15);
    assert.equal(outcomes[3]?.result?.trace.callId, "b-3/row-3");
  });

  it("may mix modalities", async () => {
    await using loom = vendor.loom();
    const embed = { provider: "acme", model: "a", modality: "embedding", input: ["x"] } as const;
    const handle = await loom.submitBatch([ask("acme", "a", "0"), embed]);
    assert.deepEqual(handle.parts.map(({ modality }) => modality), ["text", "embedding"]);
  });

  it("is split by bytes as well", async () => {
    await using loom = vendor.loom();
    const long = "x".repeat(900);
    await loom.submitBatch([ask("acme", "a", long), ask("acme", "a", "short"), ask("acme", "a", long)]);
    assert.deepEqual(vendor.jobs.map(({ rows }) => rows.length), [2, 1]);
  });

  it("is picked up by another Loom, with and without its requests", async () => {
    const first = vendor.loom();
    const { id, parts } = await first.submitBatch(mixed);
    await first.close();
    assert.match(id, /^loom_batches_[\w-]+$/);
    await using loom = vendor.loom();
    for (const handle of [await loom.batch(id), await loom.batch(id, mixed)]) {
      assert.deepEqual([handle.id, handle.rows, handle.parts], [id, 7, parts]);
      assert.deepEqual(told(await handle.results()), allTold);
    }
    const other = mixed.with(1, ask("acme", "a", "1"));
    const error = await failureOf((await loom.batch(id, other)).results(), "invalid-request");
    assert.match(error.message, /requests\[1\] asks acme\/a \(text\), and that row of the batch zeta\/z/);
  });

  const wrong: readonly (readonly [string, object, RegExp, "unsupported" | "invalid-request"])[] = [
    [
      "a vendor without batches",
      ask("plain", "p", "x"),
      /requests\[7\]: plain has no batches; mode: "live"/,
      "unsupported",
    ],
    [
      "what cannot be a row",
      { provider: "acme", model: "a", modality: "speech", prompt: "x" },
      /requests\[7\]: .*mode: "live"/,
      "unsupported",
    ],
    [
      "what a strict caller would miss",
      { ...ask("acme", "a", "x"), params: { seed: 1 }, strict: true },
      /requests\[7\]: strict: .*seed/,
      "unsupported",
    ],
    [
      "a row that is longer than a batch",
      ask("acme", "a", "x".repeat(3_000)),
      /requests\[7\] has \d+ bytes.* 2000/,
      "invalid-request",
    ],
  ];
  for (const [what, last, message, code] of wrong) {
    it(`with ${what} is refused before anything is sent`, async () => {
      await using loom = vendor.loom();
      const error = await failureOf(loom.submitBatch([...mixed, last as typeof mixed[0]]), code);
      assert.match(error.message, message);
      assert.equal(vendor.server.requests.length, 0);
    });
  }
});

describe("how far a batch of several parts is", () => {
  const cases: readonly (readonly [readonly string[], BatchStatus, boolean])[] = [
    [["completed", "completed", "completed", "completed"], "completed", true],
    [["in_progress", "validating", "completed", "failed"], "validating", false],
    [["completed", "in_progress", "something", "completed"], "in_progress", false],
    [["completed", "something", "cancelled", "completed"], "unknown", false],
    [["completed", "expired", "cancelled", "completed"], "expired", true],
    [["failed", "expired", "cancelled", "completed"], "failed", true],
    [["completed", "completed", "cancelled", "completed"], "cancelled", true],
  ];
  for (const [statuses, expected, done] of cases) {
    it(`is ${expected} of ${statuses.join(", ")}`, async () => {
      await using loom = vendor.loom();
      const handle = await loom.submitBatch(mixed);
      for (const [index, status] of statuses.entries()) jobOf(index).status = status;
      const report = await handle.status();
      assert.deepEqual([report.status, report.done], [expected, done]);
      assert.deepEqual(report.parts.map(({ vendorStatus }) => vendorStatus), statuses);
    });
  }

  it("sums counts, and says which part has a problem", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    Object.assign(jobOf(1), { status: "failed", problem: "line 2 is bad" });
    const report = await handle.status();
    assert.deepEqual(report.counts, { total: 7, succeeded: 5, failed: 0 });
    assert.equal(report.problem, "zeta/z (b-2): line 2 is bad");
    assert.equal(report.hasResults, true);
  });

  it("is asked only for the parts that still work, while it is waited for", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    jobOf(2).status = "in_progress";
    const from = vendor.server.requests.length;
    const waiting = handle.wait({ pollIntervalMs: 1 });
    await vendor.server.request(from + 6);
    jobOf(2).status = "completed";
    assert.equal((await waiting).status, "completed");
    const asked = vendor.server.requests.slice(from + 4).map(({ url }) => url);
    assert.deepEqual([...new Set(asked)], ["/acme/batches/b-3"]);
  });
});

describe("results of several parts", () => {
  it("of which one failed as a whole are errors there, and answers elsewhere", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    Object.assign(jobOf(1), { status: "failed", problem: "no quota" });
    const outcomes = await handle.results();
    assert.deepEqual(told(outcomes), allTold.with(1, "provider-failed").with(5, "provider-failed"));
    assert.match(outcomes[5]?.error?.message ?? "", /batch failed: no quota/);
    assert.equal(outcomes[5]?.error?.provider, "zeta");
  });

  it("that all failed as a whole are one error", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    for (const job of vendor.jobs) Object.assign(job, { status: "failed", problem: "no quota" });
    assert.match((await failureOf(handle.results(), "provider-failed")).message, /acme\/a \(b-1\): no quota/);
  });

  it("of which one expired with some rows done keep those", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    Object.assign(jobOf(0), { status: "expired", answered: 2 });
    assert.deepEqual(told(await handle.results()), allTold.with(4, "provider-failed"));
  });

  it("come too early while one part works", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    jobOf(3).status = "in_progress";
    await failureOf(handle.results(), "invalid-request");
  });

  it("can be read one by one, each once", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    Object.assign(jobOf(1), { status: "cancelled", answered: 1 });
    vendor.bad.add("0");
    const seen: [number, string | undefined][] = [];
    for await (const { index, outcome } of handle.outcomes()) seen.push([index, told([outcome])[0]]);
    // As the vendor answers, which is backwards here; then what has no answer.
    assert.deepEqual(seen, [
      [4, "a says 4"],
      [2, "a says 2"],
      [1, "z says 1"],
      [3, "b says 3"],
      [6, "a says 6"],
      [0, "invalid-request"],
      [5, "aborted"],
    ]);
  });

  it("come once each, when a download breaks off and is begun anew", async () => {
    await using loom = vendor.loom({ retry: { baseDelayMs: 1 } });
    const handle = await loom.submitBatch(mixed);
    vendor.cuts = 2;
    const seen: number[] = [];
    for await (const { index, outcome } of handle.outcomes()) {
      seen.push(index);
      assert.deepEqual(told([outcome]), [allTold[index]]);
    }
    assert.deepEqual(seen, [4, 2, 0, 5, 1, 3, 6]);
  });

  it("that nobody reads to the end are not fetched to the end", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    const from = vendor.server.requests.length;
    for await (const { index } of handle.outcomes()) {
      assert.equal(index, 4);
      break;
    }
    const urls = vendor.server.requests.slice(from).map(({ url }) => url);
    assert.equal(urls.filter((url) => url.endsWith("/content")).length, 1);
  });
});

describe("cancelling several parts", () => {
  it("stops what works, and leaves what has ended", async () => {
    await using loom = vendor.loom();
    const handle = await loom.submitBatch(mixed);
    jobOf(0).status = "in_progress";
    jobOf(1).status = "in_progress";
    const report = await handle.cancel();
    assert.deepEqual([report.status, report.done], ["cancelled", true]);
    assert.deepEqual(vendor.jobs.map(({ status }) => status), [
      "cancelled",
      "cancelled",
      "completed",
      "completed",
    ]);
    assert.deepEqual(told(await handle.results()), [
      "aborted",
      "aborted",
      "aborted",
      "b says 3",
      "aborted",
      "aborted",
      "a says 6",
    ]);
  });
});

describe("a part that cannot be asked", () => {
  it("is named, and the others are stopped all the same", async () => {
    await using loom = vendor.loom();
    vendor.begin = "in_progress";
    const handle = await loom.submitBatch(mixed);
    vendor.jobs.splice(1, 1);
    const error = await failureOf(handle.cancel(), "model-not-found");
    assert.match(error.message, /^zeta\/z \(b-2, one of 1 parts with failures\): .*no such batch/);
    assert.deepEqual(vendor.jobs.map(({ status }) => status), ["cancelled", "cancelled", "cancelled"]);
  });
});

describe("a list that was handed in by half", () => {
  const idIn = (error: Error & { readonly data: object }) =>
    (error.data as { readonly batchId: string }).batchId;

  it("is not lost: the error has the id of what was handed in", async () => {
    await using loom = vendor.loom();
    vendor.fates = ["fine", "fine", "refused"];
    const error = await failureOf(loom.submitBatch(mixed), "invalid-request");
    assert.match(error.message, /no more batches today; 2 of the 4 batches.*loom\.batch\("loom_batches_/);
    assert.equal(error.recovery, "never");
    const handle: BatchHandle = await loom.batch(idIn(error));
    assert.deepEqual([handle.rows, handle.parts.length], [7, 2]);
    const report = await handle.wait();
    assert.deepEqual([report.status, report.problem], ["failed", "2 rows were not handed in"]);
    assert.deepEqual(report.counts, { total: 7, succeeded: 5, failed: 2 });
    assert.deepEqual(told(await handle.results()), allTold.with(3, "aborted").with(6, "aborted"));
  });

  it("is nothing, when the first part could not be handed in", async () => {
    await using loom = vendor.loom();
    vendor.fates = ["refused"];
    const error = await failureOf(loom.submitBatch(mixed), "invalid-request");
    assert.equal("batchId" in error.data, false);
  });

  it("names its id when the one who handed it in has left", async () => {
    await using loom = vendor.loom();
    const leaving = new AbortController();
    vendor.fates = ["fine"];
    const submitting = loom.submitBatch(mixed, { signal: leaving.signal });
    const failing = failureOf(submitting, "aborted");
    await vendor.server.request(2);
    leaving.abort();
    assert.equal((await loom.batch(idIn(await failing))).parts[0]?.id, "b-1");
  });
});
