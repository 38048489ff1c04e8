/** The flags of `loom run`: what they make, and what each wrong one says. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type RunFlags, runOptions } from "../../src/cli/run-options.ts";
import { LoomError } from "../../src/errors/index.ts";
import { folderOf } from "../support/folder.ts";

const base = { file: "/data/rows.csv", provider: "openai", model: "gpt-4o-mini", col: "text" };

describe("runOptions", () => {
  it("has the specification's defaults", async () => {
    assert.deepEqual(await runOptions(base), {
      mode: "batch",
      dryRun: false,
      json: false,
      job: {
        file: "/data/rows.csv",
        fileType: "csv",
        ask: { provider: "openai", model: "gpt-4o-mini", column: "text" },
        output: "/data/rows_results_openai_gpt-4o-mini.csv",
        withMeta: false,
        force: false,
        dedupe: false,
        retryFailed: false,
        workers: 8,
        useCache: true,
      },
    });
  });

  it("takes everything that can be said", async () => {
    await using folder = await folderOf({
      "schema.json": '{"type":"object","properties":{"label":{"type":"string"}}}',
      "params.json": '{"temperature":0}',
    });
    const { job, ...rest } = await runOptions({
      file: join(folder.path, "rows.json.gz"),
      provider: "openrouter",
      model: "openai/gpt-4o-mini",
      output: folder.file("out.json"),
      sync: true,
      workers: "16",
      cache: false,
      force: true,
      withMeta: true,
      promptTemplate: "Classify: {{text}}",
      system: "Be brief.",
      schema: folder.file("schema.json"),
      params: `@${folder.file("params.json")}`,
      maxCostUsd: "2.50",
      limit: "100",
      sample: "10",
      dedupe: true,
      retryFailed: true,
      fallback: "anthropic/claude-3-5-haiku-latest, openrouter/meta/llama",
      apiKey: "k",
      dryRun: true,
      json: true,
    });
    assert.deepEqual(rest, { mode: "live", dryRun: true, json: true });
    assert.deepEqual(job, {
      file: folder.file("rows.json.gz"),
      fileType: "json",
      ask: {
        provider: "openrouter",
        model: "openai/gpt-4o-mini",
        column: "prompt",
        template: "Classify: {{text}}",
        system: "Be brief.",
        schema: { type: "object", properties: { label: { type: "string" } } },
        params: { temperature: 0 },
        fallback: ["anthropic/claude-3-5-haiku-latest", "openrouter/meta/llama"],
      },
      output: folder.file("out.json"),
      apiKey: "k",
      withMeta: true,
      force: true,
      limit: 100,
      sample: 10,
      dedupe: true,
      retryFailed: true,
      maxCostUsd: 2.5,
      workers: 16,
      useCache: false,
    });
  });

  it("--queue asks live, on many machines", async () => {
    const { mode, queueUrl } = await runOptions({ ...base, queue: "redis://127.0.0.1:6379" });
    assert.deepEqual([mode, queueUrl], ["queue", "redis://127.0.0.1:6379"]);
  });

  const faults: readonly [flags: Partial<RunFlags>, message: RegExp][] = [
    [{ file: "" }, /--file is empty/],
    [{ file: "rows.xlsx" }, /rows\.xlsx: a dataset is named \.csv, \.json, \.jsonl/],
    [{ provider: "" }, /--provider is empty: such as openai/],
    [{ model: " " }, /--model is empty/],
    [{ col: "" }, /--col is empty/],
    [{ workers: "0" }, /--workers wants a whole number from 1 to 10000, not "0"/],
    [{ workers: "many" }, /--workers wants a whole number/],
    [{ workers: "2.5" }, /--workers wants a whole number/],
    [{ limit: "-1" }, /--limit wants a whole number from 1 on, not "-1"/],
    [{ sample: "" }, /--sample wants a whole number/],
    [{ maxCostUsd: "0" }, /--max-cost-usd wants an amount of US dollars above 0, such as 2\.50/],
    [{ maxCostUsd: "$3" }, /--max-cost-usd wants an amount/],
    [{ sync: true, batch: true }, /--sync and --batch exclude each other/],
    [{ queue: "localhost" }, /--queue wants the address of a Redis/],
    [{ queue: "redis://h", batch: true }, /--queue asks live/],
    [{ apiKey: "" }, /--api-key is empty/],
    [{ params: "{" }, /--params wants JSON/],
    [{ params: "[1]" }, /--params wants a JSON object/],
    [{ params: "@/nowhere/p.json" }, /--params: cannot read \/nowhere\/p\.json: there is no such file/],
    [{ schema: "/nowhere/s.json" }, /--schema: cannot read \/nowhere\/s\.json/],
    [
      { fallback: "gpt-4o" },
      /--fallback wants provider\/model, several with commas between them, not "gpt-4o"/,
    ],
    [{ fallback: "," }, /--fallback wants provider\/model/],
    [{ promptTemplate: "{{a}}" }, /--col names the column of the prompt, and --prompt-template its columns/],
    [{ output: "out.csv.gz" }, /--output is written uncompressed; leave \.gz out/],
    [{ output: "out.json" }, /--output is written as the input is, so its name ends in \.csv/],
  ];
  for (const [flags, message] of faults) {
    it(`refuses ${JSON.stringify(flags)}`, async () => {
      await assert.rejects(runOptions({ ...base, ...flags }), (error) => {
        assert.ok(LoomError.is(error, "invalid-request", "file-unreadable"));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("names what is missing", async () => {
    const { col: _, ...csv } = base;
    await assert.rejects(runOptions(csv), /--col is missing; a CSV file needs --col/);
    await assert.rejects(runOptions({ provider: "openai", model: "m", col: "text" }), /--file is missing/);
    await assert.rejects(runOptions({ provider: "openai", file: "a.json" }), /--model is missing/);
    await assert.rejects(
      runOptions({ ...csv, promptTemplate: "no column" }),
      /--prompt-template: names no column/,
    );
  });
});
