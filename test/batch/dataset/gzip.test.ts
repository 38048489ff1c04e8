/** Datasets in gzip: read as if they were not, and broken ones are told. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { failureOf } from "../../support/failure.ts";
import { all, datasetOf } from "./kit.ts";

const text = `id,text\n${
  Array.from({ length: 5000 }, (_, at) => `${at},"row é ${at * 7919 % 1000}"\n`).join("")
}`;
const whole = gzipSync(text);

test("a dataset in gzip is read and merged, and its output is plain", async () => {
  for (const name of ["d.csv.gz", "D.CSV.GZ"]) {
    await using made = await datasetOf(name, whole);
    const { dataset } = made;
    assert.equal(dataset.type, "csv");
    assert.deepEqual(dataset.columns, ["id", "text"]);
    assert.equal((await all(dataset)).length, 5000);
    assert.equal(dataset.readBytes, dataset.totalBytes);
    assert.equal(dataset.totalBytes, whole.length);
    assert.equal(await made.merged([], () => ({})), text);
  }
});

test("several members are read as one text", async () => {
  const members = ["id,te", "xt\n1,", "", "a\n2,b\n"].map((part) => gzipSync(part));
  for (const padding of [0, 512]) {
    await using made = await datasetOf("d.csv.gz", Buffer.concat([...members, Buffer.alloc(padding)]));
    assert.deepEqual((await made.rows()).map(({ fields }) => fields), [{ id: "1", text: "a" }, {
      id: "2",
      text: "b",
    }]);
    assert.equal(made.dataset.readBytes, made.dataset.totalBytes);
  }
});

test("broken gzip", async () => {
  const flipped = Buffer.from(whole);
  flipped[flipped.length - 6] = 1 ^ (flipped[flipped.length - 6] ?? 0);
  const truncated = /the gzip data is truncated; get the whole file$/;
  const broken = /the gzip data is broken, or this is no gzip; check it with gzip -t$/;
  const table: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), truncated],
    ["a part of the header", whole.subarray(0, 5), truncated],
    ["half", whole.subarray(0, whole.length / 2), truncated],
    ["without the last byte", whole.subarray(0, -1), truncated],
    ["a second member cut off", Buffer.concat([whole, whole.subarray(0, 40)]), truncated],
    ["a wrong checksum", flipped, broken],
    ["plain text", Buffer.from(text), broken],
    ["garbage behind it", Buffer.concat([whole, Buffer.from("garbage")]), broken],
  ];
  for (const [title, bytes, problem] of table) {
    const told = await failureOf(async () => {
      await using made = await datasetOf("d.csv.gz", bytes);
      return (await made.rows()).length;
    }, "file-unreadable");
    assert.match(told.message, problem, title);
  }
});

test("gzip in gzip is told", async () => {
  const told = await failureOf(datasetOf("d.csv.gz", gzipSync(whole)), "file-unreadable");
  assert.match(
    told.message,
    /it holds gzip data where text is expected; its name must end in \.gz, once for /,
  );
});
