/** What no schema can see: names that nothing has, words that do not go together, blocks that this version has no part for. */

import { nearest } from "../../util/nearest.ts";
import { faultsOfKeys } from "../keys/check.ts";
import { stepsOf } from "../../client/yaml-place.ts";
import type { ConfigFault, Steps } from "./fault.ts";
import type { RoutingWritten } from "./routing-schema.ts";
import type { ConfigWritten, GatewayWritten } from "./schema.ts";
import { isList, keysOf } from "./to-keys.ts";
import { vendorOf } from "./to-loom.ts";

const root = "ai_gateway";

export function crossFaults(config: ConfigWritten): readonly ConfigFault[] {
  const written = config.ai_gateway ?? {};
  return [
    ...blockFaults(written),
    ...providerFaults(written),
    ...mappingFaults(written),
    ...routingFaults(written),
    ...keyFaults(written),
    ...routeFaults(config),
  ];
}

/** Names of the configured providers; `undefined`: the file configures none, so any that Loom knows may be named. */
export function providerNames({ providers }: GatewayWritten): readonly string[] | undefined {
  return providers?.map(({ name }) => name);
}

function blockFaults(written: GatewayWritten): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if (written.enabled === false) {
    faults.push({ steps: [root, "enabled"], problem: "is false, so there is nothing to serve" });
  }
  for (const block of ["semantic_cache"] as const) {
    const given = written[block];
    if (given === undefined || given.enabled === false) continue;
    faults.push({
      steps: [root, block],
      problem: "comes with a later version of Loom; take it out, or write enabled: false in it",
    });
  }
  const { security } = written;
  if (security !== undefined && Object.keys(security).every((key) => key === "enabled")) {
    if (security.enabled !== false) {
      faults.push({ steps: [root, "security"], problem: "names no guard, so nothing would be guarded" });
    }
  }
  return faults;
}

function providerFaults({ providers = [] }: GatewayWritten): ConfigFault[] {
  const seen = new Set<string>();
  return providers.flatMap((provider, index) => {
    const steps = [root, "providers", index];
    const faults: ConfigFault[] = [];
    if (seen.has(provider.name)) {
      faults.push({
        steps: [...steps, "name"],
        problem: `"${provider.name}" is the name of another provider`,
      });
    }
    seen.add(provider.name);
    if (provider.name.includes("/")) {
      faults.push({ steps: [...steps, "name"], problem: "must not have a slash: models are provider/model" });
    }
    for (const field of ["api_version", "deployments"] as const) {
      if (provider[field] === undefined || vendorOf(provider) === "azure") continue;
      faults.push({ steps: [...steps, field], problem: "is for providers of the type azure" });
    }
    return faults;
  });
}

function mappingFaults(written: GatewayWritten): ConfigFault[] {
  const known = providerNames(written);
  return Object.entries(written.model_mapping ?? {}).flatMap(([model, entry]) => {
    const steps = [root, "model_mapping", model];
    const named = Object.keys(entry);
    if (named.length === 0) return [{ steps, problem: "names no provider" }];
    return named.flatMap((provider) => unknownProvider([...steps, provider], provider, known));
  });
}

function routingFaults(written: GatewayWritten): ConfigFault[] {
  const { routing } = written;
  if (routing === undefined) return [];
  const known = providerNames(written);
  const seen = new Set<string>();
  const ofProviders = (routing.providers ?? []).flatMap(({ name }, index) => {
    const steps = [root, "routing", "providers", index, "name"];
    const twice = seen.has(name) ? [{ steps, problem: `"${name}" is named twice` }] : [];
    seen.add(name);
    return [...twice, ...unknownProvider(steps, name, known)];
  });
  return [...ofProviders, ...strategyFaults(routing), ...ruleFaults(routing)];
}

const strategies = ["priority", "round_robin", "weighted", "cost", "latency"];

function strategyFaults({ strategy, providers = [] }: RoutingWritten): ConfigFault[] {
  const name = typeof strategy === "string" ? strategy : undefined;
  if (name !== undefined && !strategies.includes(name)) {
    // Strategies are plugins: a name that is like none of these may be one.
    const [near] = nearest(name.replaceAll("-", "_"), strategies, 1);
    if (near !== undefined) {
      return [{ steps: [root, "routing", "strategy"], problem: `is not known; did you mean ${near}?` }];
    }
  }
  return providers.flatMap((provider, index) => {
    const steps = [root, "routing", "providers", index];
    if (name === "weighted" && provider.weight === undefined) {
      return [{ steps, problem: "needs a weight for the strategy weighted" }];
    }
    const { cost_per_1k_input: input, cost_per_1k_output: output } = provider;
    if ((input === undefined) === (output === undefined)) return [];
    const missing = input === undefined ? "cost_per_1k_input" : "cost_per_1k_output";
    return [{ steps, problem: `has only one of its two prices; add ${missing}` }];
  });
}

function ruleFaults({ rules = [] }: RoutingWritten): ConfigFault[] {
  return rules.flatMap(({ when }, index) => {
    const { min_tokens: least = 0, max_tokens: most = Infinity } = when;
    if (least <= most) return [];
    const steps = [root, "routing", "rules", index, "when", "min_tokens"];
    return [{ steps, problem: "is above max_tokens, so the rule matches nothing" }];
  });
}

function keyFaults({ keys }: GatewayWritten): ConfigFault[] {
  if (keys === undefined) return [];
  return faultsOfKeys(keysOf(keys, (file) => file)).map(({ path, problem }) => {
    const [first, second, ...rest] = stepsOf(path);
    const inList = typeof second === "number" && !isList(keys) ? ["list", second] : [second];
    const steps = [root, first, ...inList, ...rest].filter((step) => step !== undefined);
    // Of other keys they speak by their place in the options, too.
    return { steps, problem };
  });
}

function routeFaults({ routes }: ConfigWritten): ConfigFault[] {
  if (routes === undefined || routes.some((route) => route.ai_gateway === true)) return [];
  return [{ steps: ["routes"], problem: "has no route with ai_gateway: true, so nothing would be served" }];
}

function unknownProvider(steps: Steps, name: string, known: readonly string[] | undefined): ConfigFault[] {
  if (known === undefined || known.includes(name)) return [];
  const [near] = nearest(name, known, 1);
  const hint = near === undefined ? `providers are ${known.join(", ")}` : `did you mean ${near}?`;
  return [{ steps, problem: `"${name}" is no configured provider; ${hint}` }];
}
