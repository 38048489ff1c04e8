/** What calls of the past would have cost at another price, from their sums alone. */

import type { Price, Rates } from "../contract/cost.ts";
import { ratesFor } from "./effective-rates.ts";
import { bill } from "./price.ts";
import { rateNames } from "./rates.ts";

/** Sums over calls that are alike: those of one model. `CallTotals` fits. */
export interface TokenTotals {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

export interface Repriced {
  /** `null`: the price does not say what such tokens cost. */
  readonly nanoUsd: number | null;
}

/** A bill cuts counts that no call can have; sums may have more, and are billed in pieces below it. */
const mostPerBill = 1_000_000_000;

/**
 * The same tokens at another price. Long inputs that cost more are judged by the average call of each entry, so give one entry
 * for each model that was used. Tokens that a vendor's cache served count as served from the other vendor's cache, too.
 */
export function reprice(
  totals: TokenTotals | readonly TokenTotals[],
  price: Price | undefined,
): Repriced {
  let sum = 0;
  for (const one of listOf(totals)) {
    const nanoUsd = priceOf(one, price);
    if (nanoUsd === null) return { nanoUsd: null };
    sum += nanoUsd;
  }
  return { nanoUsd: sum };
}

function listOf(totals: TokenTotals | readonly TokenTotals[]): readonly TokenTotals[] {
  return "requests" in totals ? [totals] : totals;
}

function priceOf(totals: TokenTotals, price: Price | undefined): number | null {
  const { requests, inputTokens, outputTokens, cachedTokens } = totals;
  if (inputTokens === 0 && outputTokens === 0) return 0;
  const { request = 0, ...rates } = ratesOfAverage(price, inputTokens / Math.max(1, requests));
  const pieces = Math.max(1, Math.ceil(Math.max(inputTokens, outputTokens) / mostPerBill));
  const { nanoUsd } = bill(rates, {
    inputTokens: inputTokens / pieces,
    outputTokens: outputTokens / pieces,
    cachedTokens: cachedTokens / pieces,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: (inputTokens + outputTokens) / pieces,
  });
  return nanoUsd === null ? null : nanoUsd * pieces + request * requests;
}

/** The rates alone: without the steps, which the sums must not climb. */
function ratesOfAverage(price: Price | undefined, inputTokens: number): Rates {
  const rates = ratesFor(price, inputTokens);
  return Object.fromEntries(
    rateNames.flatMap((name) => rates[name] === undefined ? [] : [[name, rates[name]]]),
  );
}
