/** What an earlier live run of the same job has answered, as its journal says. */

import { existsSync } from "node:fs";
import { LoomError } from "../../errors/index.ts";
import type { LiveJob } from "../job.ts";
import type { Journal } from "../journal/journal.ts";
import { openJournal } from "../journal/open-journal.ts";
import { journalPath } from "../live/check-output.ts";
import { headerOf } from "../live/open-run.ts";
import type { Progress } from "../progress.ts";

/** @returns `undefined`, where there was none, or nobody can tell; why not is noted. To be closed */
export async function earlierRun(job: LiveJob, progress: Progress): Promise<Journal | undefined> {
  const path = journalPath(job);
  if (!existsSync(path)) return undefined;
  try {
    return await openJournal(path, await headerOf(job), { fresh: false });
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    progress.note(`An earlier run was not looked at: ${error.message}`);
    return undefined;
  }
}
