/** Makes what routing consists of, from its options: nothing at all, where there are none. */

import type { Attempting } from "../contract/context.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Clock, Logger } from "../contract/services.ts";
import type { Strategy } from "../contract/strategy.ts";
import type { Target } from "../contract/target.ts";
import {
  type BreakerStage,
  type Cooldowns,
  cooldowns,
  type FailoverOptions,
  Hedging,
  moveOnRule,
  routingLink,
  stickiness,
} from "../middleware/index.ts";
import type { RoutingOptions } from "./routing-options.ts";

type Ailing = "circuit-open" | "cooling-down" | undefined;

export interface RoutingParts {
  /** Links of the chain, in their places. */
  readonly links: readonly Middleware[];
  readonly hedging: Hedging | undefined;
  readonly failover: FailoverOptions & { readonly contentPolicyFallback?: boolean };
}

export interface RoutingNeeds {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly breaker: BreakerStage | undefined;
  makeStrategy(given: NonNullable<RoutingOptions["strategy"]>): Promise<Strategy>;
}

/** @throws LoomError `config-invalid` or `plugin-invalid` */
export async function openRouting(
  options: RoutingOptions | undefined,
  { clock, logger, breaker, makeStrategy }: RoutingNeeds,
): Promise<RoutingParts> {
  if (options === undefined) return { links: [], hedging: undefined, failover: {} };
  const { strategy, failover = {}, contentPolicyFallback = false, sticky, cooldown, hedge } = options;
  const rules = { ...failover, contentPolicyFallback };
  const ordered = strategy !== undefined || sticky !== undefined;
  const ailing = (target: Target): Ailing =>
    breaker?.isOpen(target) === true
      ? "circuit-open"
      : cooling?.isCooling(target) === true
      ? "cooling-down"
      : undefined;
  // Whoever sets an order, or a second target beside the first, wants those last that cannot serve.
  const cools = cooldown !== false && (cooldown !== undefined || ordered || hedge !== undefined);
  const cooling: Cooldowns | undefined = cools
    ? cooldowns(cooldown ?? {}, clock, elsewhere(rules, ailing))
    : undefined;
  const links: Middleware[] = [];
  if (ordered || cooling !== undefined) {
    links.push(routingLink({
      ...(strategy === undefined
        ? {}
        : { strategy: { name: nameOf(strategy), strategy: await makeStrategy(strategy) } }),
      ...(sticky === undefined ? {} : { sticky: stickiness(sticky, clock) }),
      ailing,
      onFault: (error) =>
        logger.error(
          "the routing strategy threw",
          error instanceof Error ? error.stack ?? error.message : String(error),
        ),
    }));
  }
  if (cooling !== undefined) links.push(cooling.link);
  return {
    links,
    hedging: hedge === undefined ? undefined : new Hedging(hedge, { clock, ailing }),
    failover: rules,
  };
}

/** Whether failover has a target left that can serve, and would go there. */
function elsewhere(rules: RoutingParts["failover"], ailing: (target: Target) => Ailing) {
  const movesOn = moveOnRule(rules);
  const reach = rules.enabled === false ? 1 : 1 + (rules.maxMoves ?? Infinity);
  return ({ plan: { targets }, target }: Attempting, error: LoomErrorLike): boolean => {
    const at = targets.indexOf(target);
    return at !== -1 && movesOn(error) &&
      targets.slice(at + 1, reach).some((one) => ailing(one) === undefined);
  };
}

function nameOf(strategy: object): string {
  const { type } = strategy as { readonly type?: unknown };
  return typeof type === "string" ? type : "given in code";
}
