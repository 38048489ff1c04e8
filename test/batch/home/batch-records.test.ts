/** State files of batches: written, found, listed, and those of the tool that the specification describes. */

import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { describe, it } from "node:test";
import type { BatchRecord } from "../../../src/batch/home/batch-record.ts";
import {
  type ListedRecord,
  listRecords,
  readRecord,
  removeRecord,
  writeRecord,
} from "../../../src/batch/home/batch-records.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";

const record: BatchRecord = {
  batch_id: "batch_abc123",
  provider: "openai",
  model: "gpt-4o-mini",
  original_file_path: "/data/prompts.csv",
  file_type: "csv",
  prompt_column: "text",
  id_map: { "row-0": "task-001", "row-1": 2 },
  created_at: "2026-11-21T10:00:00.000Z",
  status: "in_progress",
  loom: { job: "j1", part: 0, ask: { system: "x" }, handle: null },
};

async function listed(home: { readonly batches: string }): Promise<ListedRecord[]> {
  const all: ListedRecord[] = [];
  for await (const one of listRecords(home)) all.push(one);
  return all;
}

describe("records of batches", () => {
  it("are files of the specification's names and fields, for this user alone", async () => {
    await using folder = await folderOf();
    const home = { batches: folder.file("home/batches") };
    assert.deepEqual(await listed(home), []);
    const path = await writeRecord(home, record);
    assert.equal(path, folder.file("home/batches/openai_batch_abc123.json"));
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), record);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readRecord(home, "batch_abc123"), record);
    assert.equal(await readRecord(home, "abc123"), undefined);

    await writeRecord(home, { ...record, status: "completed" });
    assert.deepEqual((await listed(home)).map((one) => "record" in one && one.record.status), ["completed"]);
    await removeRecord(home, record);
    await removeRecord(home, record);
    assert.deepEqual(await readdir(home.batches), []);
  });

  it("of unlike batches never share a file", async () => {
    await using folder = await folderOf();
    const home = { batches: folder.path };
    const ids = ["batches/x", "batches_x", "batches x", "é".repeat(300), "é".repeat(301)];
    for (const batch_id of ids) await writeRecord(home, { ...record, provider: "google", batch_id });
    await writeRecord(home, { ...record, provider: "other", batch_id: "batches_x" });
    const names = await readdir(folder.path);
    assert.equal(names.length, ids.length + 1);
    assert.ok(names.includes("google_batches_x.json"), "the first one has the usual name");
    for (const batch_id of ids) assert.equal((await readRecord(home, batch_id))?.batch_id, batch_id);
    await removeRecord(home, { provider: "google", batch_id: "batches/x" });
    assert.equal(await readRecord(home, "batches/x"), undefined);
    assert.equal((await readRecord(home, "batches x"))?.batch_id, "batches x");
    await writeRecord(home, { ...record, provider: "google", batch_id: "batches x", status: "failed" });
    const states = (await listed(home)).flatMap((one) =>
      "record" in one && one.record.batch_id === "batches x" ? [one.record.status] : []
    );
    assert.ok(states.length >= 1 && (await readRecord(home, "batches x"))?.status === "failed");
    assert.equal(states.length, 1, "a batch has one file, whatever became of its namesakes");
  });

  it("of the tool that the specification describes are read", async () => {
    const { loom: _, prompt_column: __, ...spec } = record;
    const foreign = { ...spec, file_type: "json", status: "pending", extra: 1 };
    await using folder = await folderOf({ "openai_batch_abc123.json": JSON.stringify(foreign) });
    assert.deepEqual(await readRecord({ batches: folder.path }, "batch_abc123"), {
      ...foreign,
      prompt_column: null,
      status: "unknown",
    });
  });

  it("that are broken are listed with what is wrong, beside all others", async () => {
    await using folder = await folderOf({
      "a_torn.json": '{"batch_id": "secret',
      "b_short.json": JSON.stringify({ ...record, file_type: "xml" }),
      "c_batch_abc123.json": JSON.stringify(record),
      "c_batch_abc123.json.5a7e.tmp": "{",
      "notes.txt": "mine",
    });
    const home = { batches: folder.path };
    const all = await listed(home);
    assert.deepEqual(all.map(({ file }) => file), [
      folder.file("a_torn.json"),
      folder.file("b_short.json"),
      folder.file("c_batch_abc123.json"),
    ]);
    const problems = all.flatMap((one) => "problem" in one ? [one.problem.message] : []);
    assert.match(
      problems[0] ?? "",
      /a_torn\.json is not the state of a batch: it is no JSON; mend or delete/,
    );
    assert.match(problems[1] ?? "", /b_short\.json.*file_type: /);
    assert.ok(!problems.join().includes("secret"));
    assert.equal((await readRecord(home, "batch_abc123"))?.batch_id, "batch_abc123");
    await failureOf(readRecord(home, "torn"), "file-unreadable");
    await removeRecord(home, { provider: "a", batch_id: "torn" });
    assert.equal((await listed(home)).length, 3, "what cannot be read is nobody's to delete");
  });
});
