/** `loom tokens`: the input tokens of a dataset, by the vendor's count or by the tokenizer of this machine. */

import process from "node:process";
import type { Command } from "commander";
import type { LiveJob } from "../batch/job.ts";
import type { TokenTotals } from "../batch/plan/token-tally.ts";
import { errorTable, LoomError, loomError } from "../errors/index.ts";
import { planning, type PlanningServices } from "./planning.ts";
import { print } from "./print.ts";
import { processProgress } from "./progress/process-progress.ts";
import { count } from "./progress/words.ts";
import { type RunFlags, runOptions } from "./run-options.ts";

interface TokensFlags extends RunFlags {
  readonly local?: boolean;
}

/** Of the specification. */
const exitNotAvailable = 2;

export function tokensCommand(program: Command): void {
  program.command("tokens")
    .description("count the input tokens of a dataset with the provider's counting endpoint")
    .option("-f, --file <path>", "the dataset: .json, .csv or .jsonl, each also with .gz")
    .option("-p, --provider <id>", "whose endpoint counts: anthropic, google …")
    .option("-m, --model <id>", "the provider's model")
    .option("-c, --col <column>", "the column of the prompt; needed for CSV, default prompt")
    .option("-w, --workers <count>", "prompts that are counted at once; default 8")
    .option("--api-key <key>", "wins over the environment and .env")
    .option("--system <text>", "system text for every row")
    .option("--prompt-template <text>", "a prompt of several columns: 'Classify: {{text}}'")
    .option("--local", "count on this machine: exact for OpenAI's models, an estimate for others")
    .option("--json", "progress and result as lines of JSON on standard output")
    .action(async (flags: TokensFlags) => {
      const { job, json } = await runOptions(flags);
      const progress = processProgress({ json });
      await planning(job, progress, async (services) => {
        try {
          await tokens(job, flags, services);
        } catch (error) {
          if (!LoomError.is(error)) throw error;
          progress.end();
          const notAvailable = LoomError.is(error, "unsupported") && flags.local !== true;
          const exit = notAvailable ? exitNotAvailable : errorTable[error.code].exit;
          const text = notAvailable ? await notAvailableText(error, job) : error.message;
          if (json) progress.note(text, { error: error.code, exit_code: exit });
          if (!notAvailable) throw error;
          process.stderr.write(`${text}\n`);
          process.exitCode = exit;
        }
      });
    });
}

async function tokens(job: LiveJob, flags: TokensFlags, services: PlanningServices): Promise<void> {
  const { file, ask, workers } = job;
  const { countByVendor } = await import("../batch/plan/count-tokens.ts");
  const totals = flags.local === true
    ? await locally(job, services)
    : await countByVendor(file, ask, workers, services);
  await tell(job, flags, totals, services);
  const { errors, prompts } = totals;
  if (errors === 0) return;
  const message = `${count(errors)} of ${
    count(prompts)
  } prompts could not be counted; the total leaves them out`;
  throw loomError("rows-failed", message, { failed: errors });
}

async function locally({ file, ask }: LiveJob, services: PlanningServices): Promise<TokenTotals> {
  const { countLocally } = await import("../batch/plan/count-tokens.ts");
  const { encoding, exact, ...totals } = await countLocally(file, ask, services);
  const text = exact
    ? `Counted on this machine with ${encoding}`
    : `Estimated on this machine with ${encoding}: ${ask.provider}/${ask.model} has a tokenizer of its own`;
  services.progress.note(text, { encoding, exact });
  return totals;
}

async function tell(
  { ask: { provider, model } }: LiveJob,
  { json, local = false }: TokensFlags,
  { inputTokens, prompts, errors }: TokenTotals,
  { progress }: PlanningServices,
): Promise<void> {
  const text = `Total input tokens: ${count(inputTokens)} across ${count(prompts)} prompts ` +
    `(provider=${provider}, model=${model}, errors=${errors})`;
  if (json !== true) return await print(`${text}\n`);
  progress.note(text, { total_input_tokens: inputTokens, prompts, errors, provider, model, local });
}

async function notAvailableText({ message }: LoomError, { ask: { model } }: LiveJob): Promise<string> {
  const { encodingOf } = await import("../batch/plan/local-tokenizer.ts");
  const { encoding, exact } = await encodingOf(model);
  const how = exact ? "exact for this model" : "an estimate for this model";
  return `Token counting not available: ${message}. --local counts on this machine with ${encoding}, ${how}.`;
}
