/** Handing a dataset in: what the vendor gets, what is kept of it, and what a second run does. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchRecord } from "../../../src/batch/home/batch-record.ts";
import { failureOf } from "../../support/failure.ts";
import { openScene, questions } from "./scene.ts";

describe("a batch run", () => {
  it("hands in what every row asks, and keeps what the specification says", async () => {
    await using scene = await openScene({ "data.csv": "id,text\na-1,Hello\na-2,World\n" });
    await scene.run({ asked: { provider: "openai", system: "Be brief.", params: { temperature: 0 } } });
    assert.deepEqual(scene.told(), ["Batch submitted. id=batch_0 provider=openai"]);
    const [batch] = scene.vendor.batches;
    assert.deepEqual(batch?.rows[0]?.body, {
      model: "gpt-4o-mini",
      messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hello" }],
      temperature: 0,
    });
    const record = JSON.parse(await scene.read("home/batches/openai_batch_0.json")) as BatchRecord;
    const { created_at, loom, ...rest } = record;
    assert.deepEqual(rest, {
      batch_id: "batch_0",
      provider: "openai",
      model: "gpt-4o-mini",
      original_file_path: scene.folder.file("data.csv"),
      file_type: "csv",
      prompt_column: "text",
      id_map: { "row-0": "a-1", "row-1": "a-2" },
      status: "validating",
    });
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.ok(!JSON.stringify(loom).includes("sk-"), "no key is kept");
    assert.deepEqual(await scene.names("home/batches"), ["openai_batch_0.json"]);
    assert.deepEqual(await scene.names("home/jobs"), [], "no lock is left");
  });

  it("splits at the vendor's rows, and names every batch", async () => {
    await using scene = await openScene({ "data.csv": questions(7) });
    await scene.run();
    assert.deepEqual(scene.told(), [
      "Batch submitted. id=batch_0 provider=few",
      "Batch submitted. id=batch_1 provider=few",
      "Batch submitted. id=batch_2 provider=few",
      "3 batches submitted with 7 rows; loom fetch writes the output when the last one is done.",
    ]);
    assert.deepEqual(
      scene.vendor.batches.map(({ rows }) => rows.map(({ prompt }) => prompt.slice(9)).join("")),
      ["123", "456", "7"],
    );
    const parts = (await scene.seen()).map(({ part }) => [part.part, part.parts, part.rows]);
    assert.deepEqual(parts, [[0, 3, [[0, 3]]], [1, 3, [[3, 3]]], [2, 3, [[6, 1]]]]);
  });

  it("splits at the vendor's bytes", async () => {
    const long = "x".repeat(400);
    await using scene = await openScene(
      { "data.csv": `id,text\n1,${long}\n2,${long}\n3,${long}\n` },
      { maxRows: 100, maxBytes: 1_300 },
    );
    await scene.run();
    assert.deepEqual(scene.vendor.batches.map(({ rows }) => rows.length), [2, 1]);
  });

  it("asks what --limit, --sample and --dedupe leave", async () => {
    const rows = "id,text\n1,a\n2,b\n3,a\n4,c\n5,b\n6,d\n";
    await using scene = await openScene({ "data.csv": rows }, { maxRows: 10 });
    const asked = () => scene.vendor.batches.at(-1)?.rows.map(({ prompt }) => prompt).join("");
    await scene.run({ limit: 2 });
    assert.equal(asked(), "ab");
    await scene.run({ sample: 2 });
    assert.equal(asked(), "ad");
    await scene.run({ dedupe: true });
    assert.equal(asked(), "abcd");
  });

  it("fills a template, and asks for a schema", async () => {
    const schema = { type: "object", properties: { label: { type: "string" } }, required: ["label"] };
    await using scene = await openScene({ "data.jsonl": '{"id":"x","text":"Hi","lang":"en"}\n' });
    const file = scene.folder.file("data.jsonl");
    await scene.run({
      file,
      asked: { provider: "openai", template: "Classify {{text}} ({{lang}})", schema },
    });
    const [row] = scene.vendor.batches[0]?.rows ?? [];
    assert.equal(row?.prompt, "Classify Hi (en)");
    assert.match(JSON.stringify(row?.body["response_format"]), /"label"/);
  });

  it("leaves rows without a prompt to the output, and says so", async () => {
    await using scene = await openScene({ "data.csv": "id,text\n1,a\n2,\n3,c\n" });
    await scene.run();
    assert.match(
      scene.told()[1] ?? "",
      /^1 rows were not handed in .*: row 2 \(id 2, line 3\): the prompt is empty$/,
    );
    assert.equal(scene.vendor.batches[0]?.rows.length, 2);
  });

  it("does nothing while its batch is under way, unless it is forced to", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    await scene.run();
    assert.match(
      scene.told().at(-1) ?? "",
      /^Already submitted: id=batch_0 provider=few\. Nothing was handed in again/,
    );
    assert.equal(scene.vendor.batches.length, 1);
    await scene.run({ force: true });
    assert.equal(scene.vendor.batches.length, 2);
    await scene.run({ limit: 1 });
    assert.equal(scene.vendor.batches.length, 3, "another job is none of that one's business");
  });

  it("may be repeated once its batch has failed", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    await scene.run();
    scene.vendor.finish("failed");
    await failureOf(scene.fetch(), "provider-failed");
    await scene.run();
    assert.equal(scene.vendor.batches.length, 2);
  });

  const refused: readonly (readonly [
    what: string,
    csv: string,
    change: Parameters<Awaited<ReturnType<typeof openScene>>["job"]>[0],
    code: Parameters<typeof failureOf>[1],
    says: RegExp,
  ])[] = [
    [
      "a vendor without batches",
      questions(1),
      { asked: { provider: "openrouter", model: "openai/gpt-4o-mini" } },
      "unsupported",
      /^OpenRouter has no batch API\. Re-run with --sync\.$/,
    ],
    [
      "another vendor without batches",
      questions(1),
      { asked: { provider: "deepseek", model: "deepseek-chat" } },
      "unsupported",
      /^DeepSeek has no batch API\. Re-run with --sync\.$/,
    ],
    [
      "fallbacks",
      questions(1),
      { asked: { fallback: ["openai/gpt-4o"] } },
      "invalid-request",
      /--fallback belongs to live/,
    ],
    [
      "--retry-failed",
      questions(1),
      { retryFailed: true },
      "invalid-request",
      /--retry-failed belongs to live calls/,
    ],
    [
      "a column that is not there",
      questions(1),
      { asked: { column: "txt" } },
      "invalid-request",
      /there is no column "txt"; did you mean "text"\?/,
    ],
    [
      "a column that is there",
      "text,llm_response\na,b\n",
      {},
      "invalid-request",
      /has a column "llm_response" already/,
    ],
    ["no rows", "id,text\n", {}, "invalid-request", /there are no rows to ask/],
    ["no prompts", "id,text\n1,\n2,\n", {}, "invalid-request", /none of the 2 rows can be asked: row 1/],
    [
      "a row that no batch holds",
      `id,text\n1,a\n2,${"x".repeat(2_000)}\n`,
      {},
      "invalid-request",
      /row 2 \(id 2, line 3\): the row has 2\d\d\d bytes, and few takes 1500 bytes/,
    ],
    [
      "a job that may cost too much",
      questions(2),
      { maxCostUsd: 0.0001, asked: { provider: "openai" } },
      "budget-exceeded",
      /^nothing was handed in: the job may cost 0\.00 USD at the price of batches, with 1024 tokens/,
    ],
    [
      "a limit of money without prices",
      questions(2),
      { maxCostUsd: 1, asked: { model: "nobody-knows-it" } },
      "invalid-request",
      /no price of few\/nobody-knows-it is known/,
    ],
  ];
  for (const [what, csv, change, code, says] of refused) {
    it(`refuses ${what}, and spends nothing`, async () => {
      await using scene = await openScene({ "data.csv": csv }, { maxBytes: 1_500 });
      const error = await failureOf(scene.run(change), code);
      assert.match(error.message, says);
      assert.equal(scene.vendor.server.requests.length, 0);
      assert.deepEqual(await scene.names("home/batches"), []);
    });
  }

  it("refuses an output that is the input, a folder, or in none", async () => {
    await using scene = await openScene({ "data.csv": questions(1), "folder/x": "" });
    const to = (name: string) => scene.run({ output: scene.folder.file(name) });
    assert.match((await failureOf(to("data.csv"), "invalid-request")).message, /is the input itself/);
    assert.match(
      (await failureOf(to("folder"), "file-unwritable")).message,
      /is a folder; name a file in it/,
    );
    assert.match((await failureOf(to("no/x.csv"), "file-unwritable")).message, /--output names another file/);
    assert.equal(scene.vendor.batches.length, 0);
  });

  it("keeps nothing of a batch that the vendor refuses", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    scene.vendor.taking = "refused";
    assert.match((await failureOf(scene.run(), "invalid-request")).message, /no batches today/);
    assert.deepEqual(await scene.names("home/batches"), []);
  });

  it("is one process's at a time", async () => {
    await using scene = await openScene({ "data.csv": questions(2) });
    const [first, second] = await Promise.allSettled([scene.run(), scene.run()]);
    assert.deepEqual([first?.status, second?.status].sort(), ["fulfilled", "rejected"]);
    assert.equal(scene.vendor.batches.length, 1);
  });
});
