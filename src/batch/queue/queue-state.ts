/** What can be seen of a queue from anywhere. */

import type { Redis } from "ioredis";
import { foreignText, readJobs } from "./open-jobs.ts";
import { type JobFigures, jobFiguresSchema, readAs, type WorkerBeat } from "./queue-form.ts";
import { figuresKey, jobKeys } from "./queue-keys.ts";
import { readBeats } from "./worker-beats.ts";

export interface SeenJob {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly file: string;
  /** `running`; `stopped` by a person or a fault; `alone`: whoever coordinated it has died, and the same command goes on. */
  readonly state: "running" | "stopped" | "alone";
  readonly figures: JobFigures | undefined;
  /** Workers that are at it. */
  readonly workers: number;
  /** Answers that wait for a coordinator. */
  readonly answers: number;
}

export interface QueueState {
  readonly jobs: readonly SeenJob[];
  readonly workers: readonly WorkerBeat[];
  /** What is wrong with jobs that cannot be shown. */
  readonly problems: readonly string[];
  readonly nowMs: number;
}

export async function queueState(client: Redis, nowMs: number): Promise<QueueState> {
  const [{ jobs, foreign }, workers, figures] = await Promise.all([
    readJobs(client),
    readBeats(client),
    client.hgetall(figuresKey),
  ]);
  const seen = await Promise.all(jobs.map(async ({ name, job }): Promise<SeenJob> => {
    const keys = jobKeys(name);
    const [coordinators, answers] = await Promise.all([
      client.exists(keys.coordinator),
      client.xlen(keys.answers),
    ]);
    return {
      name,
      provider: job.ask.provider,
      model: job.ask.model,
      file: job.file,
      state: coordinators > 0 ? "running" : job.stopping ? "stopped" : "alone",
      figures: readAs(jobFiguresSchema, figures[name]),
      workers: workers.filter((worker) => worker.job === name).length,
      answers,
    };
  }));
  return { jobs: seen, workers, problems: foreign.map(foreignText), nowMs };
}
