/** Ids: where they come from, and that they are unique where they must be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { identifiedRows } from "../../../src/batch/dataset/dataset-rows.ts";
import { idSet } from "../../../src/batch/dataset/id-set.ts";
import type { RawRow } from "../../../src/batch/dataset/raw-row.ts";
import { failureOf } from "../../support/failure.ts";
import { datasetOf } from "./kit.ts";

test("the id of a row is its own, or its number from 1", async () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    ["d.csv", "id,a\nx,1\ny,2\nx,3\n,4\n", ["x", "y", "x", "4"]],
    ["d.csv", "a\n1\n2\n", ["1", "2"]],
    ["d.csv", "Id\n1\n7\n", ["1", "2"]],
    ["d.jsonl", '{"id":"x"}\n{"id":7}\n{}\n{"id":""}\n{"id":null}\n{"id":[]}\n{"id":1.50}\n', [
      "x",
      "7",
      "3",
      "4",
      "5",
      "6",
      "1.5",
    ]],
    ["d.json", '[{"id":12345678901234567890},{"a":{"id":1},"id":12345678901234567891},{"id":-0}]', [
      "12345678901234567890",
      "12345678901234567891",
      "0",
    ]],
  ];
  for (const [name, content, expected] of table) {
    await using made = await datasetOf(name, content);
    assert.deepEqual((await made.rows()).map(({ id }) => id), expected, content);
  }
});

test("where ids are required, a missing or repeated one is told with its row and line", async () => {
  const table: readonly (readonly [string, string, RegExp])[] = [
    [
      "d.jsonl",
      '{"id":"a"}\n\n{"prompt":"p"}\n',
      /, row 2 \(line 3\): it has no id; each row needs its own "id", a text or a number$/,
    ],
    ["d.jsonl", '{"id":""}\n', /, row 1 \(line 1\): it has no id; /],
    ["d.json", '[{"id":null}]', /, row 1 \(line 1\): it has no id; /],
    [
      "d.jsonl",
      '{"id":"a"}\n{"id":"b"}\n\n{"id":"a"}\n',
      /, row 3 \(line 4\): its id "a" is taken by row 1 \(line 1\); ids must differ$/,
    ],
    [
      "d.json",
      '[{"id":"b"},\n{"id":7},\n{"id":"7"}]',
      /, row 3 \(line 3\): its id "7" is taken by row 2 \(line 2\); /,
    ],
  ];
  for (const [name, content, problem] of table) {
    await using made = await datasetOf(name, content, { ids: "required" });
    assert.match((await failureOf(made.rows(), "invalid-request")).message, problem);
  }
  await using good = await datasetOf(
    "d.json",
    '[{"id":"a"},{"id":12345678901234567890},{"id":12345678901234567891}]',
    {
      ids: "required",
    },
  );
  assert.equal((await good.rows()).length, 3);
  await using csv = await datasetOf("d.csv", "id\na\na\n", { ids: "required" });
  assert.equal((await csv.rows()).length, 2);
});

test("ids that only look alike are not taken for repeated", async () => {
  const row = (index: number, id: string): RawRow => ({
    index,
    line: index + 1,
    id,
    fields: {},
    gap: "",
    text: "",
    end: "",
  });
  async function* bunches() {
    yield [row(0, "a"), row(1, "b"), row(2, "c")];
  }
  // Two looks at one file that disagree stand for two ids with one hash: the second look is what counts.
  async function* again() {
    yield [row(0, "other"), row(1, "b")];
    yield [row(2, "a"), row(3, "a")];
  }
  async function* repeated() {
    yield [row(0, "a"), row(1, "b"), row(2, "a")];
  }
  const count = async (of: () => ReturnType<typeof bunches>) => {
    let rows = 0;
    for await (const bunch of identifiedRows("f", of(), again)) rows += bunch.length;
    return rows;
  };
  assert.equal(await count(bunches), 3);
  assert.equal(await count(repeated), 3);
});

test("a set of ids knows what it has seen, and nothing else", () => {
  const ids = idSet();
  const id = (at: number) => at % 2 === 0 ? `task-${at}` : String(at);
  for (let at = 0; at < 200_000; at++) assert.ok(!ids.seen(id(at)), id(at));
  for (let at = 0; at < 200_000; at += 7) assert.ok(ids.seen(id(at)), id(at));
  for (const odd of ["", " ", "\0", "é", "é".normalize("NFD"), "😀"]) {
    assert.ok(!ids.seen(odd));
    assert.ok(ids.seen(odd));
  }
});
