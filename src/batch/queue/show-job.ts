/** Shows a shared job to its workers, and to those who look how far it is. Again and again, since Redis may forget. */

import { basename } from "node:path";
import type { Redis } from "ioredis";
import type { Clock } from "../../contract/services.ts";
import { version } from "../../runtime/version.ts";
import type { LiveJob } from "../job.ts";
import type { JournalTotals } from "../journal/journal.ts";
import { type JobFigures, queueForm, type SharedJob } from "./queue-form.ts";
import { figuresKey, jobsKey, newsChannel } from "./queue-keys.ts";

export interface ShownJob {
  /** Rows that have their record. */
  done: number;
  stopping: boolean;
  update(): Promise<void>;
  /** Workers and onlookers hear of it no more. */
  remove(): Promise<void>;
}

export interface ShowJobOptions {
  readonly client: Redis;
  readonly name: string;
  readonly job: LiveJob;
  readonly run: string;
  readonly clock: Clock;
  readonly totals: JournalTotals;
  readonly total: number | undefined;
  readonly done: number;
}

export function showJob(
  { client, name, job, run, clock, totals, total, done: before }: ShowJobOptions,
): ShownJob {
  const [createdMs, startMs] = [clock.now(), clock.monotonic()];
  let told: boolean | undefined;
  const shown: ShownJob = {
    done: before,
    stopping: false,
    async update() {
      const { done, stopping } = shown;
      const shared: SharedJob = {
        form: queueForm,
        loom: version(),
        run,
        ask: job.ask,
        file: basename(job.file),
        output: basename(job.output),
        createdMs,
        stopping,
      };
      const seconds = Math.max(1, (clock.monotonic() - startMs) / 1_000);
      const figures: JobFigures = {
        done,
        total: total ?? null,
        ok: totals.ok,
        failed: totals.failed,
        costUsd: totals.costUsd,
        rowsPerSecond: Math.max(0, done - before) / seconds,
        updatedMs: clock.now(),
      };
      await client.multi()
        .hset(jobsKey, name, JSON.stringify(shared))
        .hset(figuresKey, name, JSON.stringify(figures))
        .exec();
      if (told === stopping) return;
      told = stopping;
      await client.publish(newsChannel, name);
    },
    async remove() {
      await client.multi().hdel(jobsKey, name).hdel(figuresKey, name).publish(newsChannel, name).exec();
    },
  };
  return shown;
}
