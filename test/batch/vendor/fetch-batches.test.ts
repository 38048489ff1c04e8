/** Fetching: what is said of each batch, when the output is written, and what is kept when it cannot be. */

import assert from "node:assert/strict";
import { rm, utimes } from "node:fs/promises";
import { describe, it } from "node:test";
import { statusMeanings } from "../../../src/batch/vendor/statuses.ts";
import type { BatchStatus } from "../../../src/contract/batch.ts";
import { failureOf } from "../../support/failure.ts";
import { answered, openScene, questions } from "./scene.ts";

const output = "data_results_few_gpt-4o-mini.csv";

describe("fetching a batch", () => {
  const open: readonly (readonly [word: string, status: BatchStatus])[] = [
    ["validating", "validating"],
    ["in_progress", "in_progress"],
    ["finalizing", "in_progress"],
    ["cancelling", "in_progress"],
  ];
  for (const [word, status] of open) {
    it(`says what ${status} means, where the vendor says ${word}`, async () => {
      await using scene = await openScene({ "data.csv": questions(2) });
      scene.vendor.beginning = word;
      await scene.run();
      scene.told();
      await scene.fetch();
      assert.deepEqual(scene.told(), [
        `id=batch_0 provider=few status=${status} (0 of 2 rows done). ${statusMeanings[status]}`,
      ]);
      assert.equal((await scene.seen())[0]?.status, status);
      assert.deepEqual(await scene.names("."), ["data.csv", "few.yaml", "home"]);
    });
  }

  for (const status of ["failed", "expired", "cancelled"] as const) {
    it(`says once that it ${status}, and writes nothing`, async () => {
      await using scene = await openScene({ "data.csv": questions(2) });
      await scene.run();
      scene.told();
      scene.vendor.finish(status);
      const error = await failureOf(scene.fetch(), "provider-failed");
      assert.match(error.message, new RegExp(`the batch batch_0 ${status}`));
      const [line = ""] = scene.told();
      assert.ok(line.startsWith(`id=batch_0 provider=few status=${status}`), line);
      assert.ok(line.includes(statusMeanings[status]), line);
      if (status === "failed") assert.match(line, /\(not this model\)/);
      await scene.fetch();
      assert.deepEqual(scene.told(), ["No pending batches."]);
      assert.deepEqual(await scene.names("home/batches"), ["few_batch_0.json"], "loom list still shows it");
      assert.ok(!(await scene.names(".")).includes(output));
    });
  }

  for (const [provider, model] of [["openai", "gpt-4o-mini"], ["anthropic", "claude-haiku-4-5"]] as const) {
    it(`writes what ${provider} has answered, and forgets the batch`, async () => {
      await using scene = await openScene({ "data.csv": 'id,text\r\n1,"a ""b"""\r\n2,c\r\n' });
      await scene.run({ asked: { provider, model }, withMeta: true });
      scene.vendor.finish();
      scene.told();
      await scene.fetch();
      const name = `data_results_${provider}_${model}.csv`;
      const [text, data] = [scene.notes[0]?.[0] ?? "", scene.notes[0]?.[1]];
      assert.match(text, new RegExp(`^Fabric complete\\. id=(msg)?batch_0 -> .*${name}$`));
      assert.deepEqual([data?.["ok"], data?.["failed"], data?.["input_tokens"]], [2, 0, 2000]);
      assert.equal(
        await scene.read(name),
        `id,text,llm_response,llm_provider,llm_model\r\n1,"a ""b""","echo: a ""b""",${provider},${model}\r\n` +
          `2,c,echo: c,${provider},${model}\r\n`,
      );
      assert.deepEqual([await scene.names("home/batches"), await scene.names("home/jobs")], [[], []]);
    });
  }

  it("prices the answers as batches", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run({ asked: { provider: "openai" } });
    scene.vendor.finish();
    scene.notes.length = 0;
    await scene.fetch();
    // 1000 tokens in and 200 out a row, of 0.15 and 0.60 USD per million, halved.
    assert.equal(scene.notes[0]?.[1]?.["cost_usd"], 2 * 0.000135);
  });

  it("writes the columns of a schema", async () => {
    await using scene = await openScene({
      "data.json": '[{"id": 7, "prompt": "x"}, {"id": 8, "prompt": "y"}]',
    });
    const schema = { type: "object", properties: { label: { type: "string" } }, required: ["label"] };
    await scene.run({ file: scene.folder.file("data.json"), asked: { column: "prompt", schema } });
    scene.vendor.answer = (prompt) => prompt === "x" ? '{"label":"good"}' : "no JSON";
    scene.vendor.finish();
    await failureOf(scene.fetch(), "rows-failed");
    const rows = JSON.parse(await scene.read("data_results_few_gpt-4o-mini.json")) as Record<
      string,
      unknown
    >[];
    assert.deepEqual([rows[0]?.["label"], rows[1]?.["label"]], ["good", null]);
    assert.match(String(rows[1]?.["llm_error"]), /^output-invalid: /);
  });

  it("writes why a row has no answer, and says so at the end", async () => {
    await using scene = await openScene({ "data.csv": questions(3) });
    await scene.run();
    scene.vendor.answer = (prompt) => prompt === "question 2" ? { refused: "too hot" } : "fine";
    scene.vendor.finish();
    const error = await failureOf(scene.fetch(), "rows-failed");
    assert.match(
      error.message,
      /^1 row has no answer, see llm_error in .*: 1 invalid-request \(row 2: .*too hot/,
    );
    assert.match(await scene.read(output), /^2,question 2,,invalid-request: .*too hot/m);
    assert.deepEqual(await scene.names("home/batches"), []);
  });

  it("gives rows that ask the same their answer", async () => {
    await using scene = await openScene({ "data.csv": "id,text\n1,a\n2,b\n3,a\n4,\n5,a\n" });
    await scene.run({ dedupe: true, limit: 4 });
    scene.vendor.finish();
    await failureOf(scene.fetch(), "rows-failed");
    const text = await scene.read(output);
    assert.match(
      text,
      /^id,text,llm_response,llm_error\n1,a,echo: a,\n2,b,echo: b,\n3,a,echo: a,\n4,,,.*empty"?\n$/,
    );
  });

  it("keeps the file where it is told to, and fetches it once more by its id", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    scene.vendor.finish();
    await scene.fetch({ keep: true });
    const [kept] = await scene.seen();
    assert.deepEqual([kept?.status, kept?.part.state], ["completed", "merged"]);
    scene.told();
    await scene.fetch();
    assert.deepEqual(scene.told(), ["No pending batches."]);
    await failureOf(scene.fetch({ id: "batch_0" }), "file-unwritable");
    await rm(scene.folder.file(output));
    await scene.fetch({ id: "batch_0" });
    assert.equal(await scene.read(output), answered(2));
    assert.deepEqual(await scene.names("home/batches"), []);
  });
});

describe("fetching a job of several batches", () => {
  it("writes the output with the last one", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run();
    const [first, second, third] = scene.vendor.batches;
    assert.ok(first && second && third);
    first.status = third.status = "completed";
    await scene.fetch();
    assert.deepEqual((await scene.seen()).map(({ part }) => part.state), [
      "collected",
      "submitted",
      "collected",
    ]);
    assert.ok(!(await scene.names(".")).includes(output));
    second.status = "completed";
    scene.told();
    await scene.fetch();
    const lines = scene.told().map((line) => line.replace(/ -> .*/, ""));
    assert.deepEqual(lines, [0, 1, 2].map((number) => `Fabric complete. id=batch_${number}`));
    assert.equal(await scene.read(output), answered(7));
    assert.deepEqual(await scene.names("home/batches"), []);
  });

  it("writes what there is, when some of them failed", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run();
    const [first, second, third] = scene.vendor.batches;
    assert.ok(first && second && third);
    first.status = "completed";
    second.status = "failed";
    Object.assign(third, { status: "expired", done: 1 });
    const error = await failureOf(scene.fetch(), "provider-failed");
    assert.match(error.message, /the batch batch_1 failed: not this model\n3 rows have no answer/);
    const lines = (await scene.read(output)).split("\n");
    assert.match(lines[4] ?? "", /^4,question 4,,.*its batch is failed: not this model/);
    assert.equal(lines[7], "7,question 7,echo: question 7,", "it was done before its batch expired");
    assert.deepEqual(await scene.names("home/batches"), []);
  });

  it("writes nothing, when none was completed", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run();
    scene.vendor.finish("failed");
    await failureOf(scene.fetch(), "provider-failed");
    assert.ok(!(await scene.names(".")).includes(output));
    scene.told();
    await scene.fetch();
    assert.deepEqual(scene.told(), ["No pending batches."]);
  });
});

describe("a batch that ended before all of it was done", () => {
  for (
    const [provider, status] of [["openai", "expired"], ["openai", "cancelled"], ["few", "expired"]] as const
  ) {
    it(`is written with --partial, where ${provider} says ${status}`, async () => {
      await using scene = await openScene({ "data.csv": questions(3) });
      await scene.run({ asked: { provider } });
      for (const batch of scene.vendor.batches) batch.done = 2;
      scene.vendor.finish(status);
      scene.told();
      await failureOf(scene.fetch(), "provider-failed");
      assert.match(scene.told()[0] ?? "", /paid for: loom fetch --id batch_0 --partial writes it/);
      await failureOf(scene.fetch({ id: "batch_0", partial: true }), "rows-failed");
      const lines = (await scene.read(`data_results_${provider}_gpt-4o-mini.csv`)).split("\n");
      assert.equal(lines[2], "2,question 2,echo: question 2,");
      assert.match(lines[3] ?? "", new RegExp(`^3,question 3,,.*its batch is ${status}`));
      assert.deepEqual(await scene.names("home/batches"), []);
    });
  }
});

describe("a vendor that cannot be asked", () => {
  const faults: readonly (readonly [answering: number | "cut", code: Parameters<typeof failureOf>[1]])[] = [
    [401, "auth-rejected"],
    [404, "model-not-found"],
    [500, "provider-failed"],
    ["cut", "connection-failed"],
  ];
  for (const [answering, code] of faults) {
    it(`makes its batches unknown (${answering}), and the others are fetched`, async () => {
      await using scene = await openScene({ "data.csv": questions(2), "more.csv": questions(2) });
      await scene.run();
      await scene.run({ file: scene.folder.file("more.csv") });
      scene.told();
      scene.vendor.answering = answering;
      const error = await failureOf(scene.fetch(), code);
      assert.notEqual(error.message, "");
      const lines = scene.told();
      assert.equal(lines.length, 2, "the second one is asked for, though the first one failed");
      for (const line of lines) assert.ok(line.includes(`status=unknown. ${statusMeanings.unknown}`), line);
      assert.deepEqual((await scene.seen()).map(({ status }) => status), ["unknown", "unknown"]);
      scene.vendor.answering = "answers";
      scene.vendor.finish();
      await scene.fetch();
      assert.equal(await scene.read(output), answered(2));
      assert.equal(await scene.read("more_results_few_gpt-4o-mini.csv"), answered(2));
    });
  }

  it("makes a batch unknown whose status means nothing to Loom", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    scene.vendor.finish("levitating");
    assert.match((await failureOf(scene.fetch(), "provider-failed")).message, /Few says "levitating"/);
    assert.equal((await scene.seen())[0]?.status, "unknown");
  });
});

describe("files that stand in the way", () => {
  it("of an output that exists, which is replaced when somebody says so", async () => {
    for (
      const [confirm, force, written] of [[undefined, false, false], [false, false, false], [
        true,
        false,
        true,
      ], [undefined, true, true]] as const
    ) {
      await using scene = await openScene({ "data.csv": questions(2), [output]: "precious" });
      await scene.run();
      scene.vendor.finish();
      scene.confirm = confirm;
      if (written) await scene.fetch({ force });
      else {
        const error = await failureOf(scene.fetch({ force }), "file-unwritable");
        assert.match(error.message, /exists already; loom fetch --force overwrites it/);
        assert.equal((await scene.seen())[0]?.part.state, "collected", "the results are kept");
        const asked = scene.vendor.server.requests.length;
        await scene.fetch({ force: true });
        assert.equal(scene.vendor.server.requests.length, asked, "nobody is asked again for what is there");
      }
      assert.equal(await scene.read(output), answered(2));
    }
  });

  it("of a dataset that has changed, or is gone", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    scene.vendor.finish();
    await scene.folder.write("data.csv", questions(2).replace("question 2", "question X"));
    const changed = await failureOf(scene.fetch(), "file-unreadable");
    assert.match(changed.message, /has changed since it was handed in.*The results are kept in .*\.journal$/);
    await rm(scene.folder.file("data.csv"));
    await failureOf(scene.fetch(), "file-unreadable");
    assert.equal((await scene.names("home/jobs")).length, 1);
    await scene.folder.write("data.csv", questions(2));
    await scene.fetch();
    assert.equal(await scene.read(output), answered(2));
    assert.deepEqual(await scene.names("home/jobs"), []);
  });

  it("not of a copy with another date", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    await utimes(scene.folder.file("data.csv"), 1, 1);
    scene.vendor.finish();
    await scene.fetch();
    assert.equal(await scene.read(output), answered(2));
  });

  it("of a state file that is broken, which is named, and of no other", async () => {
    await using scene = await openScene({ "data.csv": questions(2), "home/batches/x_1.json": "{" });
    await scene.run();
    scene.vendor.finish();
    assert.match(
      (await failureOf(scene.fetch(), "file-unreadable")).message,
      /x_1\.json is not the state of a batch/,
    );
    assert.equal(await scene.read(output), answered(2));
    const text = '{"batch_id":"b","provider":"few","model":"m","original_file_path":"/x","file_type":"csv",' +
      '"id_map":{},"created_at":"2026-01-01","status":"validating","loom":{"job":1}}';
    await scene.folder.write("home/batches/x_1.json", text);
    assert.match((await failureOf(scene.fetch(), "file-unreadable")).message, /loom\.job: /);
  });

  it("of a folder where nothing may be written", async () => {
    await using scene = await openScene({ "data.csv": questions(2), "out/x": "" });
    await scene.run({ output: scene.folder.file("out/answers.csv") });
    scene.vendor.finish();
    await rm(scene.folder.file("out"), { recursive: true });
    await failureOf(scene.fetch(), "file-unwritable");
    await scene.folder.write("out/x", "");
    await scene.fetch();
    assert.equal(await scene.read("out/answers.csv"), answered(2));
  });
});

describe("state files of the specified tool", () => {
  const record = (change: object) =>
    JSON.stringify({
      batch_id: "batch_0",
      provider: "openai",
      model: "gpt-4o-mini",
      file_type: "csv",
      prompt_column: "text",
      created_at: "2026-11-20T10:00:00.000000",
      status: "in_progress",
      ...change,
    });

  for (
    const [what, ids, csv] of [
      ["ids of rows", { "task-0": "a-1", "task-1": "a-2" }, "id,text\na-1,x\na-2,y\na-3,z\n"],
      ["numbers of rows from 0", { "task-0": 0, "task-1": 1 }, "name,text\np,x\nq,y\nr,z\n"],
    ] as const
  ) {
    it(`are fetched by ${what}, and all rows stay`, async () => {
      await using scene = await openScene({ "data.csv": csv });
      await scene.run({ asked: { provider: "openai" }, limit: 2 });
      await rm(scene.folder.file("home/batches"), { recursive: true });
      const [batch] = scene.vendor.batches;
      assert.ok(batch !== undefined);
      const rows = batch.rows.map((row, index) => ({ ...row, customId: `task-${index}` }));
      scene.vendor.batches.splice(0, 1, { ...batch, rows });
      const file = scene.folder.file("data.csv");
      await scene.folder.write(
        "home/batches/openai_batch_0.json",
        record({ id_map: ids, original_file_path: file }),
      );
      await scene.fetch();
      assert.equal((await scene.seen())[0]?.status, "validating");
      scene.vendor.finish();
      await scene.fetch();
      const [head, first, second, third] = csv.split("\n");
      const text = `${head},llm_response\n${first},echo: x\n${second},echo: y\n${third},\n`;
      assert.equal(await scene.read("data_results_openai_gpt-4o-mini.csv"), text);
      assert.deepEqual(await scene.names("home/batches"), []);
    });
  }

  it("say so when the dataset has none of their rows", async () => {
    await using scene = await openScene({ "data.csv": "id,text\n1,x\n" });
    await scene.run({ asked: { provider: "openai" } });
    const file = scene.folder.file("data.csv");
    await scene.folder.write(
      "home/batches/openai_batch_0.json",
      record({ id_map: { "task-0": "zz" }, original_file_path: file }),
    );
    scene.vendor.finish();
    const error = await failureOf(scene.fetch(), "invalid-request");
    assert.match(error.message, /has 0 of the 1 rows that were handed in/);
    assert.equal((await scene.names("home/batches")).length, 1);
  });
});

describe("two fetches at once", () => {
  it("write every job once, and say who is at work", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run();
    scene.vendor.finish();
    scene.told();
    await Promise.all([scene.fetch(), scene.fetch()]);
    const told = scene.told();
    assert.equal(told.filter((line) => line.startsWith("Fabric complete.")).length, 3);
    assert.equal(await scene.read(output), answered(7));
    const downloads = scene.vendor.server.requests.filter(({ url }) => url.endsWith("/content"));
    assert.equal(downloads.length, 3);
  });
});

describe("asking for one batch", () => {
  it("leaves the others alone, and names what there is when it is unknown", async () => {
    await using scene = await openScene({ "data.csv": questions(2), "more.csv": questions(2) });
    await scene.run();
    await scene.run({ file: scene.folder.file("more.csv") });
    scene.told();
    await scene.fetch({ id: "batch_1" });
    assert.equal(scene.told().length, 1);
    const error = await failureOf(scene.fetch({ id: "batch_9" }), "invalid-request");
    assert.match(error.message, /there is no batch with the id batch_9 on this machine; loom list shows/);
  });
});
