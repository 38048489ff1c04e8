/** What is left of a call's limits, asked without taking anything: for explaining calls that are not made. */

import type { Store } from "../contract/storage.ts";
import type { Rule, RuleKind } from "./limit-rules.ts";

/** One limit as it stands. Of budgets everything is in USD. */
export interface LimitHeadroom {
  /** Whose it is: `all`, `key:ab12`, `team:a`. */
  readonly scope: string;
  /** `requestsPerMinute`, `budget per day` … */
  readonly limit: string;
  readonly max: number;
  readonly remaining: number;
  /** What would be reserved for this call. */
  readonly needs: number;
  readonly fits: boolean;
  /** Milliseconds since the epoch; absent for those that have no period. */
  readonly endsAtMs?: number;
}

/** For as long as the question takes. */
const leaseMs = 1_000;

/** @throws what the store throws, when it cannot be asked */
export async function headroomOf(
  rules: readonly Rule[],
  needs: readonly number[],
  store: Pick<Store, "hold" | "settle">,
  nowMs: number,
): Promise<readonly LimitHeadroom[]> {
  if (rules.length === 0) return [];
  const lease = `explain/${crypto.randomUUID()}`;
  // A hold of nothing always fits, and tells the level.
  const holds = rules.map((rule) => rule.hold(0, nowMs));
  const { levels } = await store.hold(lease, holds, leaseMs);
  await store.settle(lease, holds, holds.map(() => 0));
  return rules.map((rule, index) => {
    const unit = unitOf(rule.kind);
    const need = needs[index] ?? 0;
    const level = levels[index] ?? 0;
    const endsAtMs = rule.endsAtMs(nowMs);
    return {
      scope: rule.scope,
      limit: rule.limit,
      max: rule.max,
      remaining: Math.max(0, rule.max - level / unit),
      needs: need / unit,
      fits: level + need <= rule.max * unit,
      ...(endsAtMs !== Infinity && { endsAtMs }),
    };
  });
}

/** Money is counted in nano-USD. */
function unitOf(kind: RuleKind): number {
  return kind === "money" ? 1e9 : 1;
}
