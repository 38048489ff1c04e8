/** Reading: what a row holds, progress, and that nothing stays open. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { failureOf } from "../../support/failure.ts";
import { all, datasetOf } from "./kit.ts";

const many = `id,text\n${"1,abcdefghijklmnopqrstuvwxyz\n".repeat(40_000)}`;

test("rows carry index, line and fields", async () => {
  await using made = await datasetOf("d.csv", 'id,text\n\n"a","x\ny"\n\r\nb,z\n');
  assert.deepEqual(await made.rows(), [
    { index: 0, line: 3, id: "a", fields: { id: "a", text: "x\ny" } },
    { index: 1, line: 6, id: "b", fields: { id: "b", text: "z" } },
  ]);
  assert.deepEqual(made.dataset.columns, ["id", "text"]);
  await using json = await datasetOf("d.json", '[\n{"id":1,\n"n":{"a":[null]}}\n\n,{"id":2}]');
  assert.deepEqual(await json.rows(), [
    { index: 0, line: 2, id: "1", fields: { id: 1, n: { a: [null] } } },
    { index: 1, line: 5, id: "2", fields: { id: 2 } },
  ]);
  assert.equal(json.dataset.columns, undefined);
});

test("a carriage return belongs to the line's end, unless it is in quotes", async () => {
  await using made = await datasetOf(
    "d.csv",
    'a,b\r\n1,x\r\n2,"x\r"\r\n3,"a,b\r"\r\n4,x"\r\n"","""\r" \r\n5,"a,b\r"\n6,\r\n',
  );
  const values = (await made.rows()).map(({ fields }) => fields["b"]);
  assert.deepEqual(values, ["x", "x\r", "a,b\r", 'x"', '"\r', "a,b\r", ""]);
});

test("columns named like parts of objects are columns", async () => {
  await using made = await datasetOf("d.csv", "__proto__,constructor,2,1\na,b,c,d\n");
  const fields = (await made.rows())[0]?.fields ?? {};
  assert.deepEqual(Object.entries(fields).toSorted(), [["1", "d"], ["2", "c"], ["__proto__", "a"], [
    "constructor",
    "b",
  ]]);
  assert.equal(Object.getPrototypeOf(fields), Object.prototype);
});

test("comma, semicolon and tab separate, whichever the first line has most of", async () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ["a;b;c\n1;2;3\n", ["1", "2", "3"]],
    ["a\tb\n1\t2,5\n", ["1", "2,5"]],
    ['"a,b,c";d\n1;2\n', ["1", "2"]],
    ['a,"x;y;z ""q;"" "\n1,2\n', ["1", "2"]],
    ["a,b;c\n1,2\n", ["1", "2"]],
    ["a|b\n1|2\n", ["1|2"]],
    ['\n\n"a\n,,";b\n1;2\n', ["1", "2"]],
  ];
  for (const [content, expected] of table) {
    await using made = await datasetOf("d.csv", content);
    assert.deepEqual(Object.values((await made.rows())[0]?.fields ?? {}), expected, content);
  }
});

test("a dataset may be read again and again, and says how far it is", async () => {
  await using made = await datasetOf("d.csv", many);
  const { dataset } = made;
  assert.equal(dataset.readBytes, 0);
  assert.equal(dataset.totalBytes, many.length);
  for (const _ of [1, 2]) {
    let before = 0;
    let bunches = 0;
    for await (const bunch of dataset.rows()) {
      assert.ok(bunch.length > 0);
      assert.ok(dataset.readBytes > before && dataset.readBytes <= many.length);
      before = dataset.readBytes;
      bunches++;
    }
    assert.ok(bunches > 10 && bunches < 100, `${bunches} bunches`);
    assert.equal(dataset.readBytes, many.length);
  }
});

test("a value larger than many chunks is one value", async () => {
  const large = `${"é,\n".repeat(400_000)}"`;
  const quoted = large.replaceAll('"', '""');
  const table: readonly (readonly [string, string])[] = [
    ["d.csv", `text,b\n1,2\n"${quoted}",2\n3,4\n`],
    ["d.json", JSON.stringify([{ text: "1" }, { text: large }, { text: "3" }])],
    ["d.jsonl", ["1", large, "3"].map((text) => JSON.stringify({ text })).join("\n")],
  ];
  for (const [name, content] of table) {
    await using made = await datasetOf(name, content);
    const texts = (await made.rows()).map(({ fields }) => fields["text"]);
    assert.deepEqual(texts.map((text) => text === large), [false, true, false], name);
    assert.equal(await made.merged([], () => ({})), content, name);
  }
});

test("who leaves early leaves nothing open", async () => {
  for (const [name, content] of [["d.csv", many], ["d.csv.gz", gzipSync(many)]] as const) {
    await using made = await datasetOf(name, content);
    const openFiles = async () => {
      const names = await readdir("/proc/self/fd");
      const { readlink } = await import("node:fs/promises");
      const targets = await Promise.all(names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
      return targets.filter((target) => target === made.dataset.path).length;
    };
    for await (const bunch of made.dataset.rows()) {
      assert.equal(await openFiles(), 1, "the file is open while it is read");
      if (bunch.length > 0) break;
    }
    assert.equal(await openFiles(), 0);
  }
});

test("a signal ends a reading, before it and in the middle", async () => {
  for (const [name, content] of [["d.csv", many], ["d.csv.gz", gzipSync(many)]] as const) {
    await using made = await datasetOf(name, content);
    const reason = new Error("enough");
    const told = await failureOf(all(made.dataset, AbortSignal.abort(reason)), "aborted");
    assert.equal(told.cause, reason);
    const stop = new AbortController();
    let bunches = 0;
    await failureOf(async () => {
      for await (const _ of made.dataset.rows(stop.signal)) {
        bunches++;
        stop.abort();
      }
    }, "aborted");
    assert.equal(bunches, 1);
  }
});
