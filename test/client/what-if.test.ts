/** What-if: recorded traffic at other models' prices, modality by modality. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog } from "../../src/catalog/index.ts";
import { whatIf } from "../../src/client/what-if.ts";
import type { CallRecord } from "../../src/index.ts";
import { fakeRecord } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

const catalog = Catalog.fromText(`newco:
  modalities:
    text:
      - { id: plain, input_usd_per_1m: 1, output_usd_per_1m: 10 }
      - { id: nobody-knows }
    image:
      - { id: painter, image_usd: 0.04 }
    embedding:
      - { id: vectors, input_usd_per_1m: 0.5 }
`);
const span = { fromMs: 0, toMs: Date.now() + 1_000_000 };

async function historyOf(records: readonly CallRecord[]) {
  const loom = bareLoom({ sinks: [{ type: "memory" }] });
  const { sinks } = (await loom.engine()).opened;
  for (const record of records) sinks.deliver(record);
  await loom.flush();
  const history = await loom.history();
  assert.ok(history !== undefined);
  return { history, [Symbol.asyncDispose]: () => loom.close() };
}

const { usage: _, ...withoutUsage } = fakeRecord();
const atMs = Date.now();

describe("what-if", () => {
  it("adds up what calls of a modality cost, and what they would have", async () => {
    await using kept = await historyOf([
      fakeRecord({ callId: "a", atMs }),
      fakeRecord({ callId: "b", atMs, model: "m2", costUsd: null }),
      fakeRecord({ callId: "c", atMs, modality: "embedding" }),
      { ...withoutUsage, callId: "d", atMs, cache: "hit", costUsd: 0 },
    ]);
    const found = await whatIf(kept.history, catalog, { span, models: ["newco/plain", "nobody-knows"] });
    const { used, models, ...sums } = found;
    assert.deepEqual(sums, {
      modality: "text",
      requests: 3,
      inputTokens: 200,
      outputTokens: 40,
      cachedTokens: 80,
      costNanoUsd: 1_230_000,
      unpriced: 1,
    });
    assert.deepEqual(used.map(({ name, requests }) => [name, requests]), [["m1", 2], ["m2", 1]]);
    assert.deepEqual(models, [
      { name: "newco/plain", nanoUsd: 600_000 },
      { name: "newco/nobody-knows", nanoUsd: null, reason: "the catalog has no price for these tokens" },
    ]);
  });

  it("does not take pictures for free", async () => {
    const records = [{ ...withoutUsage, atMs, modality: "image" } as const];
    await using kept = await historyOf(records);
    const { models } = await whatIf(kept.history, catalog, {
      span,
      models: ["newco/painter"],
      modality: "image",
    });
    assert.equal(models[0]?.nanoUsd, null);
    assert.match(models[0]?.reason ?? "", /not billed by tokens/);
  });

  it("keeps to a filter, and says which model there is none of", async () => {
    await using kept = await historyOf([
      fakeRecord({ callId: "a", atMs, team: "a" }),
      fakeRecord({ callId: "b", atMs, team: "b", modality: "embedding" }),
    ]);
    const query = { span, models: ["vectors"], modality: "embedding", filter: { team: ["b"] } } as const;
    assert.equal((await whatIf(kept.history, catalog, query)).requests, 1);
    await failureOf(whatIf(kept.history, catalog, { span, models: ["newco/plian"] }), "model-not-found");
  });
});
