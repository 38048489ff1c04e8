/** `loom plan`: live or batch for a deadline, why, and the command to run. */

import process from "node:process";
import type { Command } from "commander";
import { type Choice, chooseMode } from "../batch/plan/choose-mode.ts";
import { deadlineOf } from "../batch/plan/deadline.ts";
import { span } from "../batch/plan/figures.ts";
import type { Forecast } from "../batch/plan/forecast.ts";
import { snakeCased } from "../batch/plan/forecast-json.ts";
import { forecastTable } from "../batch/plan/forecast-table.ts";
import { runCommand } from "../batch/plan/run-command.ts";
import { silentProgress } from "../batch/progress.ts";
import { loomError } from "../errors/index.ts";
import { planning } from "./planning.ts";
import { print } from "./print.ts";
import { processProgress } from "./progress/process-progress.ts";
import { type RunFlags, runOptions } from "./run-options.ts";

interface PlanFlags extends RunFlags {
  readonly deadline?: string;
  readonly outputTokens?: string;
  readonly secondsPerRow?: string;
}

/** A plan, with what it was made of. */
interface Planned {
  readonly forecast: Forecast;
  readonly choice: Choice;
  readonly deadlineMs: number;
  readonly nowMs: number;
  readonly command: string;
}

/** Flags that the plan alone has; all others go into the command. */
const own: ReadonlySet<string> = new Set(["deadline", "workers", "outputTokens", "secondsPerRow", "json"]);

export function planCommand(program: Command): void {
  program.command("plan")
    .description("choose live calls or a batch for a deadline; nothing is sent")
    .option("-f, --file <path>", "the dataset: .json, .csv or .jsonl, each also with .gz")
    .option("-p, --provider <id>", "who would be asked")
    .option("-m, --model <id>", "the provider's model")
    .option("--deadline <when>", "a time from now (90m, 2h, 1d) or a moment (2026-11-22T08:00Z)")
    .option("-c, --col <column>", "the column of the prompt; needed for CSV, default prompt")
    .option("-w, --workers <count>", "calls under way at most; default: as many as the deadline needs")
    .option("-o, --output <path>", "default <input>_results_<provider>_<model>.<ext> beside the input")
    .option("--prompt-template <text>", "a prompt of several columns: 'Classify: {{text}}'")
    .option("--system <text>", "system text for every row")
    .option("--schema <file>", "JSON Schema of the answers")
    .option("--params <json>", "params of the vendor, as JSON or @file")
    .option("--limit <rows>", "ask only the first rows")
    .option("--sample <rows>", "ask only so many rows, spread evenly over the file")
    .option("--dedupe", "ask equal prompts once")
    .option("--output-tokens <count>", "tokens that an answer is expected to have, instead of a guess")
    .option("--seconds-per-row <seconds>", "time that an answer is expected to take, instead of a guess")
    .option("--json", "print JSON")
    .action(async (flags: PlanFlags, command: Command) => {
      const { job, json } = await runOptions(flags);
      const nowMs = Date.now();
      const deadlineMs = deadlineOf(deadlineIn(flags), nowMs);
      const known = {
        outputTokensPerRow: numberIn("output-tokens", flags.outputTokens),
        rowMs: milliseconds(numberIn("seconds-per-row", flags.secondsPerRow)),
      };
      const { forecast } = await import("../batch/plan/dry-run.ts");
      await planning(job, json ? silentProgress : processProgress(), async (services) => {
        const found = await forecast(job, services, known);
        const choice = chooseMode(
          found,
          deadlineMs - nowMs,
          flags.workers === undefined ? undefined : job.workers,
        );
        const line = runCommand(givenFlags(command), choice.chosen);
        const planned = { forecast: found, choice, deadlineMs, nowMs, command: line };
        await print(json ? planJson(planned) : planText(planned));
        // Scripts must not take a plan that comes too late for one that does.
        if (!choice.chosen.meetsDeadline) process.exitCode = 1;
      });
    });
}

function planText({ forecast, choice, deadlineMs, nowMs, command }: Planned): string {
  const { chosen, why } = choice;
  const at = new Date(deadlineMs).toISOString().slice(0, 16).replace("T", " ");
  return [
    forecastTable(forecast),
    "",
    `Deadline: ${at} UTC, in ${span(deadlineMs - nowMs)}`,
    `${chosen.meetsDeadline ? "Plan" : "No plan meets it; the soonest"}: ${chosen.mode}. ${why}`,
    "",
    `  ${command}`,
    "",
  ].join("\n");
}

function planJson({ forecast, choice, deadlineMs, command }: Planned): string {
  const { chosen, other, why } = choice;
  const deadline = new Date(deadlineMs).toISOString();
  return JSON.stringify(snakeCased({ deadline, chosen, other, why, command, forecast }), null, 2) + "\n";
}

/** The flags as they were given, for the run. */
function givenFlags(command: Command): readonly string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (own.has(name) || option.long === undefined || option.long === null) return [];
    const value: unknown = command.getOptionValue(name);
    if (value === undefined || value === false) return [];
    return value === true ? [option.long] : [option.long, String(value)];
  });
}

function deadlineIn({ deadline }: PlanFlags): string {
  if (deadline !== undefined) return deadline;
  throw loomError("invalid-request", "--deadline is missing: a time from now such as 2h, or a moment", {
    path: "deadline",
  });
}

function numberIn(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < Infinity) return value;
  throw loomError("invalid-request", `--${flag} wants a number above 0, not "${text}"`, { path: flag });
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
