/** Removes folders of batches that there never were: the process ended while one was being made. */

import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Making a batch takes no day. */
const oldMs = 86_400_000;

export async function removeLeftovers(folder: string, isKnown: (batch: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isKnown(name)) continue;
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > oldMs) await rm(join(folder, name), { recursive: true, force: true });
  }
}
