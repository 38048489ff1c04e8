/** A vendor whose batches cannot be listed: what nobody heard of is a person's to settle. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { fetchBatches } from "../../../src/batch/vendor/fetch-batches.ts";
import { runVendorBatch } from "../../../src/batch/vendor/run-vendor-batch.ts";
import { seenBatches } from "../../../src/batch/vendor/seen-batches.ts";
import type { Part } from "../../../src/contract/part.ts";
import { definePlugin, loomError, type Provider } from "../../../src/plugin.ts";
import { failureOf } from "../../support/failure.ts";
import { bareLoom } from "../../support/looms.ts";
import { openScene, questions } from "./scene.ts";

const parts: readonly Part[] = [{ type: "text", text: "fine" }, { type: "finish", reason: "stop" }];

/** It takes what it is given, and breaks the connection as often as `cuts` says. */
function muteVendor(cuts: number) {
  const seen: { readonly orders: (readonly string[])[]; cuts: number } = { orders: [], cuts };
  const provider: Provider = {
    label: "Mute",
    modalities: ["text"],
    models: "open",
    open: () => Promise.reject(new Error("no call is made")),
    batches: {
      limits: { maxRows: 10, maxBytes: 10_000 },
      sizeOf: () => 10,
      submit(rows) {
        seen.orders.push(rows.map(({ customId }) => customId));
        const state = { id: "b-1", status: "completed", vendorStatus: "done", hasResults: true } as const;
        if (seen.cuts-- <= 0) return Promise.resolve(state);
        return Promise.reject(loomError("connection-failed", "cut", {}, { recovery: "never" }));
      },
      status: (_, __, id) =>
        Promise.resolve({ id, status: "completed", vendorStatus: "done", hasResults: true }),
      cancel: () => Promise.reject(new Error("nobody cancels")),
      async *results() {
        yield (await Promise.resolve(seen.orders.at(-1) ?? [])).map((customId) => ({ customId, parts }));
      },
    },
  };
  const plugin = definePlugin({ api: 1, kind: "provider", id: "mute", make: () => provider });
  return { seen, loom: bareLoom({ plugins: [plugin], retry: false }) };
}

describe("a vendor whose batches cannot be listed", () => {
  it("is not asked a second time by itself, and by --force it is", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    const { seen, loom } = muteVendor(1);
    await using _ = loom;
    const services = { ...scene.services, loom };
    const job = scene.job({ asked: { provider: "mute" } });
    const first = await failureOf(runVendorBatch(job, services), "connection-failed");
    assert.match(first.message, /look at Mute's list of batches: .* run the same command with --force$/);
    const second = await failureOf(runVendorBatch(job, services), "provider-failed");
    assert.match(second.message, /Mute cannot be asked whether it has it: look at Mute's list/);
    const request = { keep: false, force: false, partial: false };
    const fetched = await failureOf(
      fetchBatches(request, await seenBatches(services.home), services),
      "provider-failed",
    );
    assert.match(fetched.message, /Mute cannot be asked for it/);
    assert.equal(seen.orders.length, 1);
    await runVendorBatch({ ...job, force: true }, services);
    assert.equal(seen.orders.length, 2);
    await fetchBatches(request, await seenBatches(services.home), services);
    assert.match(await readFile(job.output, "utf8"), /^1,question 1,fine$/m);
  });

  it("is believed, when a person writes the id into the file", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    const { loom } = muteVendor(1);
    await using _ = loom;
    const services = { ...scene.services, loom };
    const job = scene.job({ asked: { provider: "mute" } });
    await failureOf(runVendorBatch(job, services), "connection-failed");
    const [name = ""] = await scene.names("home/batches");
    const text = (await scene.read(`home/batches/${name}`))
      .replace(/"batch_id": "[^"]+"/, '"batch_id": "b-1"').replace('"submitting"', '"submitted"');
    await scene.folder.write(`home/batches/${name}`, text);
    const request = { keep: false, force: false, partial: false };
    await fetchBatches(request, await seenBatches(services.home), services);
    assert.match(await readFile(job.output, "utf8"), /^2,question 2,fine$/m);
    assert.deepEqual(await scene.names("home/batches"), []);
  });
});
