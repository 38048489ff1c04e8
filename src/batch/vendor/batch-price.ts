/** Holds a job against its limit of money, at the price of batches, before anything is handed in. */

import type { VendorBatches } from "../../client/vendor-batches.ts";
import { loomError } from "../../errors/index.ts";
import { estimateInputTokens } from "../../util/estimate-input.ts";
import { assumedOutput } from "../plan/assumed-output.ts";
import { rowPrices } from "../plan/row-price.ts";
import type { RowCalls } from "./row-calls.ts";

export interface PriceCheck {
  add(prompt: string): void;
  /** @throws LoomError `budget-exceeded`; `invalid-request`, when no price is known */
  check(): void;
}

/** How far a guess from a text's length may be off. A batch cannot be stopped by what it costs, so it must fit beforehand. */
const margin = 1.25;

export function priceCheck(
  maxCostUsd: number,
  { target }: Pick<VendorBatches, "target">,
  calls: RowCalls,
): PriceCheck {
  const { outputPerRow } = assumedOutput(target, undefined, undefined);
  const priceOf = rowPrices(target, outputPerRow);
  const name = `${target.provider}/${target.model}`;
  let [nanoUsd, isKnown] = [0, true];
  return {
    add(prompt) {
      const { batch } = priceOf(Math.ceil(estimateInputTokens(calls.of(prompt)) * margin));
      if (batch === null) isKnown = false;
      else nanoUsd += batch;
    },
    check() {
      if (!isKnown) {
        const message =
          `--max-cost-usd cannot be kept: no price of ${name} is known; leave the limit out, or ask a ` +
          "model that loom models shows with a price";
        throw loomError("invalid-request", message, { path: "max-cost-usd" });
      }
      const usd = nanoUsd / 1e9;
      if (usd <= maxCostUsd) return;
      const message =
        `nothing was handed in: the job may cost ${usd.toFixed(2)} USD at the price of batches, with ` +
        `${outputPerRow} tokens an answer, and --max-cost-usd is ${maxCostUsd}; ` +
        "a smaller --limit, or a bound in --params such as max_tokens, lowers that";
      throw loomError("budget-exceeded", message, { limitUsd: maxCostUsd, estimateUsd: usd });
    },
  };
}
