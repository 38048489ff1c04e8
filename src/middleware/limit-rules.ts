/** What an allowance comes to: rules with counters that are named anew when their minute, day, week or month begins. */

import type { Allowance, Budget } from "../contract/call.ts";
import type { Hold } from "../contract/storage.ts";
import { budgetPeriod } from "../util/budget-period.ts";

export type RuleKind = "requests" | "tokens" | "concurrent" | "money";

/** One bound of one scope. */
export interface Rule {
  readonly kind: RuleKind;
  readonly scope: string;
  /** As errors name it: `requestsPerMinute`, `budget per day`. */
  readonly limit: string;
  /** As it was given; of budgets in USD. */
  readonly max: number;
  readonly allowUnknownPrice: boolean;
  /** When the period that contains this moment ends; `Infinity`: never. */
  endsAtMs(nowMs: number): number;
  /** What to ask of the store for this amount; money in nano-USD. */
  hold(amount: number, nowMs: number): Hold;
}

export const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A minute's counter is asked until the end of the next minute; clocks of a fleet may differ by one more. */
const minuteTtlMs = 3 * minuteMs;
/** Counters of budgets outlast their period, for calls that end after it and for clocks that differ. */
const budgetSlackMs = dayMs;
/** A counter of calls in flight is kept while there are any; afterwards for this long. */
const concurrentTtlMs = dayMs;

const known = new WeakMap<Allowance, readonly Rule[]>();

/** The rules of an allowance; the same for the same object, as long as that lives. */
export function rulesOf(allowance: Allowance): readonly Rule[] {
  let rules = known.get(allowance);
  if (rules === undefined) known.set(allowance, rules = makeRules(allowance));
  return rules;
}

/** The rules of all these allowances. Of rules that would count on the same counter the tightest is left. */
export function rulesOfAll(allowances: readonly Allowance[]): readonly Rule[] {
  if (allowances.length === 1) return rulesOf(allowances[0] as Allowance);
  const rules: Rule[] = [];
  for (const allowance of allowances) {
    for (const rule of rulesOf(allowance)) {
      const at = rules.findIndex(({ scope, limit }) => scope === rule.scope && limit === rule.limit);
      if (at === -1) rules.push(rule);
      else if (rule.max < (rules[at] as Rule).max) rules[at] = rule;
    }
  }
  return rules;
}

function makeRules(allowance: Allowance): readonly Rule[] {
  const { scope, requestsPerMinute, tokensPerMinute, concurrentRequests, budgets = [] } = allowance;
  const allowUnknownPrice = allowance.allowUnknownPrice === true;
  const rules: Rule[] = [];
  const base = { scope, allowUnknownPrice };
  if (requestsPerMinute !== undefined) {
    rules.push(perMinute({ ...base, kind: "requests", limit: "requestsPerMinute", max: requestsPerMinute }));
  }
  if (tokensPerMinute !== undefined) {
    rules.push(perMinute({ ...base, kind: "tokens", limit: "tokensPerMinute", max: tokensPerMinute }));
  }
  if (concurrentRequests !== undefined) {
    const max = concurrentRequests;
    const counter = `limit/concurrent/${scope}`;
    rules.push({
      ...base,
      kind: "concurrent",
      limit: "concurrentRequests",
      max,
      endsAtMs: () => Infinity,
      hold: (amount) => ({ counter, amount, max, ttlMs: concurrentTtlMs }),
    });
  }
  for (const budget of budgets) {
    const same = rules.find(({ limit }) => limit === `budget per ${budget.per}`);
    if (same === undefined || budget.limitUsd < same.max) {
      if (same !== undefined) rules.splice(rules.indexOf(same), 1);
      rules.push(perPeriod(base, budget));
    }
  }
  return rules;
}

type Fixed = Omit<Rule, "endsAtMs" | "hold">;

/** A window that slides over two counters: what the minute before had counts less and less. */
function perMinute(fixed: Fixed): Rule {
  const { kind, scope, max } = fixed;
  let minute = NaN;
  let [counter, earlier] = ["", ""];
  return {
    ...fixed,
    endsAtMs: (nowMs) => (Math.floor(nowMs / minuteMs) + 1) * minuteMs,
    hold(amount, nowMs) {
      const current = Math.floor(nowMs / minuteMs);
      if (current !== minute) {
        minute = current;
        counter = `limit/${kind}/${minute}/${scope}`;
        earlier = `limit/${kind}/${minute - 1}/${scope}`;
      }
      const weight = 1 - (nowMs - minute * minuteMs) / minuteMs;
      return { counter, amount, max, ttlMs: minuteTtlMs, before: { counter: earlier, weight } };
    },
  };
}

function perPeriod(base: Pick<Rule, "scope" | "allowUnknownPrice">, { per, limitUsd }: Budget): Rule {
  const max = Math.round(limitUsd * 1e9);
  let period = { name: "", endsAtMs: -Infinity, startsAtMs: Infinity };
  let counter = "";
  const at = (nowMs: number) => {
    if (nowMs >= period.endsAtMs || nowMs < period.startsAtMs) {
      // A clock that was set back within the period asks again; that costs little.
      period = { ...budgetPeriod(per, nowMs), startsAtMs: nowMs };
      counter = `limit/usd-${per}/${period.name}/${base.scope}`;
    }
    return period;
  };
  return {
    ...base,
    kind: "money",
    limit: `budget per ${per}`,
    max: limitUsd,
    endsAtMs: (nowMs) => at(nowMs).endsAtMs,
    hold(amount, nowMs) {
      const { endsAtMs } = at(nowMs);
      return endsAtMs === Infinity
        ? { counter, amount, max }
        : { counter, amount, max, ttlMs: endsAtMs - nowMs + budgetSlackMs };
    },
  };
}
