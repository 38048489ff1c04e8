/** What a call truly used, by its attempts, and on which counters that counts. */

import type { Planned } from "../contract/context.ts";
import type { Hold } from "../contract/storage.ts";
import { factsOf } from "./cost.ts";
import type { PriceUsage } from "./limit-estimate.ts";
import type { Rule } from "./limit-rules.ts";

/** What was reserved for one call. */
export interface Reservation {
  readonly lease: string;
  /** Of each hold the rule that it is for. */
  readonly rules: readonly Rule[];
  readonly holds: readonly Hold[];
  /** Attempts of the call that others had made before, when a middleware outside runs it again. */
  readonly attemptsBefore: number;
}

/** What to settle with. */
export interface Use {
  readonly holds: readonly Hold[];
  readonly used: readonly number[];
}

/** Nothing was used. */
export function noUse({ holds }: Reservation): Use {
  return { holds, used: holds.map(() => 0) };
}

/**
 * Sums what the vendors counted. Tokens beyond the estimate count in the minute in which they became known: that of the
 * call's beginning may be long past, and would let them go unseen.
 *
 * @param requests 1 when the call got past the limits and had an answer or an attempt, otherwise 0
 */
export function useOf(
  ctx: Planned,
  { rules, holds, attemptsBefore }: Reservation,
  requests: 0 | 1,
  bill: PriceUsage,
  nowMs: number,
): Use {
  const { tokens, nanoUsd, unpriced } = totals(ctx, attemptsBefore, bill, rules);
  const settled: Hold[] = [...holds];
  const used = rules.map((rule, index) => {
    const hold = holds[index] as Hold;
    switch (rule.kind) {
      case "requests":
        return requests;
      case "concurrent":
        return 0;
      case "money":
        // Where only known prices may be used, an unknown one is a surprise: then the estimate stands for it.
        return nanoUsd + (unpriced && !rule.allowUnknownPrice ? Math.max(0, hold.amount - nanoUsd) : 0);
      case "tokens":
        return tokens;
    }
  });
  rules.forEach((rule, index) => {
    if (rule.kind !== "tokens") return;
    const { counter, amount } = holds[index] as Hold;
    const current = rule.hold(0, nowMs);
    if (tokens <= amount || current.counter === counter) return;
    used[index] = amount;
    settled.push(current);
    used.push(tokens - amount);
  });
  return { holds: settled, used };
}

function totals(
  { call, ledger }: Planned,
  attemptsBefore: number,
  bill: PriceUsage,
  rules: readonly Rule[],
) {
  const priced = rules.some(({ kind }) => kind === "money");
  let [tokens, nanoUsd, unpriced] = [0, 0, false];
  for (let index = attemptsBefore; index < ledger.attempts.length; index++) {
    const { usage, status } = ledger.attempts[index] ?? {};
    if (usage === undefined) continue;
    tokens += wholeAbove0(usage.totalTokens);
    if (!priced) continue;
    const target = ledger.targetOf(index);
    const owed = bill(target.price, usage, factsOf(call, target));
    // The cost stage need not reckon it again, once nothing more can come.
    if (status !== "running") ledger.price(index, owed);
    if (owed.nanoUsd === null) unpriced = true;
    else nanoUsd += wholeAbove0(owed.nanoUsd);
  }
  if (unpriced) {
    ledger.warn(
      "budget-incomplete",
      "a budget does not hold all that this call cost, since its price is not known",
    );
  }
  return { tokens, nanoUsd, unpriced };
}

/** What vendors count is not to be trusted with a refund. */
function wholeAbove0(amount: number): number {
  return amount > 0 && amount < Infinity ? Math.ceil(amount) : 0;
}
