/** Reads the command line, runs the command, and ends with the exit code of the error table. */

import process from "node:process";
import { Command } from "commander";
import { errorTable, LoomError } from "../errors/index.ts";
import { cacheCommand } from "./cache.ts";
import { cancelCommand } from "./cancel.ts";
import { configCommand } from "./config.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { fetchCommand } from "./fetch.ts";
import { listCommand } from "./list.ts";
import { logsCommand } from "./logs.ts";
import { modelsCommand } from "./models.ts";
import { queueCommand } from "./queue.ts";
import { runCommand } from "./run.ts";
import { planCommand } from "./plan.ts";
import { serveCommand } from "./serve.ts";
import { statsCommand } from "./stats.ts";
import { tokensCommand } from "./tokens.ts";
import { topCommand } from "./top.ts";
import { whatifCommand } from "./whatif.ts";
import { workerCommand } from "./worker.ts";
import { version } from "../runtime/version.ts";

/** @param argv the arguments after the program's name. Default: those of the process */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const program = new Command("loom")
    .description("One runtime for calling AI models: SDK, gateway and batches.")
    .version(version())
    .showHelpAfterError();
  cacheCommand(program);
  cancelCommand(program);
  configCommand(program);
  doctorCommand(program);
  explainCommand(program);
  fetchCommand(program);
  listCommand(program);
  logsCommand(program);
  modelsCommand(program);
  queueCommand(program);
  runCommand(program);
  planCommand(program);
  serveCommand(program);
  statsCommand(program);
  tokensCommand(program);
  topCommand(program);
  whatifCommand(program);
  workerCommand(program);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    process.stderr.write(`loom: ${error.message}\n`);
    process.exitCode = errorTable[error.code].exit;
  }
}
