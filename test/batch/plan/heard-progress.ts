/** Progress that remembers what it was told. */

import type { Progress, ProgressStage, ProgressUpdate } from "../../../src/batch/progress.ts";
import type { JsonObject } from "../../../src/contract/json.ts";

export interface HeardProgress extends Progress {
  readonly stages: readonly ProgressStage[];
  readonly updates: readonly ProgressUpdate[];
  readonly notes: readonly { readonly text: string; readonly data: JsonObject | undefined }[];
  readonly ended: boolean;
}

export function heardProgress(): HeardProgress {
  const stages: ProgressStage[] = [];
  const updates: ProgressUpdate[] = [];
  const notes: { text: string; data: JsonObject | undefined }[] = [];
  let ended = false;
  return {
    stages,
    updates,
    notes,
    get ended() {
      return ended;
    },
    begin: (stage) => void stages.push(stage),
    row: (update) => void updates.push(update),
    note: (text, data) => void notes.push({ text, data }),
    end: () => void (ended = true),
  };
}
