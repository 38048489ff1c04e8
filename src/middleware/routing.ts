/** Routing: chooses the order in which a call's targets are tried, and lets the strategy learn from how that went. */

import type { Planned } from "../contract/context.ts";
import type { JsonObject } from "../contract/json.ts";
import type { MiddlewareBefore } from "../contract/middleware.ts";
import type { Reply } from "../contract/reply.ts";
import type { Strategy } from "../contract/strategy.ts";
import type { Target } from "../contract/target.ts";
import { observe, planned } from "../kernel/index.ts";
import { tooSmall } from "./fit.ts";
import type { Stickiness } from "./sticky.ts";

/** Why a target is put behind the others. */
export type Ailment = "circuit-open" | "cooling-down" | "too-small";

export interface RoutingServices {
  /** Absent: the order of the call. */
  readonly strategy?: { readonly name: string; readonly strategy: Strategy };
  readonly sticky?: Stickiness;
  /** Whether a target is to be avoided for now. */
  ailing(target: Target): Exclude<Ailment, "too-small"> | undefined;
  /** Told of what a strategy threw; the call goes on. */
  onFault(error: unknown): void;
}

/** Most targets that a receipt names. */
const maxTold = 8;

/**
 * Stands outside of failover, and inside of cache and dedup: only calls that really go out take a turn of the robin, and the
 * order that is chosen changes no call's key. Calls with a validator keep their own order, which is their point.
 */
export function routingLink(services: RoutingServices): MiddlewareBefore<"failover"> {
  const { strategy: chosen, sticky } = services;
  const learns = chosen?.strategy.ended !== undefined;
  return {
    name: "routing",
    stage: "failover",
    before: true,
    // Async, so that whatever a call or a strategy brings rejects, and never throws at those who wait.
    async handle(ctx, next) {
      const { plan, call, ledger } = ctx;
      const before = ledger.attempts.length;
      if (plan.targets.length === 1 || call.accept !== undefined) {
        return await (learns ? taught(ctx, before, next(), services) : next());
      }
      const key = sticky?.keyOf(ctx);
      const targets = arranged(ctx, key, services);
      const reply = next(targets === plan.targets ? ctx : planned(ctx, { ...plan, targets }));
      const kept = key === undefined || sticky === undefined ? reply : remembered(key, reply, sticky);
      return await (learns ? taught(ctx, before, kept, services) : kept);
    },
  };
}

type Targets = Planned["plan"]["targets"];

function arranged(ctx: Planned, key: string | undefined, services: RoutingServices): Targets {
  const { strategy, sticky, ailing } = services;
  const { call, ledger, plan } = ctx;
  const detail: { -readonly [K in keyof JsonObject]: JsonObject[K] } = {};
  let order: Targets = plan.targets;
  if (strategy !== undefined) {
    detail["strategy"] = strategy.name;
    order = orderOf(ctx, strategy, services);
  }
  const last = new Map<Target, Ailment>();
  for (const target of tooSmall(call, order) ?? []) last.set(target, "too-small");
  for (const target of order) {
    const ailment = last.has(target) ? undefined : ailing(target);
    if (ailment !== undefined) last.set(target, ailment);
  }
  const home = key === undefined ? undefined : sticky?.find(key, order);
  if (home !== undefined && !last.has(home)) {
    detail["sticky"] = true;
    order = inOrder(order, (target) => target === home ? 0 : 1);
  }
  if (last.size > 0) {
    order = inOrder(order, (target) => rankOf(last.get(target)));
    detail["last"] = [...last].slice(0, maxTold).map(([target, reason]) => ({
      target: nameOf(target),
      reason,
    }));
  }
  ledger.step("routing", "order", { ...detail, targets: order.slice(0, maxTold).map(nameOf) });
  return order;
}

/** A target that the call does not fit fails for certain; one that is ailing may have recovered. */
function rankOf(ailment: Ailment | undefined): number {
  return ailment === undefined ? 0 : ailment === "too-small" ? 2 : 1;
}

function inOrder(targets: Targets, rank: (target: Target) => number): Targets {
  return targets.toSorted((a, b) => rank(a) - rank(b)) as unknown as Targets;
}

/** What the strategy says, held to naming each target once: what it invents is left out, what it forgets comes last. */
function orderOf(ctx: Planned, { strategy, name }: Named, { onFault }: RoutingServices): Targets {
  const { plan: { targets }, ledger } = ctx;
  try {
    const order = strategy.order(targets, ctx);
    const seen = new Set(order);
    if (
      order.length === targets.length && seen.size === order.length && targets.every((one) => seen.has(one))
    ) {
      return order as unknown as Targets;
    }
    ledger.warn(
      "strategy-failed",
      `strategy "${name}" did not give every target once; the rest follow in the call's order`,
    );
    const known = new Set(targets);
    return [...new Set([...order].filter((one) => known.has(one)).concat(targets))] as unknown as Targets;
  } catch (error) {
    onFault(error);
    ledger.warn("strategy-failed", `strategy "${name}" threw; the targets are tried in the call's order`);
    return targets;
  }
}

type Named = NonNullable<RoutingServices["strategy"]>;

async function remembered(key: string, reply: Promise<Reply>, sticky: Stickiness): Promise<Reply> {
  const begun = await reply;
  sticky.served(key, begun.target);
  return begun;
}

/** Tells the strategy of every attempt that ended, once the reply has. */
async function taught(
  { ledger }: Planned,
  from: number,
  reply: Promise<Reply>,
  services: RoutingServices,
): Promise<Reply> {
  const end = () => {
    const strategy = services.strategy?.strategy;
    for (let index = from; index < ledger.attempts.length; index++) {
      const attempt = ledger.attempts[index];
      if (attempt === undefined || attempt.status === "running") continue;
      try {
        strategy?.ended?.(attempt, ledger.targetOf(index));
      } catch (error) {
        services.onFault(error);
      }
    }
  };
  let begun: Reply;
  try {
    begun = await reply;
  } catch (error) {
    end();
    throw error;
  }
  return observe(begun, { end });
}

function nameOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}
