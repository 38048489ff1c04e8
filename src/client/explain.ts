/** Dry run: what would happen to a call, without sending or spending anything. */

import type { Call, Candidate } from "../contract/call.ts";
import type { Plan, Target } from "../contract/target.ts";
import { bill } from "../catalog/index.ts";
import { LoomError } from "../errors/index.ts";
import { callKey } from "../kernel/index.ts";
import { factsOf } from "../middleware/cost.ts";
import { worstUsage } from "../middleware/estimate-usage.ts";
import type { LimitHeadroom } from "../middleware/limit-levels.ts";
import type { Engine } from "./engine.ts";
import type { ActiveGuard } from "./guard-options.ts";

/** One candidate as it would be found. */
export interface CandidateExplanation {
  /** `provider/model`. */
  readonly name: string;
  /** Whether it would be tried, and if not, why. */
  readonly ready: boolean;
  readonly reason?: string;
  readonly upstreamModel?: string;
  /** Where its key would come from: `code`, `environment`, `vault`, `missing`, `not needed`. */
  readonly key?: string;
  readonly breaker?: "closed" | "open" | "half-open";
  /** Tokens and cost by estimate; `null`: no price is known. */
  readonly estimate?: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly usd: number | null;
  };
}

export interface Explanation {
  /** The chain, outermost first. */
  readonly chain: readonly string[];
  readonly candidates: readonly CandidateExplanation[];
  /** The guards among them, in the order in which they judge. */
  readonly guards: readonly string[];
  /** `off`, when there is no cache or the call does not use it. */
  readonly cache: "off" | "hit" | "miss";
  /** What is left of the limits and budgets that the call counts against; absent where the store cannot be asked. */
  readonly limits?: readonly LimitHeadroom[];
  /** Why the store could not be asked. */
  readonly limitsFault?: string;
}

export async function explain(engine: Engine, call: Call): Promise<Explanation> {
  const candidates: CandidateExplanation[] = [];
  const targets: Target[] = [];
  for (const candidate of call.candidates) {
    const { target, explanation } = await explainCandidate(engine, call, candidate);
    candidates.push(explanation);
    if (target !== undefined) targets.push(target);
  }
  return {
    chain: engine.order.map(({ name }) => name),
    guards: engine.order.filter(({ stage }) => stage === "guard").flatMap((link) =>
      link === engine.opened.builtIns.guard ? engine.opened.guards.map(shownGuard) : [link.name]
    ),
    candidates,
    cache: await cacheState(engine, call, targets),
    ...await limitState(engine, call, targets),
  };
}

function shownGuard({ name, action, shadow }: ActiveGuard): string {
  return `${name} (${shadow ? `${action}, shadow` : action})`;
}

async function limitState(
  { opened: { limit } }: Engine,
  call: Call,
  targets: readonly Target[],
): Promise<Pick<Explanation, "limits" | "limitsFault">> {
  try {
    return { limits: await limit?.headroom(call, targets) ?? [] };
  } catch (error) {
    return { limitsFault: error instanceof Error ? error.message : String(error) };
  }
}

async function explainCandidate(engine: Engine, call: Call, candidate: Candidate) {
  const { findTarget, providers, breaker } = engine.opened;
  let target: Target;
  try {
    target = await findTarget(candidate, call);
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    const name = [candidate.provider, candidate.model].filter((part) => part !== undefined).join("/");
    return { target: undefined, explanation: { name, ready: false, reason: error.message } };
  }
  const key = await providers.keyOrigin(target.provider);
  const circuit = breaker?.states().find((one) =>
    one.provider === target.provider && one.model === target.upstreamModel
  );
  const state = circuit?.state ?? "closed";
  const estimate = estimateCost(call, target);
  const tooDear = call.maxCostUsd !== undefined && (estimate.usd === null || estimate.usd > call.maxCostUsd);
  const reason = key.origin === "missing" && !key.optional
    ? `no key: set ${key.names.join(" or ")}`
    : state === "open"
    ? "its circuit is open"
    : tooDear
    ? "it may cost more than maxCostUsd"
    : undefined;
  const explanation: CandidateExplanation = {
    name: `${target.provider}/${target.model}`,
    ready: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    upstreamModel: target.upstreamModel,
    key: key.origin,
    ...(breaker === undefined ? {} : { breaker: state }),
    estimate,
  };
  return { target, explanation };
}

function estimateCost(call: Call, target: Target) {
  const usage = worstUsage(call, target);
  const { inputTokens, outputTokens } = usage;
  const { nanoUsd } = bill(target.price, usage, factsOf(call, target));
  return { inputTokens, outputTokens, usd: nanoUsd === null ? null : nanoUsd / 1e9 };
}

async function cacheState(
  engine: Engine,
  call: Call,
  targets: readonly Target[],
): Promise<Explanation["cache"]> {
  const { cache } = engine.opened;
  const [first, ...rest] = targets;
  if (cache === undefined || !call.useCache || first === undefined) return "off";
  const plan: Plan = { targets: [first, ...rest], skipped: [] };
  return await cache.holds(callKey(call, plan)) ? "hit" : "miss";
}
