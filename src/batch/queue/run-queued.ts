/** `loom run --queue`: a live run whose rows are asked by `loom worker`, on this machine or others, through Redis. */

import type { LiveJob } from "../job.ts";
import { runLive } from "../live/run-live.ts";
import type { RunServices } from "../run-services.ts";
import { openRedis } from "./open-redis.ts";
import { shareRows } from "./share-rows.ts";

/**
 * The journal lies here, beside the output; what workers have finished waits in Redis until it is in there, also for a later run
 * of the same command.
 *
 * @throws LoomError as `runLive` does; `connection-failed`, when Redis cannot be reached, or not any more
 */
export async function runQueued(
  job: LiveJob,
  services: RunServices,
  url: string,
  options: { readonly patienceMs?: number } = {},
): Promise<void> {
  const { clock, progress } = services;
  const redis = await openRedis(url, { ...options, clock, note: (text) => progress.note(text) });
  try {
    await runLive(job, services, (run) => shareRows(run, { job, services, redis }));
  } finally {
    redis.close();
  }
}
