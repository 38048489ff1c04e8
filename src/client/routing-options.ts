/** The options of routing, and the checks that name a wrong one at once. */

import type { PluginReference } from "../contract/plugin.ts";
import type { Strategy } from "../contract/strategy.ts";
import { loomError } from "../errors/index.ts";
import type { CooldownOptions, FailoverOptions, HedgeOptions, StickyOptions } from "../middleware/index.ts";

/** How a call that may go to several targets goes to one. */
export interface RoutingOptions {
  /** Chooses the order: `{ type: "weighted", providers: { openai: { weight: 70 } } }`. Default: the call's own. */
  readonly strategy?: PluginReference<"strategy"> | Strategy;
  /** When the next target is tried, and how many are. */
  readonly failover?: FailoverOptions;
  /** Try the next target, too, when a vendor's safety system refuses. Default false. */
  readonly contentPolicyFallback?: boolean;
  /** Sends calls that begin alike to one target, whose prompt cache then knows the beginning. */
  readonly sticky?: StickyOptions;
  /** Puts targets that ask for patience, or fail often, behind the others. `false`: never. */
  readonly cooldown?: CooldownOptions | false;
  /** Asks a second target when the first is slow to begin. */
  readonly hedge?: HedgeOptions;
}

const fieldsOf = {
  routing: ["strategy", "failover", "contentPolicyFallback", "sticky", "cooldown", "hedge"],
  "routing.failover": ["enabled", "retryCodes", "maxMoves"],
  "routing.sticky": ["ttlMs", "by"],
  "routing.cooldown": ["failures", "windowMs", "cooldownMs"],
  "routing.hedge": ["afterMs", "maxExtra"],
} as const;

type Fields = Readonly<Record<string, unknown>>;

/** Numbers are checked where they are used, when the Loom opens. @throws LoomError `config-invalid` */
export function checkRouting(routing: RoutingOptions | undefined): void {
  if (routing === undefined) return;
  checkFields("routing", routing);
  const { strategy, contentPolicyFallback, cooldown } = routing as Fields;
  checkStrategy(strategy);
  checkBoolean("routing.contentPolicyFallback", contentPolicyFallback);
  checkFailover(checkFields("routing.failover", routing.failover));
  if (cooldown !== false) checkFields("routing.cooldown", cooldown);
  const { by } = checkFields("routing.sticky", routing.sticky);
  if (by !== undefined && by !== "conversation" && by !== "user") {
    throw invalid("routing.sticky.by", 'must be "conversation" or "user"');
  }
  checkHedge(routing);
}

function checkStrategy(strategy: unknown): void {
  if (strategy === undefined) return;
  if (typeof strategy === "object" && strategy !== null) {
    const { type, order } = strategy as { readonly type?: unknown; readonly order?: unknown };
    if ((typeof type === "string" && type !== "") || typeof order === "function") return;
  }
  throw invalid(
    "routing.strategy",
    'must be { type: "…", … }, such as { type: "round_robin" }, or an object with the function order()',
  );
}

function checkFailover({ enabled, retryCodes }: Fields): void {
  checkBoolean("routing.failover.enabled", enabled);
  if (retryCodes === undefined) return;
  const path = "routing.failover.retryCodes";
  if (!Array.isArray(retryCodes)) throw invalid(path, "must be a list of HTTP statuses, such as [429, 503]");
  retryCodes.forEach((code: unknown, index) => {
    if (Number.isInteger(code) && code as number >= 400 && code as number <= 599) return;
    throw invalid(`${path}[${index}]`, "must be an HTTP status from 400 to 599");
  });
}

function checkHedge({ hedge, failover }: RoutingOptions): void {
  if (hedge === undefined) return;
  const { afterMs, maxExtra } = checkFields("routing.hedge", hedge);
  if (afterMs !== undefined && afterMs !== "p95" && !(typeof afterMs === "number" && afterMs >= 0)) {
    throw invalid("routing.hedge.afterMs", 'must be milliseconds or "p95"');
  }
  if (maxExtra !== undefined && maxExtra !== 1) {
    throw invalid("routing.hedge.maxExtra", "must be 1: one call beside the first");
  }
  if (failover?.enabled === false || failover?.maxMoves === 0) {
    throw invalid("routing.hedge", "needs a second target; let failover be enabled, with maxMoves above 0");
  }
}

function checkFields(path: keyof typeof fieldsOf, value: unknown): Fields {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(path, "must be an object of options");
  }
  const fields: readonly string[] = fieldsOf[path];
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw invalid(`${path}.${unknown}`, `is not known; options are ${fields.join(", ")}`);
  }
  return value as Fields;
}

function checkBoolean(path: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") throw invalid(path, "must be true or false");
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}
