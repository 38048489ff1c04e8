/** What follows once the output of a job is written: its state files go, or say that they are done with. */

import type { LoomHome } from "../home/loom-home.ts";
import { changeBatch, removeFile } from "./change-batch.ts";
import { journalFiles } from "./job-files.ts";
import type { SeenBatch } from "./seen-batches.ts";

/**
 * The one that says `merged` goes last: whoever finds it after a crash finishes this.
 *
 * @throws LoomError `file-unwritable`
 */
export async function forgetJob(home: LoomHome, parts: readonly SeenBatch[], keep: boolean): Promise<void> {
  const merged = parts.filter(({ part }) => part.state === "merged");
  const rest = parts.filter(({ part }) => part.state !== "merged");
  for (const seen of rest) {
    if (keep) {
      await changeBatch(home, seen, { part: { state: "merged", keep }, without: ["mayReplace"] });
    } else await removeFile(seen.path);
  }
  const [first] = parts;
  if (first !== undefined) {
    for (const path of await journalFiles(home, first.part)) {
      await removeFile(path);
    }
  }
  if (!keep) { for (const seen of merged) await removeFile(seen.path); }
}
