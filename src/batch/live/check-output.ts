/** Whether the answers may be written where the job says, before anything is spent on them. */

import { access, realpath, stat } from "node:fs/promises";
import { loomError } from "../../errors/index.ts";
import { systemCode } from "../home/file-fault.ts";
import type { Job } from "../job.ts";
import type { RunServices } from "../run-services.ts";

export function journalPath({ output }: Pick<Job, "output">): string {
  return `${output}.journal`;
}

/**
 * A journal beside the output says that it is this job's already: the run before it was allowed to write it.
 *
 * @throws LoomError `file-unwritable`, when there is an output that nobody has given up; `invalid-request`, when it is the input
 */
export async function checkOutput(
  job: Pick<Job, "file" | "output" | "force">,
  confirm: RunServices["confirm"],
): Promise<void> {
  const { file, output, force } = job;
  if (!await exists(output)) return;
  if (await realpath(output) === await realpath(file)) {
    throw loomError("invalid-request", `--output ${output} is the input itself; name another file`, {
      path: "output",
    });
  }
  if ((await stat(output)).isDirectory()) {
    throw loomError("file-unwritable", `--output ${output} is a folder; name a file in it`, { file: output });
  }
  if (force || await exists(journalPath(job))) return;
  if (await confirm?.(`Overwrite ${output}?`) === true) return;
  throw loomError(
    "file-unwritable",
    `${output} exists already; --force overwrites it, --output names another file`,
    { file: output },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (cause) {
    // Any other fault is met again, and told, when the journal is opened beside it.
    if (systemCode(cause) === "ENOENT" || systemCode(cause) === "ENOTDIR") return false;
    return true;
  }
}
