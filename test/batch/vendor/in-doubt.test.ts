/** Submissions of which nobody heard whether they arrived: neither lost nor handed in twice. */

import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { describe, it } from "node:test";
import { runVendorBatch } from "../../../src/batch/vendor/run-vendor-batch.ts";
import { failureOf } from "../../support/failure.ts";
import { answered, openScene, questions } from "./scene.ts";

/** The models asked are known in the catalog, or taken as they are. */
const models = { openai: "gpt-4o-mini", anthropic: "claude-haiku-4-5", few: "any" } as const;

describe("a submission whose answer was lost", () => {
  it("is over, once a newer file says what became of it", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    scene.vendor.taking = "cut";
    await failureOf(scene.run(), "connection-failed");
    const [old = ""] = await scene.names("home/batches");
    const text = await scene.read(`home/batches/${old}`);
    scene.vendor.taking = "taken";
    await scene.run();
    // As if the process had been killed between writing the one and deleting the other.
    await scene.folder.write(`home/batches/${old}`, text);
    assert.deepEqual((await scene.seen()).map(({ id }) => id), ["batch_0"]);
    scene.vendor.finish();
    await scene.fetch();
    assert.equal(await scene.read("data_results_few_gpt-4o-mini.csv"), answered(2));
    assert.deepEqual(await scene.names("home/batches"), []);
  });

  for (const [provider, model] of Object.entries(models)) {
    const asked = { provider, model };

    it(`is found at ${provider} by the next run`, async () => {
      await using scene = await openScene({ "data.csv": questions(2) });
      scene.vendor.taking = "cut";
      const error = await failureOf(scene.run({ asked }), "connection-failed");
      assert.match(
        error.message,
        /nobody can tell whether \w+ has taken the batch.*run the same command again/,
      );
      const [left] = await scene.seen();
      assert.deepEqual([left?.part.state, left?.status], ["submitting", "unknown"]);
      scene.vendor.taking = "taken";
      await scene.run({ asked });
      assert.equal(scene.vendor.batches.length, 1, "it was not handed in again");
      const id = scene.vendor.batches[0]?.id;
      assert.deepEqual(scene.told(), [`Batch submitted. id=${id} provider=${provider}`]);
      assert.equal((await scene.names("home/batches")).length, 1);
    });

    it(`is found at ${provider} by fetch, and written`, async () => {
      await using scene = await openScene({ "data.csv": questions(2) });
      scene.vendor.taking = "cut";
      await failureOf(scene.run({ asked }), "connection-failed");
      scene.vendor.finish();
      await scene.fetch();
      assert.equal(await scene.read(`data_results_${provider}_${model}.csv`), answered(2));
      assert.deepEqual(await scene.names("home/batches"), []);
    });
  }

  it("goes in again where the vendor has nothing of it", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run({ limit: 4 });
    // As if the process had been killed after it wrote the file and before it asked the vendor.
    const [, second] = await scene.seen();
    assert.ok(second !== undefined);
    const text = await scene.read("home/batches/few_batch_1.json");
    const label = second.part.label ?? "";
    await scene.folder.write(
      "home/batches/few_batch_1.json",
      text.replace('"state": "submitted"', '"state": "submitting"').replace(
        '"batch_1"',
        `"submitting-${label}"`,
      ),
    );
    await rename(
      scene.folder.file("home/batches/few_batch_1.json"),
      scene.folder.file(`home/batches/few_submitting-${label}.json`),
    );
    scene.vendor.batches.pop();
    scene.told();
    const error = await failureOf(scene.fetch(), "provider-failed");
    assert.match(error.message, /Few does not have it: .* run the same loom run command again/);
    await scene.run({ limit: 4 });
    assert.deepEqual(scene.vendor.batches.map(({ rows }) => rows.length), [3, 1]);
    assert.deepEqual((await scene.seen()).map(({ part }) => [part.part, part.state]), [
      [0, "submitted"],
      [1, "submitted"],
    ]);
  });

  it("is given back when the batch that was found turns out to be another's", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    const { vendor } = scene;
    const asked = { provider: "anthropic", model: models.anthropic };
    vendor.taking = "cut";
    await failureOf(scene.run({ asked }), "connection-failed");
    // Somebody else's batch of as many rows, while ours never arrived.
    const [own] = vendor.batches.splice(0);
    assert.ok(own !== undefined);
    const rows = own.rows.map((row, index) => ({ ...row, customId: `theirs-${index}` }));
    vendor.batches.push({ ...own, rows });
    vendor.taking = "taken";
    await scene.run({ asked });
    vendor.finish();
    assert.match(
      (await failureOf(scene.fetch(), "invalid-reply")).message,
      /is not the one that was handed in/,
    );
    await scene.run({ asked });
    assert.equal(vendor.batches.length, 2);
    vendor.finish();
    await scene.fetch();
    assert.equal(await scene.read(`data_results_anthropic_${models.anthropic}.csv`), answered(2));
  });
});

describe("a job that was handed in by half", () => {
  it("is not written before all of it is there, unless somebody wants what there is", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    scene.vendor.taking = (order) => order === 2 ? "refused" : "taken";
    await failureOf(scene.run(), "invalid-request");
    scene.vendor.finish();
    scene.told();
    const error = await failureOf(scene.fetch(), "provider-failed");
    assert.match(
      error.message,
      /^2 of the 3 batches of .*data\.csv are handed in.*run the same command again/,
    );
    assert.match(
      scene.told()[0] ?? "",
      /^id=batch_0 provider=few status=completed\. Its results were downloaded/,
    );
    await failureOf(scene.fetch({ partial: true }), "rows-failed");
    const lines = (await scene.read("data_results_few_gpt-4o-mini.csv")).split("\n");
    assert.equal(lines[6], "6,question 6,echo: question 6,");
    assert.match(lines[7] ?? "", /^7,question 7,,.*it was never handed in/);
  });

  it("says where it was stopped, and begins nothing new", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    const stop = new AbortController();
    scene.vendor.taking = () => {
      stop.abort();
      return "taken";
    };
    const stopped = runVendorBatch(scene.job(), { ...scene.services, signal: stop.signal });
    assert.match(
      (await failureOf(stopped, "aborted")).message,
      /stopped; 1 of 3 batches are handed in\. Run the same/,
    );
    assert.equal(scene.vendor.batches.length, 1, "what was under way came to its end");
    await scene.run();
    assert.equal(scene.vendor.batches.length, 3);
  });

  it("goes on where it was, and its dataset must be the same", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    scene.vendor.taking = (order) => order === 1 ? "refused" : "taken";
    const error = await failureOf(scene.run(), "invalid-request");
    assert.match(
      error.message,
      /no batches today; 1 of 3 batches are handed in\. Run the same command again/,
    );
    await scene.folder.write("data.csv", questions(8));
    assert.match(
      (await failureOf(scene.run(), "invalid-request")).message,
      /has changed since an interrupted run/,
    );
    await scene.folder.write("data.csv", questions(7));
    await scene.run();
    assert.deepEqual(scene.vendor.batches.map(({ rows }) => rows.length), [3, 3, 1]);
    scene.vendor.finish();
    await scene.fetch();
    assert.equal(await scene.read("data_results_few_gpt-4o-mini.csv"), answered(7));
  });
});
