/** The jobs that lie in a Redis, and whether there is something to do for them. */

import type { Redis } from "ioredis";
import { anyJobSchema, queueForm, readAs, type SharedJob, sharedJobSchema } from "./queue-form.ts";
import { jobKeys, jobsKey } from "./queue-keys.ts";

export interface OpenJob {
  readonly name: string;
  readonly job: SharedJob;
  /** Chunks that nobody has, and that somebody has. */
  readonly waiting: number;
  readonly active: number;
}

export interface ForeignJob {
  readonly name: string;
  /** Of the Loom that wrote it, and the form that it writes; `undefined`: it is nothing that any Loom wrote. */
  readonly written: { readonly loom: string; readonly form: number } | undefined;
}

export interface FoundJobs {
  /** Oldest first. */
  readonly jobs: readonly OpenJob[];
  readonly foreign: readonly ForeignJob[];
}

export async function readJobs(client: Redis): Promise<FoundJobs> {
  const described = Object.entries(await client.hgetall(jobsKey));
  const lengths = client.pipeline();
  for (const [name] of described) {
    const { waiting, active } = jobKeys(name);
    lengths.llen(waiting).llen(active);
  }
  const counts = described.length === 0 ? [] : await lengths.exec() ?? [];
  const jobs: OpenJob[] = [];
  const foreign: ForeignJob[] = [];
  for (const [at, [name, text]] of described.entries()) {
    const job = readAs(sharedJobSchema, text);
    const [waiting, active] = [Number(counts[2 * at]?.[1] ?? 0), Number(counts[2 * at + 1]?.[1] ?? 0)];
    if (job === undefined) foreign.push({ name, written: readAs(anyJobSchema, text) });
    else jobs.push({ name, job, waiting, active });
  }
  return { jobs: jobs.sort((one, other) => one.job.createdMs - other.job.createdMs), foreign };
}

/** Why a job is left alone, for people. */
export function foreignText({ name, written }: ForeignJob): string {
  if (written === undefined || written.form === queueForm) {
    return `job ${name} is garbled, so nobody works on it`;
  }
  return `job ${name} was shared by Loom ${written.loom} in form ${written.form}, and this Loom knows form ${queueForm}: ` +
    "run the same version on all machines";
}
