/** What a row would cost, live and in a batch, in whole nano-USD. */

import type { Target } from "../../contract/target.ts";
import { estimate } from "../../catalog/index.ts";

export interface RowPrice {
  /** `null`: the catalog has no price for something that is used. */
  readonly live: number | null;
  readonly batch: number | null;
}

/** Rows of equal length cost the same, and lengths repeat: so many of them are remembered. */
const mostRemembered = 10_000;

/** @returns the price of a row with so many input tokens */
export function rowPrices(
  { price, params }: Target,
  outputTokens: number,
): (inputTokens: number) => RowPrice {
  const remembered = new Map<number, RowPrice>();
  return (inputTokens) => {
    const before = remembered.get(inputTokens);
    if (before !== undefined) return before;
    const found = {
      live: estimate(price, inputTokens, outputTokens, {}, { params }),
      batch: estimate(price, inputTokens, outputTokens, {}, { params, batch: true }),
    };
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(inputTokens, found);
    return found;
  };
}
