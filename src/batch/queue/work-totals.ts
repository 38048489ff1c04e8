/** What a worker has done since it was started, for its progress. */

import type { RowRecord } from "../journal/journal.ts";
import type { Progress } from "../progress.ts";

export interface WorkTotals {
  readonly done: number;
  /** @param workers calls that may be under way now */
  add(record: RowRecord, workers: number): void;
  end(): void;
}

export function workTotals(progress: Progress): WorkTotals {
  let [done, ok, failed, costNano, inputTokens] = [0, 0, 0, 0, 0];
  return {
    get done() {
      return done;
    },
    add({ status, costUsd, usage }, workers) {
      if (done === 0) progress.begin({ label: "Working" });
      done++;
      if (status === "ok") ok++;
      else failed++;
      costNano += Math.round((costUsd ?? 0) * 1e9);
      inputTokens += usage?.inputTokens ?? 0;
      progress.row({ done, ok, failed, costUsd: costNano / 1e9, inputTokens, workers });
    },
    end: () => progress.end(),
  };
}
