/** A dry run on small files, with figures that were worked out by hand, and nothing sent. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dryRun, forecast, type Known } from "../../../src/batch/plan/dry-run.ts";
import { cacheKey } from "../../../src/batch/home/cache-key.ts";
import { loomHome } from "../../../src/batch/home/loom-home.ts";
import type { LiveJob } from "../../../src/batch/job.ts";
import { openJournal } from "../../../src/batch/journal/open-journal.ts";
import { headerOf } from "../../../src/batch/live/open-run.ts";
import { Catalog, Loom } from "../../../src/index.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { failureOf } from "../../support/failure.ts";
import { type Folder, folderOf } from "../../support/folder.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { heardProgress } from "./heard-progress.ts";

/** A dollar for a million tokens in, two for a million out, half of it in a batch; 40 tokens fit into a call. */
const models = `openai:
  batch_discount: 0.5
  modalities:
    text:
      - { id: gpt-4o, input_usd_per_1m: 1, output_usd_per_1m: 2, context_tokens: 40 }
      - { id: gpt-4o-unpriced, model: gpt-4o }
`;

/** 40 times a word of one token, 7 around a turn. */
const long = Array.from({ length: 40 }, () => "rust").join(" ");
/** Tokens of the prompts with 7 around each: 9, 13, none, 9 again, 13, 47. */
const csv = `id,text
a,Say hi
b,Write a haiku about rust
c,
d,Say hi
e,Explain quantum physics in one paragraph
f,${long}
`;

describe("a dry run", () => {
  let server: TestServer;
  let loom: Loom;
  let folder: Folder;

  before(async () => {
    server = await serve(({ response }) => void response.end());
    const provider = { baseUrl: server.url, apiKey: "k", models: "open" } as const;
    loom = new Loom({
      catalog: Catalog.fromText(models),
      providers: { openai: provider, groqish: { ...provider, type: "deepseek" } },
      pluginFolder: false,
    });
  });

  after(async () => {
    await loom.close();
    await server.close();
  });

  const jobOf = (changes: Partial<LiveJob> = {}, ask: Partial<LiveJob["ask"]> = {}): LiveJob => ({
    file: folder.file("data.csv"),
    fileType: "csv",
    output: folder.file("out.csv"),
    ask: { provider: "openai", model: "gpt-4o", column: "text", params: { max_tokens: 5 }, ...ask },
    withMeta: false,
    force: false,
    dedupe: false,
    retryFailed: false,
    workers: 2,
    useCache: true,
    ...changes,
  });
  const servicesOf = () => ({
    loom,
    progress: heardProgress(),
    home: loomHome(fixedEnvironment({ LOOM_HOME: folder.file("home") })),
    signal: new AbortController().signal,
  });
  const planned = (job: LiveJob, known?: Known) => forecast(job, servicesOf(), known);

  it("adds up rows, tokens, cost, time and batches, and sends nothing", async () => {
    await using own = folder = await folderOf({ "data.csv": csv });
    const { rows, problems, tokens, cost, time, context, batch, output } = await planned(jobOf());
    assert.deepEqual(rows, {
      total: 6,
      selected: 6,
      unusable: 1,
      duplicates: 1,
      duplicatesAtLeast: false,
      answered: null,
      cached: null,
      toAsk: 5,
    });
    assert.deepEqual(problems, ["row 3 (id c, line 4): the prompt is empty"]);
    assert.deepEqual(tokens, {
      input: 9 + 13 + 9 + 13 + 47,
      exact: true,
      encoding: "o200k_base",
      outputPerRow: 5,
      outputFrom: "params",
      output: 25,
    });
    // 91 tokens in at 1,000 nano-USD, 25 out at 2,000.
    assert.deepEqual(cost, { liveUsd: 0.000141, batchUsd: 0.0000705, batchIsCheaper: true });
    // Five rows by two workers are three rounds, of 0.8 s and 5 times 15 ms.
    assert.deepEqual(time, {
      workers: 2,
      rowMs: 875,
      rowMsFrom: "assumed",
      liveMs: 2_625,
      batchMs: 86_400_000,
    });
    const longest = { row: 6, id: "f", line: 7, tokens: 47 };
    assert.deepEqual(context, { tokens: 40, longest, tooLong: 1, tooLongRows: [longest] });
    assert.deepEqual([batch?.parts, batch?.maxRows], [1, 50_000]);
    assert.deepEqual(output, { path: own.file("out.csv"), exists: false });
    assert.equal(server.connections, 0);
  });

  const changes: readonly (readonly [
    name: string,
    job: Partial<LiveJob>,
    toAsk: number,
    input: number,
  ])[] = [
    ["--dedupe", { dedupe: true }, 4, 82],
    ["--limit", { limit: 2 }, 2, 22],
    // Of six rows every third: c, which is empty, and f.
    ["--sample", { sample: 2 }, 1, 47],
    ["--limit and --sample", { limit: 4, sample: 2 }, 2, 22],
  ];
  for (const [name, job, toAsk, input] of changes) {
    it(`counts only what ${name} leaves`, async () => {
      await using _ = folder = await folderOf({ "data.csv": csv });
      const { rows, tokens } = await planned(jobOf(job));
      assert.deepEqual([rows.total, rows.toAsk, tokens.input], [6, toAsk, input]);
    });
  }

  it("counts system text, templates, and a schema as an estimate", async () => {
    await using _ = folder = await folderOf({ "data.csv": "text\nhi\n" });
    // "Say hi" has two tokens, "Be brief." three, and a turn of its own four.
    const ask = { template: "Say {{text}}", system: "Be brief." };
    assert.equal((await planned(jobOf({}, ask))).tokens.input, 2 + 7 + 3 + 4);
    const { tokens } = await planned(jobOf({}, { ...ask, schema: { type: "object" } }));
    assert.deepEqual([tokens.exact, tokens.input > 16], [false, true]);
  });

  it("leaves out what a live run need not ask again", async () => {
    await using own = folder = await folderOf({ "data.csv": csv });
    const job = jobOf();
    const journal = await openJournal(`${job.output}.journal`, await headerOf(job), { fresh: true });
    const usage = { inputTokens: 13, outputTokens: 30 };
    await journal.append({ index: 1, status: "ok", text: "rusty", usage, costUsd: 0.1 });
    await journal.append({ index: 4, status: "failed", error: { code: "timed-out", message: "late" } });
    await journal.close();
    await own.write(`home/cache/${cacheKey(job.ask, "Say hi")}.json`, "{}");
    const live = await planned(job, { live: true });
    assert.deepEqual([live.rows.answered, live.rows.cached, live.rows.toAsk], [1, 2, 2]);
    // What answers had so far is a better guess than the most that they may have.
    assert.deepEqual([live.tokens.outputFrom, live.tokens.outputPerRow], ["answers", 30]);
    const batch = await planned(job);
    assert.deepEqual([batch.rows.answered, batch.rows.cached, batch.rows.toAsk], [null, null, 5]);
    const uncached = await planned(jobOf({ useCache: false }), { live: true });
    assert.equal(uncached.rows.cached, null);
  });

  it("says that a journal is another job's, and goes on without it", async () => {
    await using _ = folder = await folderOf({ "data.csv": csv });
    const other = jobOf({}, { model: "another" });
    await (await openJournal(`${other.output}.journal`, await headerOf(other), { fresh: true })).close();
    const services = servicesOf();
    const { rows } = await forecast(jobOf(), services, { live: true });
    assert.equal(rows.answered, null);
    assert.match(services.progress.notes[0]?.text ?? "", /^An earlier run was not looked at: /);
  });

  it("says that a price is unknown, and never that it is nothing", async () => {
    await using _ = folder = await folderOf({ "data.csv": csv });
    for (const model of ["gpt-4o-unpriced", "never-heard-of"]) {
      const { cost } = await planned(jobOf({}, { model }));
      assert.deepEqual(cost, { liveUsd: null, batchUsd: null, batchIsCheaper: false });
    }
  });

  it("knows vendors without batches", async () => {
    await using _ = folder = await folderOf({ "data.csv": csv });
    const { batch, time, cost } = await planned(jobOf({}, { provider: "groqish", model: "deepseek-chat" }));
    assert.deepEqual([batch, time.batchMs, cost.batchUsd], [null, null, null]);
  });

  it("takes what the caller expects in place of guesses", async () => {
    await using _ = folder = await folderOf({ "data.csv": csv });
    const { tokens, time } = await planned(jobOf({}, { params: {} }), {
      outputTokensPerRow: 50,
      rowMs: 3_000,
    });
    assert.deepEqual([tokens.outputPerRow, tokens.outputFrom], [50, "given"]);
    assert.deepEqual([time.rowMs, time.rowMsFrom, time.liveMs], [3_000, "given", 9_000]);
    const guessed = await planned(jobOf({}, { params: {} }));
    assert.deepEqual([guessed.tokens.outputPerRow, guessed.tokens.outputFrom], [1_024, "guess"]);
  });

  it("refuses what the run would refuse", async () => {
    await using own = folder = await folderOf({ "data.csv": csv, "taken.csv": "text,llm_response\na,b\n" });
    const wrong = await failureOf(planned(jobOf({}, { column: "txt" })), "invalid-request");
    assert.match(wrong.message, /there is no column "txt"; did you mean "text"\?/);
    const taken = await failureOf(planned(jobOf({ file: own.file("taken.csv") })), "invalid-request");
    assert.match(taken.message, /has a column "llm_response" already/);
    await failureOf(planned(jobOf({}, { provider: "opnai" })), "model-not-found");
  });

  it("notes its table, with its figures for scripts", async () => {
    await using _ = folder = await folderOf({ "data.csv": csv });
    const services = servicesOf();
    await dryRun(jobOf(), services);
    const [note] = services.progress.notes;
    assert.match(note?.text ?? "", /^Nothing was sent, nothing was spent\./);
    assert.deepEqual(note?.data?.["cost"], {
      live_usd: 0.000141,
      batch_usd: 0.0000705,
      batch_is_cheaper: true,
    });
    assert.equal(services.progress.ended, true);
    assert.equal(server.connections, 0);
  });
});
