/** Live runs from the dataset to the output: what is asked, what is written, what is said. */

import assert from "node:assert/strict";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { LoomError } from "../../../src/errors/index.ts";
import { folderOf } from "../../support/folder.ts";
import { csvOf, numbered, outputName, outputRows, rowUsd, runIn, vendorOf } from "./live-run.ts";

/** The code and message of what a run threw. */
function thrown(error: unknown): readonly [code: string, message: string] {
  assert.ok(LoomError.is(error), String(error));
  return [error.code, error.message];
}

describe("runLive", () => {
  it("asks every row once, writes the answers in order, and leaves nothing behind", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(50)) });
    const vendor = await vendorOf((prompt) => `said ${prompt}`);
    const { error, notes, last } = await runIn(folder, vendor);
    await vendor.close();
    assert.equal(error, undefined);
    assert.deepEqual([...vendor.prompts].sort(), [...numbered(50)].sort());
    assert.deepEqual(
      await outputRows(folder),
      numbered(50).map((prompt, index) => [`${index + 1}`, prompt, `said ${prompt}`]),
    );
    assert.deepEqual((await readdir(folder.path)).sort(), ["rows.csv", outputName]);
    assert.ok(vendor.mostAtOnce <= 8, `${vendor.mostAtOnce} at once`);
    assert.equal(last?.done, 50);
    assert.ok(Math.abs((last?.costUsd ?? 0) - 50 * rowUsd) < 1e-9);
    assert.match(
      notes.at(-1)?.text ?? "",
      /^Fabric complete\. -> .*rows_results_openai_gpt-4o-mini\.csv \(50 rows, \$0\.0011, /,
    );
    assert.equal(notes.at(-1)?.data?.["rows"], 50);
  });

  it("writes failed rows too, says why, and asks them again when told to", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(20)) });
    let broken = true;
    const vendor = await vendorOf((prompt) => {
      if (prompt === "p3" && broken) return { status: 400, message: "this prompt is malformed" };
      return prompt === "p7" && broken ? { status: 500 } : "fine";
    });
    const first = await runIn(folder, vendor);
    const [code, message] = thrown(first.error);
    assert.equal(code, "rows-failed");
    assert.match(
      message,
      /^2 rows have no answer, see llm_error in .*: 1 invalid-request \(row 3: .*malformed.*\), 1 provider-failed \(row 7: .*--retry-failed/,
    );
    const rows = await outputRows(folder);
    assert.deepEqual(rows[0], ["1", "p1", "fine", ""]);
    assert.match(rows[2]?.join(",") ?? "", /^3,p3,,"?invalid-request: /);
    assert.match(rows[6]?.join(",") ?? "", /^7,p7,,"?provider-failed: /);

    const again = await runIn(folder, vendor);
    assert.equal(thrown(again.error)[0], "rows-failed", "without the flag nothing is asked");
    assert.equal(vendor.prompts.length, 20);

    broken = false;
    const retried = await runIn(folder, vendor, { job: { retryFailed: true } });
    await vendor.close();
    assert.equal(retried.error, undefined);
    assert.deepEqual(vendor.prompts.slice(20).toSorted(), ["p3", "p7"]);
    assert.deepEqual((await outputRows(folder))[2], ["3", "p3", "fine"]);
    assert.deepEqual((await readdir(folder.path)).sort(), ["rows.csv", outputName]);
  });

  it("stops at a failure that all rows share, lets rows under way end, and goes on from there", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(40)) });
    let refusing = true;
    const vendor = await vendorOf((prompt) =>
      refusing && prompt === "p20" ? { status: 401, message: "bad key" } : "fine"
    );
    const { error } = await runIn(folder, vendor, { job: { workers: 2 } });
    const [code, message] = thrown(error);
    assert.equal(code, "auth-rejected");
    assert.match(
      message,
      /; (19|20) of 40 rows are done and kept: run the same command again to go on once that is mended$/,
    );
    assert.ok(vendor.prompts.length <= 21, `${vendor.prompts.length} were asked`);
    assert.deepEqual((await readdir(folder.path)).sort(), ["rows.csv", `${outputName}.journal`]);

    refusing = false;
    const asked = vendor.prompts.length;
    const resumed = await runIn(folder, vendor);
    await vendor.close();
    assert.equal(resumed.error, undefined);
    assert.deepEqual((await outputRows(folder)).map(([, prompt]) => prompt), numbered(40));
    const twice = vendor.prompts.filter((prompt, at) => vendor.prompts.indexOf(prompt) !== at);
    assert.deepEqual(twice, ["p20"]);
    assert.equal(vendor.prompts.length, asked + 40 - asked + 1);
  });

  it("stops when the vendor fails a hundred rows one after another", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(300)) });
    const vendor = await vendorOf(() => ({ status: 500 }));
    const { error } = await runIn(folder, vendor);
    await vendor.close();
    const [code, message] = thrown(error);
    assert.equal(code, "provider-failed");
    assert.match(
      message,
      /^the vendor failed 100 rows one after another, the last one with: .*with --retry-failed also those that failed/,
    );
    assert.ok(vendor.prompts.length < 120, `${vendor.prompts.length} were asked`);
  });

  it("ends rows under way after a stop, and says how to go on", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(30)) });
    const stop = new AbortController();
    const vendor = await vendorOf((prompt) => {
      if (prompt === "p10") stop.abort();
      return new Promise((resolve) => setTimeout(resolve, 5, "fine"));
    });
    const { error } = await runIn(folder, vendor, { job: { workers: 4 }, services: { signal: stop.signal } });
    const [code, message] = thrown(error);
    assert.equal(code, "aborted");
    const done = Number(
      /^stopped: (\d+) of 30 rows are done; run the same command again to go on$/.exec(message)?.[1],
    );
    assert.equal(done, vendor.prompts.length, "what was asked is done");
    assert.equal((await runIn(folder, vendor)).error, undefined);
    await vendor.close();
    assert.deepEqual([...vendor.prompts].sort(), [...numbered(30)].sort());
  });

  it("gives up what is under way when it must stop at once, and keeps the rest", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(10)) });
    const [stop, abort] = [new AbortController(), new AbortController()];
    const vendor = await vendorOf((prompt) => {
      if (prompt !== "p6") return "fine";
      stop.abort();
      abort.abort();
      return () => {};
    });
    const { error } = await runIn(folder, vendor, {
      job: { workers: 1 },
      services: { signal: stop.signal, abort: abort.signal },
    });
    await vendor.close();
    assert.deepEqual(thrown(error), [
      "aborted",
      "stopped: 5 of 10 rows are done; run the same command again to go on",
    ]);
  });

  it("never spends more than it may, and goes on with a higher limit", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(60)) });
    const vendor = await vendorOf(() => "fine");
    const ask = { provider: "openai", model: "gpt-4o-mini", column: "text", params: { max_tokens: 10 } };
    const maxCostUsd = 30.5 * rowUsd;
    const { error, last } = await runIn(folder, vendor, { job: { ask, maxCostUsd } });
    const [code, message] = thrown(error);
    assert.equal(code, "budget-exceeded");
    assert.match(
      message,
      /^--max-cost-usd 0\.0006405: another row might pass it \(spent: .*\); 30 of 60 rows are done and kept; raise the limit/,
    );
    assert.equal(vendor.prompts.length, 30);
    assert.ok((last?.costUsd ?? 1) <= maxCostUsd);
    assert.equal((await runIn(folder, vendor, { job: { ask, maxCostUsd: 1 } })).error, undefined);
    await vendor.close();
    assert.equal(vendor.prompts.length, 60);
  });

  it("refuses a limit on money where no price is known", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(2)) });
    const vendor = await vendorOf(() => "fine");
    const ask = { provider: "openai", model: "a-model-of-tomorrow", column: "text" };
    const { error } = await runIn(folder, vendor, { job: { ask, maxCostUsd: 1 } });
    assert.match(
      thrown(error)[1],
      /^--max-cost-usd cannot be kept: no price of openai\/a-model-of-tomorrow is known/,
    );
    assert.equal((await runIn(folder, vendor, { job: { ask, useCache: true } })).error, undefined);
    await vendor.close();
  });

  it("asks equal prompts once, also while they are under way, and again in no later run", async () => {
    const prompts = Array.from({ length: 100 }, (_, index) => `p${index % 5}`);
    await using folder = await folderOf({ "rows.csv": csvOf(prompts) });
    const vendor = await vendorOf((prompt) => `said ${prompt}`);
    const { error, notes, last } = await runIn(folder, vendor, { job: { dedupe: true } });
    await vendor.close();
    assert.equal(error, undefined);
    assert.deepEqual([...vendor.prompts].sort(), ["p0", "p1", "p2", "p3", "p4"]);
    assert.deepEqual(
      (await outputRows(folder)).map(([, , text]) => text),
      prompts.map((prompt) => `said ${prompt}`),
    );
    assert.equal(notes.at(-1)?.data?.["duplicates"], 95);
    assert.ok(Math.abs((last?.costUsd ?? 0) - 5 * rowUsd) < 1e-9);
  });

  it("answers equal rows of a later run from the journal", async () => {
    const prompts = [...numbered(10), ...numbered(10)];
    await using folder = await folderOf({ "rows.csv": csvOf(prompts) });
    const stop = new AbortController();
    const vendor = await vendorOf((prompt) => {
      if (prompt === "p10") stop.abort();
      return "fine";
    });
    const job = { dedupe: true, workers: 1 };
    assert.equal(
      thrown((await runIn(folder, vendor, { job, services: { signal: stop.signal } })).error)[0],
      "aborted",
    );
    assert.equal((await runIn(folder, vendor, { job })).error, undefined);
    await vendor.close();
    assert.deepEqual(vendor.prompts, numbered(10));
    assert.equal((await outputRows(folder)).length, 20);
  });

  it("takes answers from the cache on disk, which cost nothing", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(10)) });
    const vendor = await vendorOf((prompt) => `said ${prompt}`);
    const job = { useCache: true };
    assert.equal((await runIn(folder, vendor, { job })).error, undefined);
    assert.equal((await readdir(folder.file("home/cache"))).length, 10);
    const { error, last, notes } = await runIn(folder, vendor, { job: { ...job, force: true } });
    await vendor.close();
    assert.equal(error, undefined);
    assert.equal(vendor.prompts.length, 10);
    assert.deepEqual([last?.cacheHits, last?.costUsd], [10, 0]);
    assert.match(notes.at(-1)?.text ?? "", /10 rows, 10 from the cache, \$0/);
    assert.deepEqual((await outputRows(folder))[4], ["5", "p5", "said p5"]);
  });

  it("writes only the rows that were chosen", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(100)) });
    const vendor = await vendorOf(() => "fine");
    assert.equal((await runIn(folder, vendor, { job: { limit: 3 } })).error, undefined);
    assert.deepEqual((await outputRows(folder)).map(([id]) => id), ["1", "2", "3"]);
    assert.equal((await runIn(folder, vendor, { job: { sample: 4, force: true } })).error, undefined);
    await vendor.close();
    assert.deepEqual((await outputRows(folder)).map(([id]) => id), ["25", "50", "75", "100"]);
    assert.equal(vendor.prompts.length, 7);
  });

  it("puts an answer's properties and who gave it into columns, and fails what does not fit", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(["good", "bad"]) });
    const vendor = await vendorOf((prompt) =>
      prompt === "good" ? '{"label":"spam","score":2}' : '{"label":7}'
    );
    const schema = {
      type: "object",
      properties: { label: { type: "string" }, score: { type: "number" } },
      required: ["label"],
    };
    const ask = { provider: "openai", model: "gpt-4o-mini", column: "text", schema };
    const { error } = await runIn(folder, vendor, { job: { ask, withMeta: true } });
    await vendor.close();
    assert.equal(thrown(error)[0], "rows-failed");
    const text = await readFile(folder.file(outputName), "utf8");
    const [head, good, bad] = text.split("\n");
    assert.equal(head, "id,text,llm_response,label,score,llm_provider,llm_model,llm_error");
    assert.match(good ?? "", /^1,good,".*",spam,2,openai,gpt-4o-mini,$/);
    assert.match(bad ?? "", /^2,bad,,,,,,"?output-invalid: /);
  });

  it("asks the fallback where the first model fails", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(3)) });
    const down = await vendorOf(() => ({ status: 500 }));
    const up = await vendorOf((prompt) => `said ${prompt}`);
    const providers = {
      openai: { baseUrl: `${down.url}/v1`, apiKey: "k" },
      second: { type: "openai", baseUrl: `${up.url}/v1`, apiKey: "k", models: "open" as const },
    };
    const ask = { provider: "openai", model: "gpt-4o-mini", column: "text", fallback: ["second/other"] };
    const { error } = await runIn(folder, down, { job: { ask, withMeta: true }, loom: { providers } });
    await Promise.all([down.close(), up.close()]);
    assert.equal(error, undefined);
    assert.deepEqual((await outputRows(folder))[2], ["3", "p3", "said p3", "second", "other"]);
  });

  it("fails a row without a prompt by its number and line, and goes on", async () => {
    await using folder = await folderOf({ "rows.csv": "id,text\na,one\nb,\nc,three\n" });
    const vendor = await vendorOf(() => "fine");
    const { error } = await runIn(folder, vendor);
    await vendor.close();
    assert.match(
      thrown(error)[1],
      /1 invalid-request \(row 2: row 2 \(id b, line 3\): the prompt is empty\)/,
    );
    assert.deepEqual([...vendor.prompts].sort(), ["one", "three"]);
  });
});

describe("runLive, before anything is spent", () => {
  it("refuses an output that exists, unless somebody agrees", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(2)), [outputName]: "mine" });
    const vendor = await vendorOf(() => "fine");
    const { error } = await runIn(folder, vendor);
    assert.deepEqual(thrown(error), [
      "file-unwritable",
      `${folder.file(outputName)} exists already; --force overwrites it, --output names another file`,
    ]);
    const asked: string[] = [];
    const confirm = (agree: boolean) => (question: string) => {
      asked.push(question);
      return Promise.resolve(agree);
    };
    assert.equal(
      thrown((await runIn(folder, vendor, { services: { confirm: confirm(false) } })).error)[0],
      "file-unwritable",
    );
    assert.deepEqual(vendor.prompts, []);
    assert.equal(await readFile(folder.file(outputName), "utf8"), "mine");
    assert.equal((await runIn(folder, vendor, { services: { confirm: confirm(true) } })).error, undefined);
    await vendor.close();
    assert.deepEqual(asked, Array(2).fill(`Overwrite ${folder.file(outputName)}?`));
    assert.equal(vendor.prompts.length, 2);
  });

  const refused: readonly [
    what: string,
    files: Readonly<Record<string, string>>,
    ask: Readonly<Record<string, unknown>>,
    code: string,
    message: RegExp,
  ][] = [
    [
      "a column that is not there",
      { "rows.csv": "id,txt\n1,a\n" },
      {},
      "invalid-request",
      /there is no column "text"; did you mean "txt"\? Columns are "id", "txt"/,
    ],
    [
      "a column that is there already",
      { "rows.csv": "text,llm_response\na,b\n" },
      {},
      "invalid-request",
      /the input has a column "llm_response" already/,
    ],
    [
      "a provider that nobody knows",
      { "rows.csv": "text\na\n" },
      { provider: "openia" },
      "model-not-found",
      /there is no provider "openia"; did you mean .*openai/,
    ],
    [
      "a fallback that nobody knows",
      { "rows.csv": "text\na\n" },
      { fallback: ["nowhere/m"] },
      "model-not-found",
      /there is no provider "nowhere"/,
    ],
    [
      "a fallback without a key",
      { "rows.csv": "text\na\n" },
      { fallback: ["anthropic/m"] },
      "key-missing",
      /--fallback anthropic needs a key: give ANTHROPIC_API_KEY/,
    ],
    [
      "a schema that is none",
      { "rows.csv": "text\na\n" },
      { schema: { type: "nonsense" } },
      "invalid-request",
      /--schema: this JSON Schema cannot be checked/,
    ],
    ["a file that is not there", {}, {}, "file-unreadable", /rows\.csv/],
    ["a bad row in the middle", { "rows.csv": 'text\na\n"b\n' }, {}, "invalid-request", /rows\.csv/],
    [
      "a folder that is not there",
      { "rows.csv": "text\na\n" },
      { output: "nowhere/out.csv" },
      "file-unwritable",
      /nowhere/,
    ],
    [
      "the input as output",
      { "rows.csv": "text\na\n" },
      { output: "rows.csv", force: true },
      "invalid-request",
      /is the input itself/,
    ],
  ];
  for (const [what, files, { output, force = false, ...ask }, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      await using folder = await folderOf(files);
      const vendor = await vendorOf(() => "fine");
      const job = {
        ask: { provider: "openai", model: "gpt-4o-mini", column: "text", ...ask },
        force: force === true,
        ...output === undefined ? {} : { output: folder.file(String(output)) },
      };
      const { error } = await runIn(folder, vendor, { job });
      await vendor.close();
      const [was, text] = thrown(error);
      assert.equal(was, code, text);
      assert.match(text, message);
      assert.deepEqual(vendor.prompts, []);
      assert.deepEqual(await readdir(folder.path), Object.keys(files), "nothing is left behind");
    });
  }

  it("refuses a list in which two rows have one id, naming both", async () => {
    const list = [{ id: "a", prompt: "one" }, { id: "b", prompt: "two" }, { id: "a", prompt: "three" }];
    await using folder = await folderOf({ "rows.json": JSON.stringify(list) });
    const vendor = await vendorOf(() => "fine");
    const ask = { provider: "openai", model: "gpt-4o-mini", column: "prompt" };
    const { error } = await runIn(folder, vendor, {
      job: { file: folder.file("rows.json"), fileType: "json", ask },
    });
    await vendor.close();
    assert.match(thrown(error)[1], /row 3.*its id "a" is taken by row 1/);
    assert.deepEqual(vendor.prompts, []);
  });

  it("refuses to go on with another input, and starts anew when forced", async () => {
    await using folder = await folderOf({ "rows.csv": csvOf(numbered(10)) });
    const stop = new AbortController();
    const vendor = await vendorOf((prompt) => {
      if (prompt === "p5") stop.abort();
      return "fine";
    });
    await runIn(folder, vendor, { services: { signal: stop.signal }, job: { workers: 1 } });
    await writeFile(folder.file("rows.csv"), csvOf(numbered(10)));
    await utimes(folder.file("rows.csv"), new Date(), new Date(Date.now() + 5_000));
    const { error } = await runIn(folder, vendor);
    assert.match(thrown(error)[1], /is the journal of another job: .* was modified .*--force throws it away/);
    assert.equal((await runIn(folder, vendor, { job: { force: true } })).error, undefined);
    await vendor.close();
    assert.equal(vendor.prompts.length, 15);
  });
});
