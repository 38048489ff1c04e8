/** Whether an output can be written where a job says, before anything is spent: it is written hours later, by somebody else. */

import { access, constants, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { loomError } from "../../errors/index.ts";
import { fileUnwritable, systemCode } from "../home/file-fault.ts";
import type { Job } from "../job.ts";

/** @throws LoomError `invalid-request`, when it is the input itself; `file-unwritable` */
export async function checkTarget({ file, output }: Pick<Job, "file" | "output">): Promise<void> {
  try {
    await access(dirname(output), constants.W_OK);
  } catch (cause) {
    throw fileUnwritable(output, cause, "--output names another file");
  }
  let isFolder: boolean;
  try {
    isFolder = (await stat(output)).isDirectory();
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return;
    throw fileUnwritable(output, cause, "--output names another file");
  }
  if (isFolder) {
    throw loomError("file-unwritable", `--output ${output} is a folder; name a file in it`, { file: output });
  }
  let isInput = false;
  try {
    isInput = await realpath(output) === await realpath(file);
  } catch {
    // Whether the input is there is told when it is read.
  }
  if (!isInput) return;
  throw loomError("invalid-request", `--output ${output} is the input itself; name another file`, {
    path: "output",
  });
}
