/** Where Loom keeps what outlives a run: `~/.loom`, or the folder that LOOM_HOME names. */

import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "../../contract/services.ts";
import { loomError } from "../../errors/index.ts";
import { fileUnwritable } from "./file-fault.ts";

export interface LoomHome {
  /** Absolute; like the folders in it, it need not be there yet. */
  readonly path: string;
  /** State files of batches that are under way. */
  readonly batches: string;
  /** Answers of live runs. */
  readonly cache: string;
}

/** @throws LoomError `file-unwritable`, when the user has no home directory and LOOM_HOME says nothing */
export function loomHome(environment: Environment, userHome: () => string = homedir): LoomHome {
  const named = environment.get("LOOM_HOME");
  const path = named === undefined
    ? join(directoryOf(userHome), ".loom")
    // A shell does not expand `~` in a `.env` file.
    : /^~(?=$|[/\\])/.test(named)
    ? join(directoryOf(userHome), named.slice(1))
    : resolve(named);
  return { path, batches: join(path, "batches"), cache: join(path, "cache") };
}

/**
 * Makes a folder of the home, with whatever is missing above it, for this user alone: it holds prompts' answers.
 *
 * @throws LoomError `file-unwritable`, naming it and LOOM_HOME
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileUnwritable(path, cause, "LOOM_HOME names another folder for what Loom keeps");
  }
}

function directoryOf(userHome: () => string): string {
  let cause: unknown;
  try {
    const path = userHome();
    if (path !== "") return path;
  } catch (error) {
    cause = error;
  }
  throw loomError(
    "file-unwritable",
    "this user has no home directory; set LOOM_HOME to a folder for what Loom keeps",
    { file: "~/.loom" },
    { cause },
  );
}
