/** `loom run`: a dataset of prompts through a model, live or in the vendor's batches. */

import type { Command } from "commander";
import { loomHome } from "../batch/home/loom-home.ts";
import type { RunServices } from "../batch/run-services.ts";
import { errorTable, LoomError } from "../errors/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { batchLoom } from "./batch-loom.ts";
import { personAtTerminal } from "./confirm.ts";
import { liveFlagsNote } from "./live-flags.ts";
import { processProgress } from "./progress/process-progress.ts";
import { type RunFlags, type RunOptions, runOptions } from "./run-options.ts";
import { stopSignals } from "./stop-signals.ts";

export function runCommand(program: Command): void {
  program.command("run")
    .description("run a dataset of prompts (CSV, JSON, JSONL) through a model and add its answers")
    .option("-f, --file <path>", "the dataset: .json, .csv or .jsonl, each also with .gz")
    .option("-p, --provider <id>", "who is asked: openai, anthropic, google, openrouter …")
    .option("-m, --model <id>", "the provider's model")
    .option("-c, --col <column>", "the column of the prompt; needed for CSV, default prompt")
    .option("--api-key <key>", "wins over the environment and .env")
    .option("-o, --output <path>", "default <input>_results_<provider>_<model>.<ext> beside the input")
    .option("--sync", "ask live, row by row, and write the output at the end")
    .option("--batch", "hand in to the provider's batches, which loom fetch collects; the default")
    .option("-w, --workers <count>", "calls under way at most, live; default 8")
    .option("--no-cache", "neither read nor keep cached responses, live")
    .option("--force", "overwrite an output that exists without asking")
    .option("--with-meta", "add llm_provider and llm_model")
    .option("--prompt-template <text>", "a prompt of several columns: 'Classify: {{text}}'")
    .option("--system <text>", "system text for every row")
    .option("--schema <file>", "JSON Schema of the answers; its properties become columns")
    .option("--params <json>", "params of the vendor, as JSON or @file")
    .option("--max-cost-usd <amount>", "stop before the job costs more than this")
    .option("--limit <rows>", "ask only the first rows")
    .option("--sample <rows>", "ask only so many rows, spread evenly over the file")
    .option("--dedupe", "ask equal prompts once")
    .option("--retry-failed", "ask again what failed in an earlier run")
    .option("--fallback <models>", "provider/model to ask when the first one fails; several with commas")
    .option("--dry-run", "show rows, tokens, cost and time, and spend nothing")
    .option("--json", "progress and results as lines of JSON on standard output")
    .option("--queue <url>", "share the work with loom worker through this Redis")
    .action(async (flags: RunFlags) => {
      const options = await runOptions(flags);
      await run(options, liveFlagsNote(flags, options));
    });
}

async function run(options: RunOptions, note?: string): Promise<void> {
  const { job, json } = options;
  const progress = processProgress({ json, notesAreResults: true });
  const stop = stopSignals((text) => progress.note(text));
  const { signal, abort } = stop;
  if (note !== undefined) progress.note(note);
  try {
    await using loom = batchLoom({ providers: providersOf(job.ask), apiKey: job.apiKey });
    await start(options, {
      loom,
      progress,
      home: loomHome(processEnvironment()),
      clock: systemClock,
      signal,
      abort,
      logger: consoleLogger(),
      confirm: personAtTerminal(signal),
    });
  } catch (error) {
    progress.end();
    if (json && LoomError.is(error)) {
      progress.note(error.message, { error: error.code, exit_code: errorTable[error.code].exit });
    }
    throw error;
  } finally {
    stop.release();
  }
}

/** Each way to run is loaded when it is wanted. */
async function start(
  { mode, dryRun: dry, job, queueUrl = "" }: RunOptions,
  services: RunServices,
): Promise<void> {
  if (dry) {
    const { dryRun } = await import("../batch/plan/dry-run.ts");
    return await dryRun(job, services, { live: mode !== "batch" });
  }
  if (mode === "live") {
    const { runLive } = await import("../batch/live/run-live.ts");
    return await runLive(job, services);
  }
  if (mode === "queue") {
    const { runQueued } = await import("../batch/queue/run-queued.ts");
    return await runQueued(job, services, queueUrl);
  }
  const { runVendorBatch } = await import("../batch/vendor/run-vendor-batch.ts");
  await runVendorBatch(job, services);
}

function providersOf({ provider, fallback = [] }: RunOptions["job"]["ask"]): readonly string[] {
  return [provider, ...fallback.map((name) => name.slice(0, name.indexOf("/")))];
}
