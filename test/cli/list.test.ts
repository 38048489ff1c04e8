/** The table of `loom list`: what is shown of each batch, and of files that are broken. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchList, batchTable } from "../../src/batch/vendor/list-batches.ts";
import { type SeenBatch, seenBatch } from "../../src/batch/vendor/seen-batches.ts";
import { liveFlagsNote } from "../../src/cli/live-flags.ts";
import type { BatchRecord } from "../../src/batch/home/batch-record.ts";

const record = (change: Partial<BatchRecord>): BatchRecord => ({
  batch_id: "batch_1",
  provider: "openai",
  model: "gpt-4o-mini",
  original_file_path: "/data/prompts.json",
  file_type: "json",
  prompt_column: null,
  id_map: { a: "1", b: "2" },
  created_at: "2026-11-20T10:00:00Z",
  status: "in_progress",
  ...change,
});

function seen(change: Partial<BatchRecord>, part: Partial<SeenBatch["part"]> = {}): SeenBatch {
  const found = seenBatch({ file: "/state/batches/x.json", record: record(change) });
  assert.ok("part" in found);
  return { ...found, part: { ...found.part, ...part } };
}

describe("the table of batches", () => {
  const broken = [{
    path: "/state/batches/y.json",
    problem: "/state/batches/y.json is not the state of a batch: it is no JSON",
  }];

  it("has a line for each, oldest first, and names what is broken", () => {
    const batches = [
      seen({ batch_id: "b-2", created_at: "2026-11-20T11:00:00.123456", status: "unknown" }, {
        state: "submitting",
      }),
      seen({}, { part: 1, parts: 3 }),
    ];
    assert.equal(
      batchTable({ batches, broken, stale: [] }),
      [
        "ID       PROVIDER  MODEL        STATUS                ROWS  FILE                CREATED",
        "batch_1  openai    gpt-4o-mini  in_progress 2/3          2  /data/prompts.json  2026-11-20 10:00:00Z",
        "b-2      openai    gpt-4o-mini  unknown (handing in)     2  /data/prompts.json  2026-11-20 11:00:00",
        "broken: /state/batches/y.json is not the state of a batch: it is no JSON",
        "",
      ].join("\n"),
    );
  });

  it("says when there are none", () =>
    assert.equal(batchTable({ batches: [], broken: [], stale: [] }), "No batches.\n"));

  it("is JSON for scripts", () => {
    const [one, two] = batchList({ batches: [seen({})], broken, stale: [] });
    assert.deepEqual([one?.["id"], one?.["rows"], one?.["output"], one?.["part"], one?.["parts"]], [
      "batch_1",
      2,
      "/data/prompts_results_openai_gpt-4o-mini.json",
      1,
      1,
    ]);
    assert.match(String(two?.["broken"]), /it is no JSON/);
  });
});

describe("flags of live calls", () => {
  const cases: readonly (readonly [
    flags: Parameters<typeof liveFlagsNote>[0],
    mode: "batch" | "live",
    says: string | undefined,
  ])[] = [
    [{ workers: "4" }, "batch", "--workers belongs to --sync and does nothing in a batch"],
    [
      { workers: "4", cache: false },
      "batch",
      "--workers and --no-cache belong to --sync and do nothing in a batch",
    ],
    [{ cache: true }, "batch", undefined],
    [{ workers: "4", cache: false }, "live", undefined],
  ];
  for (const [flags, mode, says] of cases) {
    it(`are told of (${JSON.stringify(flags)}, ${mode})`, () => {
      assert.equal(liveFlagsNote(flags, { mode }), says);
    });
  }
});
