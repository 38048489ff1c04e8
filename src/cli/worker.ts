/** `loom worker`: asks the rows of jobs that others share through a Redis, with the keys of this machine. */

import type { Command } from "commander";
import type { AskSpec } from "../batch/ask/ask-spec.ts";
import type { Loom } from "../index.ts";
import { loomError } from "../errors/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { batchLoom } from "./batch-loom.ts";
import { processProgress } from "./progress/process-progress.ts";
import { queueUrl } from "./queue-url.ts";
import { stopSignals } from "./stop-signals.ts";

interface WorkerFlags {
  readonly queue?: string;
  readonly workers: string;
  readonly account: string;
  readonly lease: string;
  readonly json?: boolean;
}

export function workerCommand(program: Command): void {
  program.command("worker")
    .description("ask rows of jobs that loom run --queue shares; the keys are those of this machine")
    .option(
      "--queue <url>",
      "the Redis: redis://host:6379, rediss:// for TLS, with user, password and database",
    )
    .option("-w, --workers <count>", "calls under way at most", "8")
    .option("--account <name>", "workers of one account share its rate limits", "default")
    .option("--lease <seconds>", "rows of a worker that says nothing for so long go to others", "30")
    .option("--json", "progress as lines of JSON on standard output")
    .action(work);
}

async function work(flags: WorkerFlags): Promise<void> {
  const url = queueUrl(flags.queue);
  const workers = whole("workers", flags.workers, 1, 10_000);
  const leaseMs = whole("lease", flags.lease, 2, 3_600) * 1_000;
  const { account } = flags;
  const { runWorker } = await import("../batch/queue/run-worker.ts");
  const progress = processProgress({ json: flags.json });
  const { signal, abort, release } = stopSignals((text) => progress.note(text));
  try {
    await runWorker({ url, workers, account, leaseMs }, {
      loomFor,
      progress,
      clock: systemClock,
      signal,
      abort,
    });
  } finally {
    progress.end();
    release();
  }
}

function loomFor({ provider, fallback = [] }: AskSpec): Loom {
  return batchLoom({ providers: [provider, ...fallback.map((name) => name.slice(0, name.indexOf("/")))] });
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw loomError(
    "invalid-request",
    `--${flag} wants a whole number from ${least} to ${most}, not "${text}"`,
    { path: flag },
  );
}
