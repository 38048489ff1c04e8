/** The resolve stage: from names to an ordered plan of targets, before any money is spent. */

import type { Call, Candidate } from "../contract/call.ts";
import type { Bill, Price, PriceFacts } from "../contract/cost.ts";
import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Plan, Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { planned } from "../kernel/index.ts";
import { factsOf } from "./cost.ts";
import { worstUsage } from "./estimate-usage.ts";

export interface ResolveServices {
  /** Resolves one candidate. Synchronous once its vendor's catalog is loaded. @throws LoomError when nobody knows it */
  target(candidate: Candidate, call: Call): Target | Promise<Target>;
  bill(price: Price | undefined, usage: Usage, facts?: PriceFacts): Bill;
}

export function resolveStage(services: ResolveServices): Middleware<"resolve"> {
  return {
    name: "resolve",
    stage: "resolve",
    replaces: "resolve",
    handle(ctx, next) {
      // Nothing to wait for is the common case, and then nothing is waited for.
      const plan = planOf(ctx, services);
      return plan instanceof Promise
        ? plan.then((made) => next(planned(ctx, made)))
        : next(planned(ctx, plan));
    },
  };
}

function planOf(ctx: Context, services: ResolveServices): Plan | Promise<Plan> {
  const { call } = ctx;
  if (call.candidates.length > 1) {
    return resolveAll(call, services).then((plan) => checked(plan, ctx, services));
  }
  const found = services.target(call.candidates[0], call);
  return found instanceof Promise
    ? found.then((target) => checked({ targets: [target], skipped: [] }, ctx, services))
    : checked({ targets: [found], skipped: [] }, ctx, services);
}

/** The plan without what the call may not afford; what was left out goes into the receipt. */
function checked(resolved: Plan, { call, ledger }: Context, services: ResolveServices): Plan {
  const plan = call.maxCostUsd === undefined
    ? resolved
    : affordable(resolved, call, call.maxCostUsd, services);
  for (const { candidate, reason } of plan.skipped) {
    ledger.step("resolve", "skip", { model: nameOf(candidate), reason });
  }
  return plan;
}

function nameOf({ provider, model }: Candidate): string {
  return provider === undefined ? model ?? "" : `${provider}/${model ?? "(default)"}`;
}

/** Candidates that nobody knows are left out while another is left; a plan without any target is their first error. */
async function resolveAll(call: Call, services: ResolveServices): Promise<Plan> {
  const targets: Target[] = [];
  const skipped: { candidate: Candidate; reason: string }[] = [];
  let fault: unknown;
  for (const candidate of call.candidates) {
    try {
      targets.push(await services.target(candidate, call));
    } catch (error) {
      if (!LoomError.is(error) || error.recovery !== "next-target") throw error;
      fault ??= error;
      skipped.push({ candidate, reason: error.message });
    }
  }
  const [first, ...rest] = targets;
  if (first === undefined) throw fault;
  return { targets: [first, ...rest], skipped };
}

/** Leaves out what would cost more than the call may, by estimate. A target without a price may cost anything. */
function affordable(plan: Plan, call: Call, limitUsd: number, services: ResolveServices): Plan {
  const skipped = [...plan.skipped];
  let cheapestUsd: number | null = null;
  const targets = plan.targets.filter((target) => {
    const { nanoUsd } = services.bill(target.price, worstUsage(call, target), factsOf(call, target));
    const usd = nanoUsd === null ? null : nanoUsd / 1e9;
    if (usd !== null && usd <= limitUsd) return true;
    if (usd !== null && (cheapestUsd === null || usd < cheapestUsd)) cheapestUsd = usd;
    const reason = usd === null ? "its price is unknown" : `it may cost ${usd.toPrecision(3)} USD`;
    skipped.push({ candidate: target, reason: `${reason}, and maxCostUsd is ${limitUsd}` });
    return false;
  });
  const [first, ...rest] = targets;
  if (first !== undefined) return { targets: [first, ...rest], skipped };
  const why = cheapestUsd === null
    ? "no candidate has a known price"
    : `the cheapest candidate may cost ${(cheapestUsd as number).toPrecision(3)} USD by estimate`;
  throw loomError(
    "budget-exceeded",
    `maxCostUsd is ${limitUsd}, and ${why}; lower max_tokens or raise the limit`,
    {
      limitUsd,
      estimateUsd: cheapestUsd,
    },
  );
}
