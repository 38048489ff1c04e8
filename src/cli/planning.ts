/** What counting and planning need of this process: a Loom, progress, and the signal that ends them. */

import { loomHome } from "../batch/home/loom-home.ts";
import type { LiveJob } from "../batch/job.ts";
import type { Progress } from "../batch/progress.ts";
import type { RunServices } from "../batch/run-services.ts";
import { systemClock } from "../runtime/clock.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { batchLoom } from "./batch-loom.ts";
import { stopSignals } from "./stop-signals.ts";

export type PlanningServices = Pick<RunServices, "loom" | "progress" | "home" | "clock" | "signal">;

/** Nothing is paid for here, so that the first Ctrl-C may give up at once what is under way. */
export async function planning(
  { ask, apiKey }: Pick<LiveJob, "ask" | "apiKey">,
  progress: Progress,
  work: (services: PlanningServices) => Promise<void>,
): Promise<void> {
  const { signal, release } = stopSignals(() => {});
  try {
    await using loom = batchLoom({ providers: [ask.provider], apiKey });
    await work({ loom, progress, home: loomHome(processEnvironment()), clock: systemClock, signal });
  } finally {
    progress.end();
    release();
  }
}
