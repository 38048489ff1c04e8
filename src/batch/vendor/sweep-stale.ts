/** Deletes what crashes have left beside newer files of the same batches. */

import { removeFile } from "./change-batch.ts";
import type { SeenBatches } from "./seen-batches.ts";

/** Without this, a submission whose batch is fetched and forgotten would look as if nobody had heard of it. */
export async function sweepStale({ stale }: Pick<SeenBatches, "stale">): Promise<void> {
  for (const path of stale) await removeFile(path);
}
