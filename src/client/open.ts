/** The composition root: makes everything one Loom consists of, from its options. */

import type { Middleware } from "../contract/middleware.ts";
import type { Plugin, PluginKind, PluginKinds, PluginReference, Token } from "../contract/plugin.ts";
import type { Clock, Dialects, Environment, Http, Keys, Logger } from "../contract/services.ts";
import type { Store } from "../contract/storage.ts";
import { bill, Catalog, localCurrency, toCost } from "../catalog/index.ts";
import { createContainer } from "../di/container.ts";
import { CATALOG, CLOCK, DIALECTS, ENVIRONMENT, HTTP, KEYS, LOGGER, RANDOM, STORE } from "../di/tokens.ts";
import { bundle } from "../discovery/bundle.ts";
import { createRegistry, type Registry } from "../discovery/registry.ts";
import { type Closable, Disposer, EventBus } from "../kernel/index.ts";
import {
  adapterStage,
  type BreakerStage,
  breakerStage,
  type BuiltIns,
  type CacheStage,
  cacheStage,
  type CostServices,
  costStage,
  dedupStage,
  factsOf,
  failoverStage,
  guardStage,
  type LimitStage,
  limitStage,
  outputStage,
  resolveStage,
  retryStage,
  telemetryStage,
} from "../middleware/index.ts";
import { capturingTelemetryStage } from "../middleware/capture.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import { systemClock } from "../runtime/clock.ts";
import { processEnvironment } from "../runtime/environment.ts";
import { once } from "../util/once.ts";
import { createHttp } from "../wire/http.ts";
import { type CaptureLevel, captureSettings, figuresOnly, levelOf } from "./capture.ts";
import { patientStore } from "./accounts/patient-store.ts";
import { resultOfAttempt } from "./candidate-result.ts";
import { createDialects } from "./dialects.ts";
import { type ActiveGuard, openGuards } from "./guard-options.ts";
import { createKeys } from "./keys.ts";
import { lazyStore } from "./lazy-store.ts";
import { makePlugin } from "./make-plugin.ts";
import type { LoomOptions, PluginOr } from "./options.ts";
import { openRouting } from "./open-routing.ts";
import { parseOutput } from "./output.ts";
import { createProviders, type Providers } from "./providers.ts";
import { textOf } from "./result.ts";
import { Sinks } from "./sinks.ts";
import { createTargets, type FindTarget } from "./targets.ts";
import { tracing } from "./tracing.ts";

/** An opened Loom. */
export interface Opened {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalog: Catalog;
  readonly registry: Registry;
  readonly providers: Providers;
  readonly keys: Keys;
  readonly findTarget: FindTarget;
  /** The configured total deadline of a call; `undefined`: that of its modality. */
  readonly totalMs: number | undefined;
  /** The shared state: accounts, limits. */
  readonly store: Store;
  /** Turns nano-USD into what callers see, local currency included. */
  readonly toCost: CostServices["toCost"];
  readonly builtIns: BuiltIns;
  /** Stands in the chain only for calls with an output schema. */
  readonly output: Middleware;
  readonly middleware: readonly Middleware[];
  /** Those of `middleware` that are Loom's own, and keep the chain's rules by their own tests. */
  readonly routing: readonly Middleware[];
  /** Whether OpenTelemetry hears of calls. */
  readonly traced: boolean;
  readonly breaker: BreakerStage | undefined;
  readonly cache: CacheStage | undefined;
  readonly limit: LimitStage | undefined;
  /** In the order in which they judge. */
  readonly guards: readonly ActiveGuard[];
  readonly sinks: Sinks;
  /** How much of a call they are told. */
  readonly captureLevel: CaptureLevel;
  readonly disposer: Disposer;
}

/** @throws LoomError `config-invalid` or `plugin-invalid`; nothing is left open then */
export async function open(options: LoomOptions, catalog: Catalog, events: EventBus): Promise<Opened> {
  const disposer = new Disposer();
  try {
    return await assemble(options, catalog, events, disposer);
  } catch (error) {
    await disposer.close().catch(() => {});
    throw error;
  }
}

async function assemble(
  options: LoomOptions,
  catalog: Catalog,
  events: EventBus,
  disposer: Disposer,
): Promise<Opened> {
  const currency = localCurrency(options);
  const container = createContainer();
  const { use } = container;
  container.value(CLOCK, systemClock);
  container.value(RANDOM, Math.random);
  container.value(CATALOG, catalog);
  container.factory<Logger>(LOGGER, () => consoleLogger());
  container.factory<Environment>(ENVIRONMENT, () => processEnvironment());
  container.factory<Http>(
    HTTP,
    (from) => disposer.add(createHttp(from(CLOCK), wireTimeouts(options), from(RANDOM), options.downloads)),
  );
  const provided = new Map<symbol, unknown>(options.provide);
  for (const [token, value] of provided) container.value(token as Token<unknown>, value);
  const clock = use(CLOCK);
  const environment = use(ENVIRONMENT);

  const registry = await createRegistry({
    given: options.plugins ?? [],
    folder: options.pluginFolder ?? "plugins",
    bundle: await bundle(),
  });
  catalog.lendRates({ [currency.code.toLowerCase()]: currency.usdPerUnit });
  await catalog.load();

  async function make<K extends PluginKind>(
    kind: K,
    given: PluginOr<K>,
    path: string,
  ): Promise<PluginKinds[K]> {
    if (!isReference(given)) return given as PluginKinds[K];
    const { type, ...rest } = given;
    const plugin = await registry.plugin(kind, type);
    return await makeAndKeep(plugin as unknown as Plugin<K>, rest, path);
  }

  async function makeAndKeep<K extends PluginKind>(
    plugin: Plugin<K>,
    given: Readonly<Record<string, unknown>>,
    path: string,
  ): Promise<PluginKinds[K]> {
    const made = await makePlugin(plugin, given, path, use);
    disposer.add(made as Closable);
    return made;
  }

  const { vault } = options;
  const keys = provided.get(KEYS) as Keys | undefined ?? createKeys({
    apiKeys: options.apiKeys ?? {},
    environment,
    clock,
    logger: use(LOGGER),
    ...(vault === undefined
      ? {}
      : { vault: once(() => make("vault", vault, "vault")), vaultName: nameOf(vault) }),
  });
  container.value(KEYS, keys);

  if (!provided.has(DIALECTS)) container.value<Dialects>(DIALECTS, createDialects(registry, use));

  const store = provided.get(STORE) as Store | undefined ??
    (options.store === undefined ? undefined : await make("store", options.store, "store"));
  container.value(STORE, store ?? lazyStore(once(() => make("store", { type: "memory" }, "store"))));

  const limit = options.limits === undefined ? undefined : disposer.add(
    limitStage(options.limits, { store: use(STORE), clock, logger: use(LOGGER), bill }),
  );

  const providers = createProviders({
    registry,
    catalog,
    options: options.providers ?? {},
    keys,
    clock,
    store: store === undefined ? undefined : patientStore(store, clock, use(LOGGER)),
    http: use(HTTP),
    environment,
    dialects: use(DIALECTS),
    use,
    disposer,
  });
  const findTarget = createTargets(catalog, providers);
  const sinks = new Sinks(
    await Promise.all((options.sinks ?? []).map(async (sink, index) => ({
      name: nameOf(sink),
      sink: await make("sink", sink, `sinks[${index}]`),
    }))),
    events,
    ...(levelOf(options.capture) === "none" ? [figuresOnly] : []),
  );

  const guards = await openGuards(options.guards, (guard, path) => make("guard", guard, path));
  const cache = options.cache === undefined ? undefined : disposer.add(cacheStage({}, {
    cache: await make("cache", options.cache, "cache"),
    clock,
    price: ({ call }, target, usage) => bill(target.price, usage, factsOf(call, target)).nanoUsd,
    toResult: resultOfAttempt,
  }));
  const breaker = options.breaker === false
    ? undefined
    : disposer.add(breakerStage(options.breaker ?? {}, { clock }));
  const dedup = options.dedup === false
    ? undefined
    : dedupStage(typeof options.dedup === "object" ? options.dedup : {});

  const routing = await openRouting(options.routing, {
    clock,
    logger: use(LOGGER),
    breaker,
    makeStrategy: (given) => make("strategy", given, "routing.strategy"),
  });

  const costs: CostServices = { bill, toCost: (owed, savedNanoUsd) => toCost(owed, savedNanoUsd, currency) };
  const capture = captureSettings(options.capture);
  const builtIns: BuiltIns = {
    telemetry: capture === undefined ? telemetryStage(sinks) : capturingTelemetryStage(sinks, capture),
    cost: costStage(costs),
    resolve: resolveStage({ target: findTarget, bill }),
    ...(guards.length === 0 ? {} : { guard: guardStage(guards, { clock, random: use(RANDOM) }) }),
    ...(limit === undefined ? {} : { limit }),
    ...(cache === undefined ? {} : { cache }),
    ...(dedup === undefined ? {} : { dedup }),
    failover: failoverStage(
      { clock, toResult: resultOfAttempt, hedging: routing.hedging },
      routing.failover,
    ),
    ...(breaker === undefined ? {} : { breaker }),
    ...(options.retry === false
      ? {}
      : { retry: retryStage(options.retry ?? {}, { clock, random: use(RANDOM) }) }),
    adapter: adapterStage({ provider: (id) => providers.get(id) }),
  };

  const traces = await tracing(providers, clock, use(LOGGER), levelOf(options.capture) === "none");
  const middleware: Middleware[] = [...routing.links, ...traces];
  for (const plugin of registry.given("middleware")) {
    middleware.push(await makeAndKeep(plugin as unknown as Plugin<"middleware">, {}, `plugins.${plugin.id}`));
  }
  for (const [index, one] of (options.middleware ?? []).entries()) {
    const made = await make("middleware", one, `middleware[${index}]`);
    // What was made is remembered already; a middleware given in code ends with its Loom too.
    middleware.push(isReference(one) ? made : disposer.add(made));
  }

  return {
    clock,
    logger: use(LOGGER),
    catalog,
    registry,
    providers,
    keys,
    findTarget,
    totalMs: options.timeouts?.totalMs,
    store: use(STORE),
    toCost: costs.toCost,
    builtIns,
    output: outputStage({ textOf, parse: parseOutput }),
    middleware,
    routing: routing.links,
    traced: traces.length > 0,
    breaker,
    cache,
    limit,
    guards,
    sinks,
    captureLevel: levelOf(options.capture),
    disposer,
  };
}

function isReference(given: unknown): given is PluginReference {
  return typeof (given as { type?: unknown }).type === "string";
}

function nameOf(given: unknown): string {
  return isReference(given) ? given.type : "given in code";
}

function wireTimeouts({ timeouts = {} }: LoomOptions) {
  const { totalMs: _, ...wire } = timeouts;
  return wire;
}
