/** `loom cancel`: stops a batch at its vendor. */

import type { Command } from "commander";
import { loomHome } from "../batch/home/loom-home.ts";
import { loomError } from "../errors/index.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { batchLoom } from "./batch-loom.ts";
import { print } from "./print.ts";

export function cancelCommand(program: Command): void {
  program.command("cancel")
    .description("ask the provider to stop a batch; what was done by then is charged, and can be fetched")
    .argument("[id]", "the id that loom run printed")
    .option("-i, --id <id>", "the same")
    .option("--api-key <key>", "wins over the environment and .env")
    .action(async (given: string | undefined, flags: { readonly id?: string; readonly apiKey?: string }) => {
      const id = given ?? flags.id;
      if (id === undefined) {
        throw loomError("invalid-request", "which batch? loom list shows their ids", { path: "id" });
      }
      const { cancelBatch } = await import("../batch/vendor/cancel-batch.ts");
      const { chosenBatches } = await import("../batch/vendor/fetch-batches.ts");
      const { seenBatches } = await import("../batch/vendor/seen-batches.ts");
      const { silentProgress } = await import("../batch/progress.ts");
      const home = loomHome(processEnvironment());
      const chosen = chosenBatches(await seenBatches(home), { id, partial: false });
      await using loom = batchLoom({
        providers: chosen.map(({ provider }) => provider),
        apiKey: flags.apiKey,
      });
      const lines: string[] = [];
      const progress = { ...silentProgress, note: (text: string) => void lines.push(`${text}\n`) };
      await cancelBatch(id, { loom, home, progress, abort: new AbortController().signal });
      await print(lines.join(""));
    });
}
