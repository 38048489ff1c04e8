/** `loom cache clear`: deletes the answers that live runs have kept. */

import type { Command } from "commander";
import { type CacheSize, clearCache, measureCache } from "../batch/home/clear-cache.ts";
import { loomHome } from "../batch/home/loom-home.ts";
import { loomError } from "../errors/index.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { personAtTerminal } from "./confirm.ts";
import { print } from "./print.ts";
import { count } from "./progress/words.ts";

export function cacheCommand(program: Command): void {
  program.command("cache")
    .description("what live runs have kept of answers")
    .command("clear")
    .description("delete every cached response under ~/.loom/cache (LOOM_HOME moves it)")
    .option("-y, --yes", "do not ask")
    .action(async ({ yes = false }: { readonly yes?: boolean }) => {
      const home = loomHome(processEnvironment());
      if (!yes && !await agreed(home.cache, await measureCache(home))) return;
      const cleared = await clearCache(home);
      await print(
        isEmpty(cleared)
          ? `There are no cached responses under ${home.cache}.\n`
          : `Deleted ${told(cleared)} under ${home.cache}.\n`,
      );
    });
}

/** @throws LoomError `invalid-request`, when there is something to delete and nobody to ask */
async function agreed(folder: string, size: CacheSize): Promise<boolean> {
  if (isEmpty(size)) return true;
  const confirm = personAtTerminal();
  if (confirm === undefined) {
    const message = `would delete ${
      told(size)
    } under ${folder}, and nobody is at a terminal to ask; add --yes`;
    throw loomError("invalid-request", message, { path: "yes" });
  }
  if (await confirm(`Delete ${told(size)} under ${folder}?`)) return true;
  await print("Nothing was deleted.\n");
  return false;
}

function isEmpty({ files, bytes }: CacheSize): boolean {
  return files === 0 && bytes === 0;
}

function told({ files, bytes }: CacheSize): string {
  return `${count(files)} cached response${files === 1 ? "" : "s"} (${sizeOf(bytes)})`;
}

function sizeOf(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}
