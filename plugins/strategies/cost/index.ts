/** The strategy `cost`: the target that would be cheapest for this very call comes first. */

import { z } from "zod";
import { definePlugin, type Plugin, type Strategy, type Target } from "../../../src/plugin.ts";
import { type Amounts, amountsOf, estimateNanoUsd } from "./estimate.ts";

export interface ConfiguredPrice {
  /** US dollars per 1,000 tokens. */
  readonly costPer1kInput: number;
  readonly costPer1kOutput: number;
}

export interface CostOptions {
  /** By provider, or by `provider/model` for one model of it. Wins over the catalog's price. */
  readonly providers: Readonly<Record<string, ConfiguredPrice>>;
}

const price = z.number().min(0).max(1e6);
const options = z.strictObject({
  providers: z.record(
    z.string().min(1),
    z.strictObject({ costPer1kInput: price, costPer1kOutput: price }),
  ).default({}),
}) as z.ZodType<CostOptions>;

const plugin: Plugin<"strategy", CostOptions> = definePlugin({
  api: 1,
  kind: "strategy",
  id: "cost",
  options,
  make: (_, { providers }) => byCost(new Map(Object.entries(providers))),
});

export default plugin;

/** Targets whose price nobody knows come last; equal prices keep the order in which the call named its targets. */
function byCost(configured: ReadonlyMap<string, ConfiguredPrice>): Strategy {
  return {
    order(targets, { call }) {
      if (targets.length < 2) return targets;
      // The texts are read once, whatever the number of targets.
      const amounts = amountsOf(call);
      return targets
        .map((target) => ({ target, cost: costOf(target, amounts, configured) }))
        .sort((a, b) => a.cost === b.cost ? 0 : a.cost - b.cost)
        .map(({ target }) => target);
    },
  };
}

function costOf(
  target: Target,
  amounts: Amounts,
  configured: ReadonlyMap<string, ConfiguredPrice>,
): number {
  const { provider, model } = target;
  const own = configured.get(`${provider}/${model}`) ?? configured.get(provider);
  const rates = own === undefined
    ? target.price
    : { input: own.costPer1kInput * nanoPer1m, output: own.costPer1kOutput * nanoPer1m };
  return (rates === undefined ? undefined : estimateNanoUsd(rates, amounts, target)) ?? Infinity;
}

/** From US dollars per thousand to nano-dollars per million. */
const nanoPer1m = 1e9 * 1e3;
