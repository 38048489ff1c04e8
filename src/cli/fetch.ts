/** `loom fetch`: asks how far batches are, and writes the answers of those that are done. */

import type { Command } from "commander";
import { loomHome } from "../batch/home/loom-home.ts";
import type { SeenBatch } from "../batch/vendor/seen-batches.ts";
import { errorTable, LoomError, loomError } from "../errors/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { batchLoom } from "./batch-loom.ts";
import { personAtTerminal } from "./confirm.ts";
import { processProgress } from "./progress/process-progress.ts";
import { stopSignals } from "./stop-signals.ts";

interface FetchFlags {
  readonly id?: string;
  /** `false`: `--no-all`. */
  readonly all?: boolean;
  readonly apiKey?: string;
  readonly keep?: boolean;
  readonly force?: boolean;
  readonly partial?: boolean;
  readonly json?: boolean;
}

export function fetchCommand(program: Command): void {
  program.command("fetch")
    .description("ask how far submitted batches are, and write the output of those that are done")
    .option("-i, --id <id>", "one batch, by the id that loom run printed; implies --no-all")
    .option("-a, --all", "every pending batch under ~/.loom/batches (LOOM_HOME moves it); the default")
    .option("--no-all", "only the one that --id names")
    .option("--api-key <key>", "wins over the environment and .env")
    .option("-k, --keep", "keep the batch's file under ~/.loom/batches after its output is written")
    .option("--force", "overwrite an output that exists without asking")
    .option("--partial", "of batches that expired or were cancelled, write the rows that were done")
    .option("--json", "statuses and results as lines of JSON on standard output")
    .action(async (flags: FetchFlags) => await fetchAll(flags));
}

async function fetchAll(flags: FetchFlags): Promise<void> {
  const { id, all, apiKey, keep = false, force = false, partial = false, json = false } = flags;
  if (all === false && id === undefined) {
    throw loomError("invalid-request", "--no-all fetches one batch; name it with --id", { path: "id" });
  }
  const { chosenBatches, fetchBatches } = await import("../batch/vendor/fetch-batches.ts");
  const { seenBatches } = await import("../batch/vendor/seen-batches.ts");
  const home = loomHome(processEnvironment());
  const seen = await seenBatches(home);
  const request = { id, keep, force, partial };
  const providers = providersOf(chosenBatches(seen, request), apiKey);
  // What is found out is what this command is for.
  const progress = processProgress({ json, notesAreResults: true });
  const stop = stopSignals((text) => progress.note(text));
  try {
    await using loom = batchLoom({ providers, apiKey });
    await fetchBatches(request, seen, {
      loom,
      progress,
      home,
      clock: systemClock,
      signal: stop.signal,
      abort: stop.abort,
      logger: consoleLogger(),
      confirm: personAtTerminal(stop.signal),
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

/** A key is one vendor's: no other gets to see it. */
function providersOf(chosen: readonly SeenBatch[], apiKey: string | undefined): readonly string[] {
  const providers = [...new Set(chosen.map(({ provider }) => provider))];
  if (apiKey === undefined || providers.length < 2) return providers;
  const message =
    `--api-key is the key of one provider, and batches of ${providers.join(", ")} are pending; ` +
    "name one batch with --id, or set the keys in the environment";
  throw loomError("invalid-request", message, { path: "api-key" });
}
