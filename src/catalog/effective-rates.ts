/** Which rates hold for a call: the step that its input reaches, and the variant that its params and tier pick. */

import type { Price, PriceCondition, PriceFacts, PriceStep, PriceVariant, Rates } from "../contract/cost.ts";
import { rateNames } from "./rates.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const noRates: Rates = {};
const noFacts: PriceFacts = {};

/** Fees that no tier and no batch makes cheaper. */
const fees: readonly (keyof Rates)[] = ["query", "request"];

/**
 * The rates for a call with so much input.
 *
 * A step replaces base rates for the whole call. A variant replaces the rates that it names and multiplies the others by
 * its factor. Where both apply, a rate that the variant names rises by what the step makes of the base rate: half price
 * stays half price above the step. The discount for batches comes last.
 *
 * @param serviceTier the tier that the vendor says it used; wins over the one that was asked for
 */
export function ratesFor(
  price: Price | undefined,
  inputTokens: number,
  facts: PriceFacts = noFacts,
  serviceTier?: string,
): Rates {
  if (price === undefined) return noRates;
  const { steps, variants, batchDiscount } = price;
  // Anthropic reports rows of a batch as a tier of their own.
  const batch = facts.batch === true || serviceTier === "batch";
  const tier = batch ? "batch" : serviceTier;
  const step = steps === undefined ? undefined : stepOf(steps, inputTokens);
  const stepped = step === undefined ? price : { ...price, ...step };
  const variant = variants?.find(({ when }) => matches(when, facts, tier));
  const rates = variant === undefined ? stepped : varied(price, stepped, variant);
  const discounted = batch && batchDiscount !== undefined && variant?.when["batch"] === undefined;
  return discounted ? varied(rates, rates, { when: {}, factor: batchDiscount }) : rates;
}

function stepOf(steps: readonly PriceStep[], inputTokens: number): PriceStep | undefined {
  let applies: PriceStep | undefined;
  for (const step of steps) {
    const reached = step.inclusive === true
      ? inputTokens >= step.aboveInputTokens
      : inputTokens > step.aboveInputTokens;
    if (!reached) break;
    applies = step;
  }
  return applies;
}

function varied(base: Rates, stepped: Rates, variant: PriceVariant): Rates {
  const rates: Mutable<Rates> = {};
  const factor = variant.factor ?? 1;
  for (const name of rateNames) {
    const own = variant[name];
    const plain = base[name];
    const reached = stepped[name];
    if (own !== undefined) {
      const rises = plain !== undefined && plain > 0 && reached !== undefined && reached !== plain;
      rates[name] = rises ? Math.round(own * (reached / plain)) : own;
    } else if (reached !== undefined) {
      rates[name] = factor === 1 || fees.includes(name) ? reached : Math.round(reached * factor);
    }
  }
  return rates;
}

/** Whether every condition holds. Words are compared without regard to case, numbers and their texts are equal. */
function matches(when: PriceVariant["when"], facts: PriceFacts, tier: string | undefined): boolean {
  for (const name in when) {
    const wanted = when[name];
    if (wanted === undefined || !holds(wanted, factOf(name, facts, tier))) return false;
  }
  return true;
}

function holds(wanted: PriceCondition, found: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one: PriceCondition) => holds(one, found));
  if (typeof found !== "string" && typeof found !== "number" && typeof found !== "boolean") return false;
  return String(found).toLowerCase() === String(wanted).toLowerCase();
}

function factOf(name: string, facts: PriceFacts, tier: string | undefined): unknown {
  const { params = {} } = facts;
  switch (name) {
    case "batch":
      return tier === "batch";
    case "edit":
      return facts.edit === true;
    case "service_tier":
      return tier ?? params["service_tier"] ?? params["serviceTier"];
  }
  if (Object.hasOwn(params, name)) return params[name];
  let value: unknown = params;
  for (const step of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
