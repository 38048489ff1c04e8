/** Which rows `--limit` and `--sample` leave, once it is known how many there are. */

import { loomError } from "../../errors/index.ts";
import type { Job } from "../job.ts";

export interface SelectedRows {
  readonly isSelected: (index: number) => boolean;
  /** `undefined`: nobody has counted them. */
  readonly total: number | undefined;
}

/** @param count rows of the dataset; a sample needs it */
export function selectedRows(
  { limit = Infinity, sample }: Pick<Job, "limit" | "sample">,
  count: number | undefined,
): SelectedRows {
  if (sample === undefined) {
    return {
      isSelected: (index) => index < limit,
      total: count === undefined ? undefined : Math.min(limit, count),
    };
  }
  if (count === undefined) throw loomError("internal", "a sample of a dataset that nobody has counted", {});
  const population = Math.min(limit, count);
  const wanted = Math.min(sample, population);
  const stepsUntil = (index: number) => Math.floor(index * wanted / population);
  return {
    isSelected: (index) => index < population && stepsUntil(index + 1) > stepsUntil(index),
    total: wanted,
  };
}
