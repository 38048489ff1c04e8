/** Tells when a file has changed: by looking, which also sees what editors and mounted config maps do. */

import { stat } from "node:fs/promises";
import type { Clock } from "../../contract/index.ts";

/** Between two looks. */
const lookMs = 1_000;

/** @param changed is waited for before the next look; gives a function that stops it */
export function watchFile(file: string, clock: Clock, changed: () => Promise<void>): () => void {
  let stopped = false;
  let stopTimer = () => {};
  let seen: string | undefined;
  const look = async () => {
    const now = await fingerprint(file);
    // A file that is gone for a moment is one that is being replaced.
    if (now !== undefined && seen !== undefined && now !== seen) await changed();
    seen = now ?? seen;
    if (!stopped) stopTimer = clock.after(lookMs, () => void look(), { background: true });
  };
  void look();
  return () => {
    stopped = true;
    stopTimer();
  };
}

async function fingerprint(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}
