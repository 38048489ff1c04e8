/** Money that a job may spend: what is under way is reserved, so that the sum of both never passes the limit. Pure. */

export interface Budget {
  readonly limitUsd: number;
  readonly spentUsd: number;
  /**
   * Sets money aside for a row, and no less than the dearest row so far has cost: answers may be longer than anybody assumed.
   *
   * @returns how much, for `settle`; `undefined`: it does not fit beside what was spent and what is under way
   */
  reserve(estimateUsd: number): number | undefined;
  /** A row has ended. @param costUsd `null`: nobody knows, so it is taken for what was reserved */
  settle(reservedUsd: number, costUsd: number | null): void;
}

/** In nano-USD, as the prices are: sums of fractions of a dollar would drift. */
const nano = 1e9;

/** @param spentUsd in earlier runs of the same job */
export function budget(limitUsd: number, spentUsd: number): Budget {
  const limit = Math.floor(limitUsd * nano);
  let spent = Math.round(spentUsd * nano);
  let reserved = 0;
  let dearest = 0;
  return {
    limitUsd,
    get spentUsd() {
      return spent / nano;
    },
    reserve(estimateUsd) {
      const amount = Math.max(dearest, Math.ceil(estimateUsd * nano));
      if (spent + reserved + amount > limit) return undefined;
      reserved += amount;
      return amount / nano;
    },
    settle(reservedUsd, costUsd) {
      const amount = Math.round(reservedUsd * nano);
      reserved -= amount;
      const cost = costUsd === null ? amount : Math.round(costUsd * nano);
      spent += cost;
      if (cost > dearest) dearest = cost;
    },
  };
}
