/** Ids of batches: what is put into them comes out again, and they stay small. */

import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { describe, it } from "node:test";
import { batchId, batchMap } from "../../src/client/batch-id.ts";
import { type BatchMap, type BatchPlace, runsOf } from "../../src/client/batch-map.ts";
import { failureOf } from "../support/failure.ts";

const place = (id: string, rows: number, more: Partial<BatchPlace> = {}): BatchPlace => ({
  provider: "openai",
  model: "gpt-4o-mini",
  modality: "text",
  id,
  rows,
  ...more,
});

/** A map of so many rows and parts, where `partAt` says which part a row is in. */
function mapOf(rows: number, parts: number, partAt: (row: number) => number): BatchMap {
  const partOf = Uint32Array.from({ length: rows }, (_, row) => partAt(row));
  const counts = new Array<number>(parts).fill(0);
  for (const part of partOf) if (part < parts) counts[part] = (counts[part] ?? 0) + 1;
  return { rows, places: counts.map((count, part) => place(`batch_${part}`, count)), partOf };
}

const folded = (value: unknown) => deflateRawSync(JSON.stringify(value)).toString("base64url");

describe("the id of a batch", () => {
  it("of one part is the JSON of where it is", () => {
    const one = place("b", 2, { account: "a", label: "k" });
    const id = batchId({ rows: 2, places: [one] });
    assert.deepEqual(JSON.parse(Buffer.from(id.replace("loom_batch_", ""), "base64url").toString()), one);
    assert.deepEqual(batchMap(id), { rows: 2, places: [one] });
  });

  const maps: readonly (readonly [string, BatchMap, number])[] = [
    ["two halves", mapOf(100, 2, (row) => row < 50 ? 0 : 1), 250],
    ["rows that are nobody's", mapOf(100, 2, (row) => row % 3), 300],
    ["a million rows in turns", mapOf(1_000_000, 2, (row) => row % 2), 12_000],
    ["a million rows in twenty parts", mapOf(1_000_000, 20, (row) => Math.floor(row / 50_000)), 600],
  ];
  for (const [what, map, most] of maps) {
    it(`of ${what} says which row is where in ${most} characters`, () => {
      const id = batchId(map);
      assert.match(id, /^loom_batches_[\w-]+$/);
      assert.ok(id.length <= most, `${id.length} characters`);
      assert.deepEqual(batchMap(id), map);
    });
  }

  it("leaves it to the answers, where rows are in no order at all", () => {
    let seed = 1;
    const map = mapOf(1_000_000, 2, () => (seed = seed * 48_271 % 2_147_483_647) & 1);
    const id = batchId(map);
    assert.ok(id.length < 1_000);
    assert.deepEqual(batchMap(id), { rows: map.rows, places: map.places });
  });

  const good = { rows: 3, places: [place("a", 2), place("b", 1)] };
  const wrong: readonly (readonly [string, string])[] = [
    ["no id", "b-1"],
    ["what was not deflated", "loom_batches_abc"],
    ["nothing", `loom_batches_${folded(null)}`],
    ["no places", `loom_batches_${folded({ rows: 3, places: [] })}`],
    [
      "a place that is none",
      `loom_batches_${folded({ ...good, places: [place("a", 2), { ...place("b", 1), rows: 0 }] })}`,
    ],
    ["a path that leads elsewhere", `loom_batches_${folded({ ...good, places: [place("../files", 3)] })}`],
    ["rows that do not add up", `loom_batches_${folded({ ...good, runs: folded([0, 2]) })}`],
    ["more rows than it has", `loom_batches_${folded({ ...good, runs: folded([0, 4]) })}`],
    ["a part that is not there", `loom_batches_${folded({ ...good, runs: folded([0, 2, 3, 1]) })}`],
    [
      "what unfolds to more than anybody wants",
      `loom_batches_${deflateRawSync(Buffer.alloc(100_000_000)).toString("base64url")}`,
    ],
  ];
  for (const [what, id] of wrong) {
    it(`is not taken from ${what}`, async () => {
      await failureOf(() => batchMap(id), "invalid-request");
    });
  }

  it("is made of runs", () => {
    assert.deepEqual(runsOf(Uint32Array.of(0, 0, 1, 2, 2, 2)), [0, 2, 1, 1, 2, 3]);
    assert.deepEqual(runsOf(new Uint32Array()), []);
  });
});
