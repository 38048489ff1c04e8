/** The room's own door: the built-in links of the chain. */

export type { Account, AccountPool, LentAccount } from "./account.ts";
export { type ActiveProvider, type AdapterServices, adapterStage } from "./adapter.ts";
export { arrange, type BuiltIns, stages } from "./arrange.ts";
export { type BreakerOptions, type BreakerStage, breakerStage, type BreakerState } from "./breaker.ts";
export { type CacheStage, cacheStage } from "./cache.ts";
export { type CostServices, costStage, factsOf } from "./cost.ts";
export { type DedupOptions, type DedupStage, dedupStage } from "./dedup.ts";
export { type CooldownOptions, type Cooldowns, cooldowns } from "./cooldown.ts";
export { type FailoverOptions, failoverStage } from "./failover.ts";
export { guardStage } from "./guard.ts";
export type { ActiveGuard } from "./guard-rule.ts";
export { type HedgeOptions, Hedging } from "./hedge.ts";
export { type LimitOptions, type LimitStage, limitStage } from "./limit.ts";
export { moveOnRule } from "./move-on.ts";
export { outputStage } from "./output.ts";
export { resolveStage } from "./resolve.ts";
export { type RetryOptions, retryStage } from "./retry.ts";
export { routingLink } from "./routing.ts";
export { stickiness, type StickyOptions } from "./sticky.ts";
export { telemetryStage } from "./telemetry.ts";
