/** One model as `loom models --json` prints it: prices in USD, under the names that catalog files use. */

import type { ModelEntry } from "../contract/catalog.ts";
import type { Price, Rates } from "../contract/cost.ts";
import { keyOfRate, rateNames } from "../catalog/index.ts";

/** A model for programs. What is unknown is absent; a price that is unknown is `null`. */
export function modelJson(entry: ModelEntry, today: string): Record<string, unknown> {
  const { provider, id, name, model, aliases, modality, price } = entry;
  return {
    provider,
    id,
    name,
    model,
    aliases,
    modality,
    context_tokens: entry.contextTokens,
    max_output_tokens: entry.maxOutputTokens,
    capabilities: entry.capabilities ?? [],
    deprecated: entry.deprecated,
    retired: entry.deprecated === undefined ? undefined : entry.deprecated <= today,
    params: entry.params,
    price: price === undefined ? null : priceJson(price),
    price_unknown: entry.priceUnknown,
  };
}

function priceJson(price: Price): Record<string, unknown> {
  const { steps, variants, batchDiscount } = price;
  return {
    ...ratesJson(price),
    steps: steps?.map((step) => ({
      above_input_tokens: step.aboveInputTokens,
      inclusive: step.inclusive,
      ...ratesJson(step),
    })),
    variants: variants?.map(({ when, factor, ...rates }) => ({ when, factor, ...ratesJson(rates) })),
    batch_discount: batchDiscount,
  };
}

function ratesJson(rates: Rates): Record<string, number> {
  const named: Record<string, number> = {};
  for (const rate of rateNames) {
    const nanoUsd = rates[rate];
    if (nanoUsd !== undefined) named[keyOfRate(rate)] = nanoUsd / 1e9;
  }
  return named;
}
