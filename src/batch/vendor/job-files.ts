/** Where the journals of jobs are while their vendors work on them, and who may work on a job. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LoomHome } from "../home/loom-home.ts";
import { ensureFolder } from "../home/loom-home.ts";
import { type JournalLock, lockJournal } from "../journal/journal-lock.ts";
import type { JobPart } from "./job-part.ts";

function jobsFolder({ path }: Pick<LoomHome, "path">): string {
  return join(path, "jobs");
}

export async function journalPath(
  home: Pick<LoomHome, "path">,
  { job }: Pick<JobPart, "job">,
): Promise<string> {
  await ensureFolder(jobsFolder(home));
  return join(jobsFolder(home), `${job}.journal`);
}

/** The journal of a job, and what a killed process has left beside it. */
export async function journalFiles(
  home: Pick<LoomHome, "path">,
  { job }: Pick<JobPart, "job">,
): Promise<readonly string[]> {
  const folder = jobsFolder(home);
  await ensureFolder(folder);
  return (await readdir(folder)).filter((name) => name.startsWith(`${job}.journal`)).map((name) =>
    join(folder, name)
  );
}

/**
 * One process at a time hands a job in, or fetches it. The lock ends with its process, however that ends.
 *
 * @throws LoomError `file-unwritable`, saying who has it
 */
export async function lockJob(
  home: Pick<LoomHome, "path">,
  { fingerprint }: Pick<JobPart, "fingerprint">,
): Promise<JournalLock> {
  await ensureFolder(jobsFolder(home));
  return await lockJournal(join(jobsFolder(home), fingerprint));
}
