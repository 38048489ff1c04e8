/** The configuration file as options of the Loom behind the gateway. */

import { camelKeys } from "../../client/config-file.ts";
import { limitsOf } from "../keys/key-schema.ts";
import type { ProviderWritten } from "./provider-schema.ts";
import type { RoutedWritten, RoutingWritten } from "./routing-schema.ts";
import { guardsOf, type SecurityWritten } from "./security-schema.ts";
import type { AllLimitsWritten, GatewayWritten } from "./schema.ts";
import { defined, timeOf } from "./values.ts";

type Options = Record<string, unknown>;

/** Checked with all other options of a Loom afterwards. */
export function loomOptionsOf(written: GatewayWritten, path: (file: string) => string): Options {
  const { retry, breaker, timeouts, cache, store, vault, observability, middleware, limits } = written;
  const providers = written.providers?.map((provider) => [provider.name, providerOf(provider)] as const);
  const plain = (value: unknown) => value === undefined ? undefined : camelKeys(value, "");
  return defined({
    providers: providers && Object.fromEntries(providers),
    routing: written.routing && routingOf(written.routing),
    retry: retry && defined({
      maxAttempts: retry.max_attempts,
      baseDelayMs: timeOf(retry, "base_delay"),
      maxDelayMs: timeOf(retry, "max_delay"),
      factor: retry.factor,
    }),
    breaker: breaker && defined({
      errorThresholdPercentage: breaker.error_threshold_percentage,
      volumeThreshold: breaker.volume_threshold,
      rollingWindowMs: timeOf(breaker, "rolling_window"),
      resetMs: timeOf(breaker, "reset"),
    }),
    dedup: plain(written.dedup),
    timeouts: timeouts && defined({
      connectMs: timeOf(timeouts, "connect"),
      firstPartMs: timeOf(timeouts, "first_part"),
      idleMs: timeOf(timeouts, "idle"),
      totalMs: timeOf(timeouts, "total"),
    }),
    cache: plain(cache),
    store: plain(store),
    vault: plain(vault),
    sinks: plain(observability?.sinks),
    capture: plain(observability?.capture),
    middleware: plain(middleware),
    limits: limits && limitOptionsOf(limits),
    guards: written.security && guardOptionsOf(written.security),
    plugins: written.plugins?.map((one) => one.startsWith(".") ? path(one) : one),
    pluginFolder: typeof written.plugin_folder === "string"
      ? path(written.plugin_folder)
      : written.plugin_folder,
    localCurrency: written.local_currency,
    localToUsd: written.local_to_usd,
  });
}

/** No block without a guard in it: the stage is then not in the chain. */
function guardOptionsOf(security: SecurityWritten): readonly unknown[] | undefined {
  const guards = guardsOf(security);
  return guards.length === 0 ? undefined : guards.map(({ rule }) => rule);
}

function limitOptionsOf(written: AllLimitsWritten): Options {
  const all = limitsOf(written);
  return defined({
    all: Object.keys(all).length === 0 ? undefined : [{ scope: "all", ...all }],
    onStoreFailure: written.on_store_failure,
    maxReservedOutputTokens: written.max_reserved_output_tokens,
  });
}

export function vendorOf({ name, type }: Pick<ProviderWritten, "name" | "type">): string {
  return type ?? name;
}

function providerOf(provider: ProviderWritten): Options {
  const { name, type, timeouts, api_version: apiVersion, deployments, options } = provider;
  const own = {
    ...camelKeys(options ?? {}, "") as Options,
    ...defined({ apiVersion, deployments }),
  };
  return defined({
    type: type === name ? undefined : type,
    apiKey: provider.api_key,
    baseUrl: provider.base_url,
    models: typeof provider.models === "string" ? provider.models : undefined,
    headers: provider.headers,
    accounts: camelKeys(provider.accounts, ""),
    accountStrategy: provider.account_strategy,
    healthCheckIntervalMs: timeOf(provider, "health_check_interval"),
    quotaCooldownMs: timeOf(provider, "quota_cooldown"),
    timeouts: timeouts && defined({
      connectMs: timeOf(timeouts, "connect"),
      firstPartMs: timeOf(timeouts, "first_part"),
      idleMs: timeOf(timeouts, "idle"),
    }),
    options: Object.keys(own).length === 0 ? undefined : own,
  });
}

function routingOf(routing: RoutingWritten): Options | undefined {
  const { failover, sticky, cooldown, hedge } = routing;
  const options = defined({
    strategy: strategyOf(routing),
    failover: failover && defined({
      enabled: failover.enabled,
      retryCodes: failover.retry_codes,
      maxMoves: failover.max_retries,
    }),
    contentPolicyFallback: routing.content_policy_fallback,
    sticky: switched(sticky, (given) => defined({ ttlMs: timeOf(given, "ttl"), by: given.by })),
    cooldown: cooldown && defined({
      failures: cooldown.failures,
      windowMs: timeOf(cooldown, "window"),
      cooldownMs: timeOf(cooldown, "cooldown"),
    }),
    hedge: switched(hedge, ({ after, after_ms }) => defined({ afterMs: after ?? after_ms })),
  });
  return Object.keys(options).length === 0 ? undefined : options;
}

/** `true` is the block without any words of its own. */
function switched<T extends object>(given: T | boolean | undefined, make: (given: T) => Options) {
  if (given === true) return {};
  return given === undefined || given === false ? undefined : make(given);
}

/** What each of the strategies that ship is told of one provider. */
const shares: Readonly<Record<string, (provider: RoutedWritten) => Options>> = {
  priority: ({ priority }) => defined({ priority }),
  weighted: ({ weight }) => defined({ weight }),
  cost: ({ cost_per_1k_input, cost_per_1k_output }) =>
    defined({ costPer1kInput: cost_per_1k_input, costPer1kOutput: cost_per_1k_output }),
};

function strategyOf({ strategy, providers = [] }: RoutingWritten): Options | undefined {
  const named = strategy ??
    (providers.some(({ priority }) => priority !== undefined) ? "priority" : undefined);
  if (named === undefined) return undefined;
  const given = typeof named === "string" ? { type: named } : camelKeys(named, "") as Options;
  const share = shares[String(given["type"])];
  const told = providers.map((provider) => [provider.name, share?.(provider) ?? {}] as const)
    .filter(([, words]) => Object.keys(words).length > 0);
  return { ...(told.length > 0 && { providers: Object.fromEntries(told) }), ...given };
}
