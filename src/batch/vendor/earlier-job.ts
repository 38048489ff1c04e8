/** What an earlier run of the same command has left: nothing, batches at the vendor, or a job that is handed in by half. */

import type { JobPlan } from "./plan-parts.ts";
import { isPending, type SeenBatch } from "./seen-batches.ts";

export interface EarlierJob {
  readonly job: string;
  /** In their order. */
  readonly parts: readonly SeenBatch[];
  /** All of its parts are at the vendor. */
  readonly isWhole: boolean;
  /** Whether its parts are those of this plan. */
  isOf(plan: JobPlan): boolean;
}

/**
 * @param batches all with the fingerprint of the command
 * @returns the one that is to be completed, before one that is complete; `undefined`: none is under way
 */
export function earlierJob(batches: readonly SeenBatch[]): EarlierJob | undefined {
  const jobs = Map.groupBy(batches, ({ part }) => part.job);
  const pending = [...jobs.values()].filter((parts) => parts.some(isPending)).map(describe);
  return pending.find(({ isWhole }) => !isWhole) ?? pending[0];
}

function describe(batches: readonly SeenBatch[]): EarlierJob {
  const parts = batches.toSorted((one, other) => one.part.part - other.part.part);
  const { job = "", parts: wanted = 0 } = parts[0]?.part ?? {};
  return {
    job,
    parts,
    isWhole: parts.length === wanted && parts.every(({ part }) => part.state !== "submitting"),
    isOf: (plan) =>
      plan.parts.length === wanted &&
      parts.every(({ part }) =>
        part.input?.digest === plan.input.digest &&
        JSON.stringify(part.rows) === JSON.stringify(plan.parts[part.part])
      ),
  };
}
