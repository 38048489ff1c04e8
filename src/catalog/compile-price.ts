/** Compiles the prices of catalog YAML: rates, steps, variants and the discount for batches. */

import type { PriceCondition, PriceStep, PriceVariant, Rates } from "../contract/cost.ts";
import { type CurrencyRates, maxUsd, nanoRate, priceKeys, readPriceKey } from "./rates.ts";
import type { YamlNode } from "./yaml-tree.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads a price key into `rates`. @returns false when `key` is no price key */
export function readRate(
  key: string,
  value: YamlNode,
  rates: Mutable<Rates>,
  currencies: CurrencyRates,
): boolean {
  const known = readPriceKey(key);
  if (known === undefined) return false;
  const { rate, currency } = known;
  const usdPerUnit = Object.hasOwn(currencies, currency) ? currencies[currency] : undefined;
  if (usdPerUnit === undefined) {
    const code = currency.toUpperCase();
    throw value.fault(
      `is in ${code}, whose rate is unknown: set localCurrency "${code}" with localToUsd, or rates: { ${currency}: <USD per ${code}> }`,
    );
  }
  const amount = value.number();
  if (amount < 0) throw value.fault(`must be a number of 0 or more, but is ${amount}`);
  if (amount * usdPerUnit > maxUsd) throw value.fault(`is ${amount}, which is dearer than anything real`);
  if (rates[rate] !== undefined) throw value.fault("prices what another key prices already");
  rates[rate] = nanoRate(amount, usdPerUnit);
  return true;
}

export function readSteps(node: YamlNode, currencies: CurrencyRates): readonly PriceStep[] {
  const steps = node.items("a list of price steps").map((item) => {
    let aboveInputTokens: number | undefined;
    let inclusive = false;
    const rates: Mutable<Rates> = {};
    for (const [key, value] of item.entries("a mapping with above_input_tokens and prices")) {
      if (key === "above_input_tokens") aboveInputTokens = value.whole(1);
      else if (key === "inclusive") inclusive = value.boolean();
      else if (!readRate(key, value, rates, currencies)) {
        throw value.unknownKey(["above_input_tokens", "inclusive", ...priceKeys]);
      }
    }
    if (aboveInputTokens === undefined) throw item.fault("has no above_input_tokens");
    if (Object.keys(rates).length === 0) throw item.fault("has no price");
    return { aboveInputTokens, ...(inclusive ? { inclusive } : {}), ...rates };
  });
  if (new Set(steps.map((step) => step.aboveInputTokens)).size < steps.length) {
    throw node.fault("has two steps with the same above_input_tokens");
  }
  return steps.sort((a, b) => a.aboveInputTokens - b.aboveInputTokens);
}

export function readVariants(node: YamlNode, currencies: CurrencyRates): readonly PriceVariant[] {
  const variants = node.items("a list of price variants").map((item): PriceVariant => {
    let when: PriceVariant["when"] | undefined;
    let factor: number | undefined;
    const rates: Mutable<Rates> = {};
    for (const [key, value] of item.entries("a mapping with when and prices")) {
      if (key === "when") when = readConditions(value);
      else if (key === "factor") factor = readFactor(value);
      else if (!readRate(key, value, rates, currencies)) {
        throw value.unknownKey(["when", "factor", ...priceKeys]);
      }
    }
    if (when === undefined) throw item.fault("has no when");
    if (factor === undefined && Object.keys(rates).length === 0) {
      throw item.fault("has no price and no factor");
    }
    return { when, ...(factor === undefined ? {} : { factor }), ...rates };
  });
  const seen = new Set(variants.map(({ when }) => JSON.stringify(Object.entries(when).sort())));
  if (seen.size < variants.length) throw node.fault("has two variants with the same when");
  return variants;
}

function readConditions(node: YamlNode): PriceVariant["when"] {
  const when: Record<string, PriceCondition> = {};
  const expected = 'a mapping of params to values, for example { quality: high, size: "1024x1024" }';
  for (const [name, value] of node.entries(expected)) {
    const wanted = value.value();
    const list: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    const plain = list.length > 0 &&
      list.every((one) => ["string", "number", "boolean"].includes(typeof one));
    if (!plain) throw value.fault("must be text, a number, true or false, or a list of these");
    when[name] = wanted as PriceCondition;
  }
  if (Object.keys(when).length === 0) throw node.fault("must hold at least one condition");
  return when;
}

function readFactor(node: YamlNode): number {
  const factor = node.number();
  if (factor > 0 && factor <= 100) return factor;
  throw node.fault(`must be a number above 0 and up to 100, but is ${factor}`);
}

/** What a batch costs of the price: 0.5 is half. */
export function readDiscount(node: YamlNode): number {
  const factor = node.number();
  if (factor > 0 && factor <= 1) return factor;
  throw node.fault(`must be a number above 0 and up to 1 (0.5: a batch costs half), but is ${factor}`);
}
