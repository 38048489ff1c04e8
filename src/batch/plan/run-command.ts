/** The command that runs a plan, to be copied into a shell. */

import type { Way } from "./choose-mode.ts";

/** @param given flags and values that say what is asked, as `loom run` takes them */
export function runCommand(given: readonly string[], { mode, workers }: Way): string {
  const how = mode === "batch" ? ["--batch"] : ["--sync", "--workers", String(workers ?? 1)];
  return ["loom", "run", ...given, ...how].map(quoted).join(" ");
}

/** As POSIX shells read it. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
