/** Which of an account's batches is the one that was handed in, and when nobody can tell. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchSearch, BatchState } from "../../src/contract/batch.ts";
import type { BatchPage, ListedBatch, Operation } from "../../src/contract/dialect.ts";
import { searchBatch } from "../../src/vendor/batch-search.ts";
import { failureOf } from "../support/failure.ts";

const startMs = 1_000_000_000;

/** A batch: letters of its id, when it was made, and what is known of it. */
function listed(
  id: string,
  afterMs: number,
  { carries, total, done = false }: { carries?: boolean; total?: number; done?: boolean } = {},
): ListedBatch {
  const state: BatchState = {
    id,
    status: done ? "completed" : "in_progress",
    vendorStatus: "",
    createdAtMs: startMs + afterMs,
    hasResults: done,
    ...(total !== undefined && { counts: { total, succeeded: 0, failed: 0 } }),
  };
  return { state, ...(carries !== undefined && { carries }) };
}

interface Search {
  readonly pages: readonly (readonly ListedBatch[])[];
  readonly search?: BatchSearch;
  /** Ids of batches whose results are of the label. */
  readonly mine?: readonly string[];
}

async function find({ pages, search = {}, mine = [] }: Search) {
  const asked: string[] = [];
  const page = (at: number): BatchPage => {
    const batches = pages[at] ?? [];
    if (at + 1 >= pages.length) return { batches };
    const request = { method: "GET", path: `/${at + 1}`, stream: false } as const;
    return { batches, next: { request, decode: () => page(at + 1) } };
  };
  const found = await searchBatch({
    label: "Acme",
    details: { provider: "acme", model: "m" },
    first: () => Promise.resolve(page(0)),
    next(operation: Operation<BatchPage>) {
      asked.push(operation.request.path);
      return Promise.resolve(page(Number(operation.request.path.slice(1))));
    },
    isMine({ id }) {
      asked.push(id);
      return Promise.resolve(mine.includes(id));
    },
  }, search);
  return { id: found?.id, asked };
}

const since = { createdAfterMs: startMs };
const cases:
  readonly (readonly [what: string, search: Search, id: string | undefined, asked: readonly string[]])[] = [
    ["none, where there is none", { pages: [[]] }, undefined, []],
    [
      "the one that carries the label",
      { pages: [[listed("a", 2, { carries: false }), listed("b", 1, { carries: true })]] },
      "b",
      [],
    ],
    [
      "one on a later page",
      { pages: [[listed("a", 2, { carries: false })], [listed("b", 1, { carries: true })]] },
      "b",
      ["/1"],
    ],
    [
      "none, once pages are too old",
      {
        pages: [[listed("a", -1e6, { carries: false }), listed("b", -2e6, { carries: false })], [
          listed("c", -3e6),
        ]],
        search: since,
      },
      undefined,
      [],
    ],
    [
      "one behind old ones, where the order is another",
      {
        pages: [[listed("a", -2e6, { carries: false }), listed("b", -1e6, { carries: false })], [
          listed("c", 1, { carries: true }),
        ]],
        search: since,
      },
      "c",
      ["/1"],
    ],
    [
      "the only one that is made since",
      { pages: [[listed("a", 5), listed("b", -1e6)]], search: since },
      "a",
      [],
    ],
    ["one whose clock is a little behind", { pages: [[listed("a", -60_000)]], search: since }, "a", []],
    [
      "the only one with as many rows",
      {
        pages: [[listed("a", 5, { total: 3 }), listed("b", 6, { total: 4 })]],
        search: { ...since, rows: 4 },
      },
      "b",
      [],
    ],
    [
      "none of those that are known",
      { pages: [[listed("a", 5)]], search: { ...since, except: ["a"] } },
      undefined,
      [],
    ],
    [
      "the one whose results say so",
      {
        pages: [[listed("a", 5), listed("b", 6, { done: true }), listed("c", 7, { done: true })]],
        search: since,
        mine: ["c"],
      },
      "c",
      ["b", "c"],
    ],
    [
      "the one without results, when all others are of somebody else",
      { pages: [[listed("a", 5), listed("b", 6, { done: true })]], search: since },
      "a",
      ["b"],
    ],
    [
      "none, when all results are of others",
      { pages: [[listed("b", 6, { done: true })]], search: since },
      undefined,
      ["b"],
    ],
  ];

describe("looking for a batch finds", () => {
  for (const [what, search, id, asked] of cases) {
    it(what, async () => assert.deepEqual(await find(search), { id, asked }));
  }
});

describe("nobody can tell", () => {
  const unclear: readonly (readonly [string, Search, RegExp])[] = [
    [
      "which of two it is",
      { pages: [[listed("a", 5), listed("b", 6)]], search: since },
      /Acme has taken .*2 batches .*a, b/,
    ],
    [
      "whether the only one that works is it, when nobody knows its time",
      { pages: [[listed("a", 5), listed("b", 6, { done: true })]], search: { rows: 4 } },
      /1 batch may be the one \(a\); when it was handed in first/,
    ],
    [
      "whether the only one is it, at any time",
      { pages: [[listed("a", 5)]] },
      /1 batch may be the one \(a\); .*createdAfterMs/,
    ],
    ["with too many pages", { pages: Array.from({ length: 102 }, () => []) }, /more than 100 pages/],
    [
      "with too many results to look at",
      { pages: [Array.from({ length: 21 }, (_, at) => listed(`b${at}`, at, { done: true }))] },
      /more than 20/,
    ],
  ];
  for (const [what, search, message] of unclear) {
    it(what, async () => {
      const error = await failureOf(find(search), "provider-failed");
      assert.match(error.message, message);
      assert.equal(error.recovery, "never");
    });
  }
});
