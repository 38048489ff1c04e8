/** Flags that only live calls heed: given with a batch they are told of, and do nothing. */

import type { RunFlags, RunOptions } from "./run-options.ts";

/** @returns `undefined`, when there is nothing to say */
export function liveFlagsNote(
  { workers, cache }: Pick<RunFlags, "workers" | "cache">,
  { mode }: Pick<RunOptions, "mode">,
): string | undefined {
  if (mode !== "batch") return undefined;
  const flags = [...workers === undefined ? [] : ["--workers"], ...cache === false ? ["--no-cache"] : []];
  const [verb, does] = flags.length === 1 ? ["belongs", "does"] : ["belong", "do"];
  return flags.length === 0
    ? undefined
    : `${flags.join(" and ")} ${verb} to --sync and ${does} nothing in a batch`;
}
