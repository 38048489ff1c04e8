/** Merging: the output appears whole or not at all. */

import assert from "node:assert/strict";
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { test } from "node:test";
import { textWriter } from "../../../src/batch/dataset/replaced-file.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { datasetOf } from "./kit.ts";

const csv = `id,text\n${Array.from({ length: 3000 }, (_, at) => `${at},${"x".repeat(100)}\n`).join("")}`;
const ok = () => ({ llm: "ok" });

test("answers may be late, and are asked for in order, one at a time", async () => {
  await using made = await datasetOf("d.csv", "a\n0\n1\n2\n3\n");
  const asked: number[] = [];
  let underWay = 0;
  const text = await made.merged(["llm"], async (index) => {
    assert.equal(++underWay, 1);
    asked.push(index);
    await Promise.resolve();
    underWay--;
    return index === 1 ? undefined : { llm: index };
  });
  assert.equal(text, "a,llm\n0,0\n2,2\n3,3\n");
  assert.deepEqual(asked, [0, 1, 2, 3]);
});

test("a failure of any kind leaves the old output, and nothing beside it", async () => {
  await using made = await datasetOf("d.csv", csv);
  const { dataset } = made;
  await writeFile(made.file("output"), "old");
  const before = await readdir(made.file("."));
  const stop = new AbortController();
  const never = new Promise<undefined>(() => {});
  const failures = {
    "the answers fail": () =>
      dataset.merge(made.file("output"), ["llm"], (index) => {
        if (index === 2500) throw new Error("no");
        return ok();
      }),
    "the answers reject": () =>
      dataset.merge(
        made.file("output"),
        ["llm"],
        (index) => index === 2500 ? Promise.reject(new Error("no")) : ok(),
      ),
    "the signal, before": () => dataset.merge(made.file("output"), ["llm"], ok, AbortSignal.abort()),
    "the signal, while an answer never comes": () => {
      queueMicrotask(() => queueMicrotask(() => stop.abort()));
      return dataset.merge(made.file("output"), ["llm"], () => never, stop.signal);
    },
    "a column that is taken": () => dataset.merge(made.file("output"), ["text"], ok),
  };
  for (const [title, run] of Object.entries(failures)) {
    await assert.rejects(run, Error, title);
    assert.equal(await readFile(made.file("output"), "utf8"), "old", title);
    assert.deepEqual(await readdir(made.file(".")), before, title);
  }
  await dataset.merge(made.file("output"), ["llm"], ok);
  assert.notEqual(await readFile(made.file("output"), "utf8"), "old");
  assert.deepEqual(await readdir(made.file(".")), before);
});

test("a bad row met while merging leaves no output", async () => {
  await using made = await datasetOf("d.jsonl", '{"id":1}\n{"id":2,"llm":"mine"}\n');
  const told = await failureOf(made.dataset.merge(made.file("out"), ["llm"], ok), "invalid-request");
  assert.match(told.message, /, row 2 \(line 2\): it has a field "llm" already; rename it there$/);
  assert.deepEqual(await readdir(made.file(".")), ["d.jsonl"]);
});

test("a column that the input has is told before anything is written", async () => {
  await using made = await datasetOf("d.csv", csv);
  const told = await failureOf(made.dataset.merge("/nowhere/out", ["llm", "text"], ok), "invalid-request");
  assert.match(told.message, /the input has a column "text" already/);
});

test("places that cannot be written", async () => {
  await using folder = await folderOf({ "file": "", "d.csv": csv, "other/keep": "" });
  await using made = await datasetOf("d.csv", csv);
  await mkdir(folder.file("is-folder"));
  await symlink("/dev/null", folder.file("device"));
  const table: readonly (readonly [string, RegExp])[] = [
    [
      "missing/out.csv",
      /missing\/out\.csv could not be written: there is no such file or folder \(ENOENT\)$/,
    ],
    ["file/out.csv", /could not be written: a part of its path is no folder \(ENOTDIR\)$/],
    ["is-folder", /could not be written: it is a folder$/],
    ["device", /could not be written: it is no regular file$/],
    ["n".repeat(300), /could not be written: its name is too long \(ENAMETOOLONG\)$/],
  ];
  for (const [name, problem] of table) {
    const told = await failureOf(made.dataset.merge(folder.file(name), ["llm"], ok), "file-unwritable");
    assert.match(told.message, problem);
    assert.equal(told.data.file, folder.file(name));
  }
  assert.ok((await stat("/dev/null")).isCharacterDevice());
  const itself = await failureOf(made.dataset.merge(made.dataset.path, ["llm"], ok), "file-unwritable");
  assert.match(itself.message, /could not be written: it is the input itself; name another output$/);
});

test("a folder that may not be written is told", async (context) => {
  await using made = await datasetOf("d.csv", csv);
  await using folder = await folderOf();
  await chmod(folder.path, 0o500);
  context.after(() => chmod(folder.path, 0o700).catch(() => {}));
  const probe = await writeFile(folder.file("probe"), "").then(() => "writable", () => "locked");
  const merging = made.dataset.merge(folder.file("out.csv"), ["llm"], ok);
  // A superuser may write everywhere.
  if (probe === "writable") return await assert.doesNotReject(merging);
  assert.match((await failureOf(merging, "file-unwritable")).message, /permission denied \(EACCES\)$/);
  await chmod(folder.path, 0o700);
});

test("a full disk is told with file and reason", async () => {
  const handle = await open("/dev/full", "w");
  try {
    const told = await failureOf(textWriter("/data/out.csv", handle)("text"), "file-unwritable");
    assert.equal(told.message, "/data/out.csv could not be written: no space is left on the disk (ENOSPC)");
  } finally {
    await handle.close();
  }
});

test("texts of any length and script are written whole", async () => {
  await using folder = await folderOf();
  const handle = await open(folder.file("out"), "w");
  const texts = ["", "a", "é😀".repeat(100_000), "x".repeat(262_143) + "😀", "end"];
  for (const text of texts) await textWriter(folder.file("out"), handle)(text);
  await handle.close();
  assert.equal(await readFile(folder.file("out"), "utf8"), texts.join(""));
});

test("a link to an output stays a link", async () => {
  await using made = await datasetOf("d.csv", "a\n1\n");
  await writeFile(made.file("real.csv"), "old");
  await symlink(made.file("real.csv"), made.file("link.csv"));
  await made.dataset.merge(made.file("link.csv"), ["llm"], ok);
  assert.equal(await readFile(made.file("real.csv"), "utf8"), "a,llm\n1,ok\n");
  assert.deepEqual((await readdir(made.file("."))).toSorted(), ["d.csv", "link.csv", "real.csv"]);
});

test("what killed processes left behind is removed once it is old", async () => {
  await using made = await datasetOf("d.csv", "a\n1\n");
  const [old, fresh, other] = [".out.csv.loom-1.tmp", ".out.csv.loom-2.tmp", ".other.csv.loom-3.tmp"].map(
    made.file,
  );
  for (const file of [old, fresh, other]) await writeFile(file ?? "", "");
  for (const file of [old, other]) await utimes(file ?? "", 1, 1);
  await made.dataset.merge(made.file("out.csv"), ["llm"], ok);
  assert.deepEqual((await readdir(made.file("."))).toSorted(), [
    ".other.csv.loom-3.tmp",
    ".out.csv.loom-2.tmp",
    "d.csv",
    "out.csv",
  ]);
  await rm(fresh ?? "");
});
