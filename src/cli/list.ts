/** `loom list`: every batch that Loom knows of, with the status that was last seen. */

import type { Command } from "commander";
import { loomHome } from "../batch/home/loom-home.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { print } from "./print.ts";

export function listCommand(program: Command): void {
  program.command("list")
    .description("list every batch that loom run has submitted, with its last-seen status")
    .option("--json", "print JSON")
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { seenBatches } = await import("../batch/vendor/seen-batches.ts");
      const { batchList, batchTable } = await import("../batch/vendor/list-batches.ts");
      const seen = await seenBatches(loomHome(processEnvironment()));
      await print(json ? JSON.stringify(batchList(seen), null, 2) + "\n" : batchTable(seen));
    });
}
